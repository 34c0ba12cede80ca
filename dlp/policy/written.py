"""A policy as its file has it: typed, checked part by part, its conditions read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import msgspec

from dlp.errors import ConfigError
from dlp.model import Level, Verdict
from dlp.plain_yaml import Page
from dlp.policy import possible
from dlp.policy.forms import Names
from dlp.policy.matter import UNLISTED
from dlp.policy.nodes import Node, Wrong, read
from dlp.policy.wildcards import Paths

VERSION = 2

MAX_SIZE = 1 << 20
"""Bytes of a policy's file."""

MAX_DEPTH = 24
"""Lists and mappings inside one another."""

MAX_VALUES = 100_000
"""Values in it; an alias counts as what it stands for."""

MAX_RULES = 1_000
MAX_MESSAGE = 4_000
"""Characters of what is told to a person."""

NAME = r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,78}[A-Za-z0-9])?"
"""Names of classes, channels, rules, exceptions and of who is told."""

_NAME = re.compile(NAME)


class Class(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How secret something is. Of what is registered its label names the class; beside that, documents and lists of
    terms whose names match belong to it, and what rules with one of its tags find. Of several the strictest."""

    name: str
    owner: str = ""
    handling: str = ""
    documents: Sequence[str] = ()
    terms: Sequence[str] = ()
    tags: Sequence[str] = ()


class Channel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A way out, where no source names one: what lies at these paths."""

    name: str
    paths: Sequence[str] = ()
    jurisdiction: str = ""


class WrittenRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A verdict for the matters of which `when` holds."""

    name: str
    when: Any
    verdict: Verdict
    severity: Level | None = None
    notify: Sequence[str] = ()
    message: str = ""
    keep: bool = False
    stop: bool = False


class WrittenException(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Matters that are left out of account, until the end of the day `expires`, in UTC."""

    name: str
    when: Any
    owner: str
    reason: str
    expires: date


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    version: int
    default: Verdict
    rules: Sequence[WrittenRule]
    classes: Sequence[Class] = ()
    channels: Sequence[Channel] = ()
    exceptions: Sequence[WrittenException] = ()


class Reading(msgspec.Struct, frozen=True):
    """A policy that is right, with its conditions, in the order of `rules` and `exceptions`, and their lines."""

    written: Written
    rules: Sequence[Node]
    exceptions: Sequence[Node]
    rule_lines: Sequence[int]
    exception_lines: Sequence[int]


def read_policy(text: bytes, where: str) -> Reading:
    """Raises ConfigError that says where and what."""
    page = Page(text, where, "a policy", size=MAX_SIZE, depth=MAX_DEPTH, unfolded=MAX_VALUES)
    _check_version(page)
    written: Written = page.convert(page.data, Written)
    if not written.rules:
        raise ConfigError(f"{page.at('rules')}: a policy without rules decides nothing; write at least one")
    if len(written.rules) > MAX_RULES:
        raise ConfigError(f"{page.at('rules')}: {len(written.rules):,} rules; a policy has at most {MAX_RULES:,}")
    for part in ("classes", "channels", "rules", "exceptions"):
        _check_names(page, part, [each.name for each in getattr(written, part)])
    _check_classes(page, written)
    _check_channels(page, written)
    _check_rules(page, written)
    _check_exceptions(page, written)
    names = Names(tuple(each.name for each in written.classes), tuple(each.name for each in written.channels))
    return Reading(
        written,
        _conditions(page, "rules", written.rules, names),
        _conditions(page, "exceptions", written.exceptions, names),
        [page.line("rules", at) for at in range(len(written.rules))],
        [page.line("exceptions", at) for at in range(len(written.exceptions))],
    )


def _check_version(page: Page) -> None:
    if not isinstance(page.data, dict) or "version" not in page.data:
        raise ConfigError(f"{page.at()}: a policy is a mapping that begins with `version: {VERSION}`")
    version = page.data["version"]
    if version == VERSION and version is not True:
        return
    if version == 1 and version is not True:
        raise ConfigError(
            f"{page.at('version')}: policies of version 1 (labels, patterns, terms, skipped) are not read any more; "
            "write version 2: each step becomes a rule, such as `- {name: secret-warn, when: {class: trade-secret, "
            "evidence: 60}, verdict: warn}`; `dlp policy init` writes one to begin with"
        )
    raise ConfigError(f"{page.at('version')}: version {version!r}; this engine reads version {VERSION}")


def _check_names(page: Page, part: str, names: Iterable[str]) -> None:
    there: dict[str, int] = {}
    for at, name in enumerate(names):
        if not _NAME.fullmatch(name):
            raise ConfigError(
                f"{page.at(part, at, 'name')}: {name!r} is no name; it has 1 to 80 letters, digits, dots, hyphens, "
                "underscores and single spaces between them"
            )
        if name in there:
            raise ConfigError(
                f"{page.at(part, at, 'name')}: {part} have the name {name!r} twice: also in line "
                f"{page.line(part, there[name], 'name')}"
            )
        there[name] = at


def _check_classes(page: Page, written: Written) -> None:
    for at, each in enumerate(written.classes):
        if each.name == UNLISTED:
            raise ConfigError(f"{page.at('classes', at)}: `{UNLISTED}` stands for labels of no class; name it anew")
        for part in ("documents", "terms"):
            _check_paths(page, getattr(each, part), "classes", at, part)
        for tag in each.tags:
            if not tag:
                raise ConfigError(f"{page.at('classes', at, 'tags')}: a tag is empty")


def _check_channels(page: Page, written: Written) -> None:
    for at, each in enumerate(written.channels):
        _check_paths(page, each.paths, "channels", at, "paths")


def _check_paths(page: Page, patterns: Sequence[str], *path: str | int) -> None:
    for at, each in enumerate(patterns):
        try:
            Paths([each])
        except ValueError as error:
            raise ConfigError(f"{page.at(*path, at)}: {each!r}: {error}") from None


def _check_rules(page: Page, written: Written) -> None:
    for at, each in enumerate(written.rules):
        for name in each.notify:
            if not _NAME.fullmatch(name):
                raise ConfigError(f"{page.at('rules', at, 'notify')}: {name!r} is no name of who is told")
        if len(each.message) > MAX_MESSAGE:
            raise ConfigError(f"{page.at('rules', at, 'message')}: more than {MAX_MESSAGE:,} characters")
        if each.verdict == Verdict.ALLOW and (each.message or each.notify or each.keep or each.severity):
            raise ConfigError(
                f"{page.at('rules', at, 'verdict')}: what is allowed has no message, severity, notify or keep; "
                "give the rule the verdict audit, or take them away"
            )


def _check_exceptions(page: Page, written: Written) -> None:
    for at, each in enumerate(written.exceptions):
        for field in ("owner", "reason"):
            if not getattr(each, field).strip():
                raise ConfigError(f"{page.at('exceptions', at, field)}: an exception names its {field}; it is empty")


def _conditions(page: Page, part: str, written: Sequence[WrittenRule | WrittenException], names: Names) -> list[Node]:
    made = []
    for at, each in enumerate(written):
        try:
            node = read(each.when, (part, at, "when"), names)
            possible.check(node)
        except Wrong as wrong:
            raise ConfigError(f"{page.at(*wrong.path)}: {part[:-1]} {each.name!r}: {wrong}") from None
        made.append(node)
    return made
