"""SARIF 2.1.0, within what GitHub's code scanning takes.

One run. Results are held, at most RESULTS of them and the gravest, and written at the end, the gravest first: so what
does not fit is what matters least, and a notification says how much it was. What was not read is a notification of the
tool's execution, each a warning.

Paths are URIs relative to `%SRCROOT%`, the folder that the scan was begun in, whose own place is not told. Lines and
columns are given for what stands in the file's own text; anything else has a logical location, from the outside in.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from heapq import heappop, heappush
from typing import Any, BinaryIO, Final

import msgspec

from dlp import __version__
from dlp.model import Appearance, Level, Result, Summary
from dlp.report.encoding import encode
from dlp.report.entry import NOWHERE, Entry, Place, author, committed, entries, general_advice, not_read, within_file
from dlp.report.escape import cut, encodable, visible
from dlp.report.figures import counted, moment
from dlp.report.json_public import public_summary
from dlp.report.markdown import plain
from dlp.report.seam import About, Style

LOCATIONS: Final = 100
"""Of a result that GitHub shows; it takes 1,000."""

RESULTS: Final = 25_000
"""Of a run that GitHub takes; it shows 5,000."""

BYTES: Final = 100 << 20
"""Of results that are held."""

COMPRESSED: Final = 9_000_000
"""Bytes of results and rules in gzip; GitHub takes 10 MB."""

TAGS: Final = 20
"""Of a rule."""

NOTIFICATIONS: Final = 1000
"""Of parts that were not read; the rest is counted."""

APPEARANCES: Final = 20
"""Of a blob in a history that are told."""

_TEXT: Final = 1000  # characters of a message; GitHub shows 1,024 of a description
_BASE: Final = "%SRCROOT%"
_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {Level.LOW: "note", Level.MEDIUM: "warning", Level.HIGH: "error", Level.CRITICAL: "error"}
_SECURITY: Final = {Level.LOW: "3.0", Level.MEDIUM: "5.5", Level.HIGH: "8.0", Level.CRITICAL: "9.5"}
_PRECISION: Final = {Level.LOW: "low", Level.MEDIUM: "medium", Level.HIGH: "high", Level.CRITICAL: "very-high"}
_BRACKETS: Final = re.compile(r"([\\\[\]])")
_LINK: Final = re.compile(r"https://[A-Za-z0-9./_~%?=&#:@+-]{1,500}")
_BYTE: Final = re.compile(rb"\\x([89a-f][0-9a-f])")


class _Held(msgspec.Struct, frozen=True):
    """A result, encoded, and what its rule has to say."""

    encoded: bytes
    entry: Entry


class SarifReporter:
    def __init__(self, stream: BinaryIO, style: Style, clock: Callable[[], float] = time.time) -> None:
        self._stream, self._about, self._clock = stream, style.about, clock
        self._begun = clock()
        self._held: list[tuple[tuple[int, int], int, _Held]] = []
        """(weight, less for each that came before, result): the least is left out first."""
        self._results = self._bytes = 0
        self._notifications: list[dict[str, Any]] = []
        self._not_read = 0

    def begin(self) -> None:
        self._begun = self._clock()
        head = {"$schema": _SCHEMA, "version": "2.1.0"}
        self._stream.write(encode(head)[:-1] + b', "runs": [{"results": [')

    def result(self, result: Result) -> None:
        for entry in entries(result):
            self._results += 1
            if len(self._held) < RESULTS or entry.weight > self._held[0][0]:
                held = _Held(encode(_result(entry, result)), entry)
                heappush(self._held, (entry.weight, -self._results, held))
                self._bytes += len(held.encoded)
            while len(self._held) > RESULTS or self._bytes > BYTES:
                self._bytes -= len(heappop(self._held)[2].encoded)
        for skipped in result.skipped:
            self._not_read += 1
            if len(self._notifications) < NOTIFICATIONS:
                where = Place(None, None, within_file(skipped.provenance, result.provenance))
                made = _notification(not_read(skipped, result), f"not-read/{skipped.reason.value}")
                self._notifications.append(made | {"locations": [_location(where, result)]})

    def end(self, summary: Summary) -> None:
        written, rules = self._write()
        left_out = self._results - written
        told = self._notifications
        if self._not_read > len(told):
            more = self._not_read - len(told)
            told.append(_notification(f"{counted(more, 'further part')} not read", "not-read/more"))
        if left_out:
            text = f"{counted(left_out, 'result')} of {self._results:,} left out, the least grave: they are too many"
            told.append(_notification(text, "left-out"))
        if not summary.complete:
            text = "The scan was cut short: there is more that was not looked at"
            told.append(_notification(text, "cut-short") | {"level": "error"})
        invocation = {
            "executionSuccessful": summary.complete,
            "startTimeUtc": moment(self._begun),
            "endTimeUtc": moment(self._clock()),
            "toolExecutionNotifications": told,
        }
        rest = {
            "tool": {"driver": {"name": "dlp", "semanticVersion": __version__, "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {_BASE: {"description": {"text": "The folder that the scan was begun in."}}},
            "invocations": [invocation],
            "properties": {"summary": public_summary(summary)},
        }
        self._stream.write((b"\n" if written else b"") + b"], " + encode(rest)[1:] + b"]}\n")
        self._stream.flush()

    def _write(self) -> tuple[int, list[dict[str, Any]]]:
        """Writes results while there is room. Gives how many, and their rules."""
        import zlib

        about = self._about(frozenset(each.entry.rule for _, _, each in self._held if each.entry.kind == "pattern"))
        rules: dict[str, dict[str, Any]] = {}
        packer, size = zlib.compressobj(1), 0  # what packs better packs smaller: so this is an upper bound
        written = 0
        for _, _, held in sorted(self._held, key=lambda each: each[:2], reverse=True):
            line = (b",\n" if written else b"\n") + held.encoded
            size += len(packer.compress(line))
            rule = _exact(held.entry.rule)
            if rule not in rules:  # the gravest of its results comes first
                rules[rule] = _rule(held.entry, about)
                size += len(packer.compress(encode(rules[rule])))
            if size > COMPRESSED:
                break
            self._stream.write(line)
            written += 1
        self._held.clear()
        return written, list(rules.values())


def _result(entry: Entry, result: Result) -> dict[str, Any]:
    first = entry.places[0] if entry.places else NOWHERE
    prints = {"dlpKey/v1": entry.key}
    if first.line:
        prints["primaryLocationLineHash"] = f"{entry.key[:16]}:1"
    return {
        "ruleId": _exact(entry.rule),
        "level": _LEVELS[entry.severity],
        "message": {"text": _message(entry, result)},
        "locations": [_location(each, result) for each in entry.places[:LOCATIONS] or (NOWHERE,)],
        "partialFingerprints": prints,
        "properties": _properties(entry, result),
    }


def _exact(words: str) -> str:
    return cut(encodable(words), _TEXT)


def _message(entry: Entry, result: Result) -> str:
    parts = [
        f"{entry.about}: {entry.excerpt}" if entry.excerpt else entry.about,
        f"Verdict: {result.verdict.value}",
        committed(result),
        result.handling.message,
    ]
    return text(". ".join(part.rstrip(". ") for part in parts if part) + ".")


def text(words: str) -> str:
    """One line for a message, which may hold links of its own (`[shown](where)`), and has none."""
    return _BRACKETS.sub(r"\\\1", cut(visible(words), _TEXT))


def _properties(entry: Entry, result: Result) -> dict[str, Any]:
    made: dict[str, Any] = {
        "kind": entry.kind,
        "verdict": result.verdict.value,
        "severity": entry.severity.value,
        "confidence": entry.confidence.value,
        "coverage": result.coverage.value,
        "count": entry.count,
        "tags": _tags(entry.tags),
    }
    told = {
        "excerpt": _exact(entry.excerpt),
        "label": _exact(entry.label),
        "reasons": list(map(_exact, result.reasons)),
        "policyRules": list(map(_exact, result.handling.rules)),
        "containment": result.containment.state.value if result.containment else "",
        "sha256": result.file.digest if result.file else "",
        "appearances": [_appearance(each) for each in result.origin.appearances[:APPEARANCES]],
    }
    made |= {name: value for name, value in told.items() if value}
    if len(result.origin.appearances) > APPEARANCES:
        made["appearancesInAll"] = len(result.origin.appearances)
    return made


def _tags(tags: tuple[str, ...]) -> list[str]:
    return list(dict.fromkeys(map(_exact, tags)))[:TAGS]


def _appearance(each: Appearance) -> dict[str, str]:
    made = {"commit": each.commit, "author": author(each), "date": moment(each.date), "path": each.path}
    made |= {"removed": each.removed} if each.removed else {}
    return {name: _exact(value) for name, value in made.items()}


def _location(place: Place, result: Result) -> dict[str, Any]:
    appearances = result.origin.appearances
    path = place.path or (appearances[0].path if appearances else result.path)
    physical: dict[str, Any] = {"artifactLocation": _artifact(path)}
    if place.line:
        column = {"startColumn": place.column} if place.column else {}
        physical["region"] = {"startLine": place.line} | column
    made: dict[str, Any] = {"physicalLocation": physical}
    if place.path:
        made["message"] = {"text": text(place.locator)}
    elif place.locator and not place.line:
        made["logicalLocations"] = [{"fullyQualifiedName": _exact(place.locator)}]
    return made


def _artifact(path: str) -> dict[str, str]:
    return {"uri": uri(path)} | ({} if path.startswith("/") else {"uriBaseId": _BASE})


def uri(path: str) -> str:
    """Of a path as results have it: a byte of a name that is not UTF-8, which stands as `\\xNN`, is that byte again."""
    from urllib.parse import quote

    raw = _BYTE.sub(lambda found: bytes([int(found[1], 16)]), encodable(path).encode())
    return ("file://" if path.startswith("/") else "") + quote(raw, safe="/")


def _notification(words: str, id: str) -> dict[str, Any]:
    return {"level": "warning", "message": {"text": text(words)}, "descriptor": {"id": id}}


def _rule(entry: Entry, about: Mapping[str, About]) -> dict[str, Any]:
    known = about.get(entry.rule, About()) if entry.kind == "pattern" else About()
    what = {"passage": "Passages of ", "set": "Passages of ", "term": "Registered terms of "}.get(entry.kind, "")
    short = text(what + entry.name)
    links = [each for each in known.references if _LINK.fullmatch(each)]
    words = [each for each in (known.description, general_advice(entry)) if each]
    help_text = "\n\n".join([*map(text, words), *links])
    markdown = "\n\n".join([*map(plain, words), *(f"<{link}>" for link in links)])
    made: dict[str, Any] = {
        "id": _exact(entry.rule),
        "name": cut(visible(entry.name), 255),
        "shortDescription": {"text": short},
        "fullDescription": {"text": text(known.description) or short},
        "help": {"text": help_text, "markdown": markdown},
        "defaultConfiguration": {"level": _LEVELS[entry.severity]},
        "properties": {
            "tags": _tags(("security", *entry.tags)),
            "precision": _PRECISION[entry.confidence],
            "security-severity": _SECURITY[entry.severity],
        },
    }
    return made | ({"helpUri": links[0]} if links else {})
