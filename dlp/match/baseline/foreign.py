"""Baselines of other tools: gitleaks' reports and `.gitleaksignore`, detect-secrets' `.secrets.baseline`.

They name a line, or a digest that is not ours. So each of their entries is looked up among what a scan of ours finds:
by the value, where it is given in plain, else by path and line.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from dlp.errors import ConfigError
from dlp.match.baseline.entries import Baseline, Entry, entries_for
from dlp.model import Finding, PatternFinding, Result
from dlp.whole_files import read_whole

MAX_SIZE: Final = 256 << 20

_IGNORED = re.compile(r"(?:(?P<commit>[0-9a-f]{40}|[0-9a-f]{64}):)?(?P<path>.+):(?P<rule>[^:]+):(?P<line>\d{1,9})")
_REDACTED = ("REDACTED", "***")


class Known(msgspec.Struct, frozen=True):
    """One entry of theirs. `value`: in plain, "" where it is not given. Lines from 1; `reason`: what was said of it."""

    path: str
    first: int
    last: int
    rule: str
    value: str = ""
    reason: str = ""


def load(path: str) -> list[Known]:
    """Raises UsageError: it cannot be read; ConfigError: it is none of these."""
    data = read_whole(path, MAX_SIZE)
    if len(data) > MAX_SIZE:
        raise ConfigError(f"{path}: more than {MAX_SIZE >> 20} MiB")
    if data.lstrip()[:1] not in (b"[", b"{"):
        return list(_ignore_file(data.decode("utf-8", "replace"), path))
    try:
        told = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: not JSON: {error}") from None
    try:
        return list(_gitleaks(told) if isinstance(told, list) else _detect_secrets(told))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ConfigError(
            f"{path}: neither a report of gitleaks nor a baseline of detect-secrets, or not as they write it"
        ) from None


def _gitleaks(told: list[Any]) -> Iterator[Known]:
    for each in told:
        first = int(each["StartLine"])
        value = str(each.get("Secret", ""))
        hidden = any(value.endswith(word) or word in value for word in _REDACTED)
        yield Known(
            _path(each["File"]), first, max(first, int(each.get("EndLine") or first)), str(each["RuleID"]),
            "" if hidden else value, "listed by gitleaks",
        )  # fmt: skip


def _detect_secrets(told: dict[str, Any]) -> Iterator[Known]:
    for name, found in told["results"].items():
        for each in found:
            line = int(each["line_number"])
            audited = {False: "audited in detect-secrets: no secret", True: "audited in detect-secrets: a secret"}
            reason = audited.get(each.get("is_secret"), "listed by detect-secrets")
            yield Known(_path(each.get("filename") or name), line, line, str(each["type"]), "", reason)


def _ignore_file(text: str, where: str) -> Iterator[Known]:
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        found = _IGNORED.fullmatch(line)
        if not found:
            raise ConfigError(f"{where}, line {number}: not COMMIT:PATH:RULE:LINE, as .gitleaksignore has it")
        at = int(found["line"])
        yield Known(_path(found["path"]), at, at, found["rule"], "", "listed in .gitleaksignore")


def _path(written: Any) -> str:
    if not isinstance(written, str):
        raise TypeError
    return os.path.normpath(written.replace("\\", "/"))


def taken(
    known: Sequence[Known], results: Iterable[Result], baseline: Baseline, *, paths: bool
) -> tuple[dict[tuple[str, str, str], Entry], list[Known]]:
    """Entries for the findings that theirs mean; and those of theirs that no finding is found for. `baseline`: the one
    that they are for; `paths` as in `entries_for`."""
    by_value: dict[str, list[int]] = {}
    by_path: dict[str, list[int]] = {}
    for number, each in enumerate(known):
        if each.value:
            by_value.setdefault(baseline.digests.of(each.value).hex(), []).append(number)
        by_path.setdefault(each.path, []).append(number)
    made: dict[tuple[str, str, str], Entry] = {}
    met: set[int] = set()
    for result in results:
        here = [number for name in _ends(result.path) for number in by_path.get(name, ())]
        for finding in result.findings:
            numbers = [*_by_value(finding, by_value), *(number for number in here if _touches(finding, known[number]))]
            if not numbers:
                continue
            met.update(numbers)
            alone = msgspec.structs.replace(result, findings=(finding,))
            for key, entry in entries_for([alone], baseline, paths=paths).items():
                made.setdefault(key, msgspec.structs.replace(entry, reason=known[numbers[0]].reason))
    return made, [each for number, each in enumerate(known) if number not in met]


def _ends(path: str) -> Iterator[str]:
    """The path from each folder above on: theirs begin at the repository, wherever that is."""
    parts = os.path.normpath(path).lstrip("/").split("/")
    return ("/".join(parts[at:]) for at in range(len(parts)))


def _by_value(finding: Finding, by_value: dict[str, list[int]]) -> list[int]:
    return by_value.get(finding.listing, []) if isinstance(finding, PatternFinding) else []


def _touches(finding: Finding, known: Known) -> bool:
    """Whether a place of the finding is on the lines that theirs names. They look for secrets alone."""
    return isinstance(finding, PatternFinding) and any(
        known.first <= place.line <= known.last for place in finding.places
    )
