"""The Common Event Format, version 0: a head of seven fields, and an extension of keys and values."""

from __future__ import annotations

from dlp import __version__
from dlp.incident.notify.message import Told
from dlp.model import Level

SEVERITIES = {Level.LOW: 3, Level.MEDIUM: 5, Level.HIGH: 8, Level.CRITICAL: 10}
"""0 to 10, as the format has them."""

ACTIONS = {"warn": "warned", "quarantine": "quarantine", "block": "block"}


def cef(told: Told) -> str:
    """One line. Keys of the format's own dictionary, where it has one."""
    found = told.found[0].what if told.found else "unread" if told.unread else "file"
    head = ("dlp", "dlp-engine", __version__, found, told.title or told.verdict.value, str(SEVERITIES[told.severity]))
    extension = {
        "rt": str(told.time // 1000),
        "externalId": told.incident,
        "act": ACTIONS.get(told.verdict.value, told.verdict.value),
        "outcome": told.news,
        "filePath": told.path,
        "suser": told.user,
        "dvchost": told.host,
        "cnt": str(sum(each.count for each in told.found)),
        "cs1Label": "channel" if told.channel else "",
        "cs1": told.channel,
        "cs2Label": "class" if told.classes else "",
        "cs2": ",".join(told.classes),
        "cs3Label": "found" if told.found else "",
        "cs3": ",".join(f"{each.what}:{each.count}" for each in told.found),
        "msg": told.message,
    }
    pairs = " ".join(f"{key}={_value(value)}" for key, value in extension.items() if value)
    return f"CEF:0|{'|'.join(map(_field, head))}|{pairs}"


def _field(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\r", " ").replace("\n", " ")[:1023]


def _value(text: str) -> str:
    return text.replace("\\", "\\\\").replace("=", "\\=").replace("\r", "\\r").replace("\n", "\\n")[:1023]
