"""GitLab's report of secret detection, schema 15, written as the results come.

Every finding is a `vulnerability`; what was not read is told in the scan's messages. GitLab wants a commit for each:
where there is none, it is `0000000`, as its own analyzers say.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, BinaryIO, Final

from dlp import __version__
from dlp.model import Level, Result, Summary
from dlp.report.encoding import encode
from dlp.report.entry import NOWHERE, Entry, advice, author, committed, entries, not_read, where
from dlp.report.escape import cut, encodable, visible
from dlp.report.figures import counted, moment
from dlp.report.markdown import plain

SCHEMA: Final = "15.0.7"
"""The version that is declared. Later ones of 15 ask for nothing more."""

MESSAGES: Final = 1000
"""Of parts that were not read; the rest is counted."""

_NAME: Final = 255  # characters, as the schema has it
_SOLUTION: Final = 400  # columns, which come to less than the schema's 7,000 characters whatever they are
_VALUE: Final = 2000
_NO_COMMIT: Final = "0000000"
_SEVERITIES: Final = {Level.LOW: "Low", Level.MEDIUM: "Medium", Level.HIGH: "High", Level.CRITICAL: "Critical"}
_DLP: Final = {"id": "dlp", "name": "dlp", "vendor": {"name": "dlp"}, "version": __version__}


class GitlabReporter:
    def __init__(self, stream: BinaryIO, clock: Callable[[], float] = time.time) -> None:
        self._stream, self._clock = stream, clock
        self._begun = clock()
        self._first = True
        self._messages: list[dict[str, str]] = []
        self._not_read = 0

    def begin(self) -> None:
        self._begun = self._clock()
        self._stream.write(b'{"version": "%s", "vulnerabilities": [' % SCHEMA.encode())

    def result(self, result: Result) -> None:
        for entry in entries(result):
            self._stream.write((b"\n" if self._first else b",\n") + encode(_vulnerability(entry, result)))
            self._first = False
        for skipped in result.skipped:
            self._not_read += 1
            if len(self._messages) < MESSAGES:
                words = cut(visible(f"{result.path}: {not_read(skipped, result)}"), _VALUE)
                self._messages.append({"level": "warn", "value": words})

    def end(self, summary: Summary) -> None:
        told = self._messages
        if self._not_read > len(told):
            words = f"{counted(self._not_read - len(told), 'further part')} not read"
            told.append({"level": "warn", "value": words})
        verdicts = ", ".join(f"{count:,} {verdict}" for verdict, count in summary.verdicts.items() if count)
        told.append({"level": "info", "value": f"{counted(summary.files, 'file')}; {verdicts or 'no verdicts'}"})
        if not summary.complete:
            words = "The scan was cut short: there is more that was not looked at"
            told.append({"level": "fatal", "value": words})
        scan = {
            "analyzer": _DLP,
            "scanner": _DLP,
            "type": "secret_detection",
            "start_time": moment(self._begun)[:19],
            "end_time": moment(self._clock())[:19],
            "status": "success" if summary.complete else "failure",
            "messages": told,
        }
        self._stream.write((b"" if self._first else b"\n") + b'], "scan": ' + encode(scan) + b"}\n")
        self._stream.flush()


def _vulnerability(entry: Entry, result: Result) -> dict[str, Any]:
    key = entry.key
    return {
        "id": f"{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:]}",
        "name": cut(visible(entry.name), _NAME),
        "description": _description(entry, result),
        "severity": _SEVERITIES[entry.severity],
        "solution": plain(advice(entry, result), _SOLUTION),
        "identifiers": [_identifier(entry)],
        "location": _location(entry, result),
        "details": _details(entry, result),
    }


def _identifier(entry: Entry) -> dict[str, str]:
    rule = encodable(entry.rule) or "rule"
    return {"type": "dlp_rule", "name": cut(visible(f"dlp {rule}"), _NAME), "value": rule}


def _description(entry: Entry, result: Result) -> str:
    """In GitLab's Markdown."""
    at = "; ".join(map(where, entry.places[:10]))
    words = [entry.about, f"At {at}" if at else "", f"Masked: {entry.excerpt}" if entry.excerpt else ""]
    return "\n\n".join(plain(each) for each in (*words, committed(result)) if each)


def _location(entry: Entry, result: Result) -> dict[str, Any]:
    place = entry.places[0] if entry.places else NOWHERE
    line = {"start_line": place.line, "end_line": place.line} if place.line else {}
    if not result.origin.appearances:
        return {"file": encodable(result.path), "commit": {"sha": _NO_COMMIT}} | line
    first = result.origin.appearances[0]
    commit = {"sha": first.commit or _NO_COMMIT, "author": encodable(author(first)), "date": moment(first.date)}
    return {"file": encodable(first.path), "commit": commit} | line


def _details(entry: Entry, result: Result) -> dict[str, Any]:
    told = {
        "verdict": result.verdict.value,
        "confidence": entry.confidence.value,
        "excerpt": entry.excerpt,
        "count": str(entry.count),
        "label": entry.label,
        "tags": " ".join(entry.tags),
        "coverage": result.coverage.value,
        "reasons": "; ".join(result.reasons),
        "policy_rules": ", ".join(result.handling.rules),
        "containment": result.containment.state.value if result.containment else "",
        "sha256": result.file.digest if result.file else "",
    }
    shown = {name: cut(visible(value), _VALUE) for name, value in told.items() if value}
    names = {name: name.replace("_", " ").capitalize() for name in shown}
    return {name: {"name": names[name], "type": "text", "value": value} for name, value in shown.items()}
