"""What formats that list findings have in common: one entry a finding, in words and figures that any of them can use.

Text is as the engine has it, others' text included: each format escapes it in its own way.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from dlp.model import (
    Appearance,
    Finding,
    Level,
    PassageFinding,
    PatternFinding,
    Provenance,
    Result,
    SetFinding,
    Skipped,
    Span,
    TermFinding,
    Verdict,
)
from dlp.report.figures import counted, moment, percent

_LINE: Final = re.compile(r"line ([1-9][0-9]{0,8})(?![0-9])")
_LETTERS_A_WORD: Final = 5  # folded symbols, of English words


class Place(msgspec.Struct, frozen=True):
    """`line`, `column`: in the file itself, from 1; None where it has no lines, or where this is in a part of it.
    `locator`: within the file, in words, from the outside in. `path`: of the file, where that is not the result's."""

    line: int | None
    column: int | None
    locator: str
    path: str = ""


NOWHERE: Final = Place(None, None, "")
"""The file as a whole."""


class Entry(msgspec.Struct, frozen=True):
    """A finding; or, of the kind `verdict`, what the policy decided without one.

    `rule`: an id that stays; `document/…` and `terms/…` for what is registered. `about`: a sentence without a stop.
    `key`: 32 hexadecimal digits, the same as long as it is the same value or passage in the same file, on whichever
    line. `excerpt` is masked.
    """

    kind: str
    rule: str
    name: str
    label: str
    tags: tuple[str, ...]
    severity: Level
    confidence: Level
    about: str
    excerpt: str
    count: int
    places: tuple[Place, ...]
    key: str

    @property
    def weight(self) -> tuple[int, int]:
        """Sorts what an engineer should see first last."""
        return self.severity.rank, self.confidence.rank


SEVERITIES: Final = {
    Verdict.ALLOW: Level.LOW,
    Verdict.AUDIT: Level.LOW,
    Verdict.WARN: Level.MEDIUM,
    Verdict.QUARANTINE: Level.HIGH,
    Verdict.BLOCK: Level.HIGH,
}
"""Of a verdict that no finding led to, where the policy says none."""


def entries(result: Result) -> list[Entry]:
    """One for each finding. Without any: one for a verdict that something else led to, none for what was only not read
    whole, and none for what is allowed."""
    if not result.findings:
        if result.verdict.rank >= Verdict.WARN.rank or (result.verdict != Verdict.ALLOW and not result.skipped):
            return [_decided(result)]
        return []
    seen: dict[str, int] = {}
    made = []
    for finding in result.findings:
        identity = "\0".join(_identity(finding, result))
        seen[identity] = nth = seen.get(identity, 0) + 1
        made.append(_entry(finding, result, key_of(f"{identity}\0{nth}")))
    return made


def key_of(identity: str) -> str:
    """32 hexadecimal digits."""
    return hashlib.blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _identity(finding: Finding, result: Result) -> Iterator[str]:
    """What stays when lines are put in front of it."""
    yield result.path
    if isinstance(finding, PatternFinding):
        yield from ("pattern", finding.rule, finding.digest, *finding.provenance[1:])
    elif isinstance(finding, TermFinding):
        yield from ("term", finding.document.id, finding.digest, *finding.provenance[1:])
    elif isinstance(finding, PassageFinding):
        yield from ("passage", finding.document.id, str(finding.source_span.start), *finding.provenance[1:])
    else:
        yield from ("set", finding.document.id)


def _entry(finding: Finding, result: Result, key: str) -> Entry:
    levels = finding.severity, finding.confidence
    if isinstance(finding, PatternFinding):
        about = finding.name if finding.count == 1 else f"{finding.name} ({finding.count:,} in all)"
        what = finding.rule, finding.name, "", finding.tags
        places = _places(finding, result)
        return Entry("pattern", *what, *levels, about, finding.excerpt, finding.count, places, key)
    document = finding.document
    if isinstance(finding, TermFinding):
        times = "" if finding.count == 1 else f" ({finding.count:,} in all)"
        what = f"terms/{document.id}", document.name, document.label, ("term",)
        about = f"Registered term of {document.name}{times}"
        return Entry("term", *what, *levels, about, finding.excerpt, finding.count, _places(finding, result), key)
    what = f"document/{document.id}", document.name, document.label, ("passage",)
    if isinstance(finding, SetFinding):
        about = f"{percent(finding.share)} of {document.name} in {counted(finding.files, 'file')} together"
        places = tuple(Place(None, None, f"{percent(each.share)} of it", each.path) for each in finding.pieces)
        return Entry("set", *what, *levels, about, "", finding.files, places, key)
    return Entry("passage", *what, *levels, _passage(finding), finding.excerpt, 1, _places(finding, result), key)


def _passage(finding: PassageFinding) -> str:
    words = max(1, round(finding.length / _LETTERS_A_WORD))
    also = f"; also in {counted(len(finding.also), 'other document')}" if finding.also else ""
    about = f"{percent(finding.similarity)} alike, {percent(finding.document_share)} of the document{also}"
    return f"Passage of {finding.document.name}, about {counted(words, 'word')}: {about}"


def _decided(result: Result) -> Entry:
    handling = result.handling
    rule = handling.rules[0] if handling.rules else "verdict"
    about = "; ".join(result.reasons) or "The policy decides so of what the file is"
    severity = handling.severity or SEVERITIES[result.verdict]
    what = f"policy/{rule}", f"Policy: {rule}", "", ("policy",)
    key = key_of("\0".join((result.path, "verdict", rule)))
    return Entry("verdict", *what, severity, Level.HIGH, about, "", 1, (NOWHERE,), key)


def _places(finding: PassageFinding | PatternFinding | TermFinding, result: Result) -> tuple[Place, ...]:
    within = within_file(finding.provenance, result.provenance)
    spans = finding.places if not isinstance(finding, PassageFinding) else ()
    return tuple(_place(span, within) for span in spans or (finding.span,))


def _place(span: Span, within: str) -> Place:
    there = span.locator or f"line {span.line}"
    if within:
        return Place(None, None, f"{within} › {there}")  # noqa: RUF001 - the sign of a provenance
    found = _LINE.match(there)
    if not found:
        return Place(None, None, there)
    line = int(found[1])
    # A text that was taken from markup has lines of its own; its locators name those of the file.
    return Place(line, span.column if line == span.line and span.column > 0 else None, there)


def within_file(inner: Provenance, outer: Provenance) -> str:
    """The part of `inner` that stands inside of `outer`; all of it, if it does not."""
    rest = inner[len(outer) :] if inner[: len(outer)] == outer else inner
    return " › ".join(rest)  # noqa: RUF001 - the sign of a provenance


def not_read(skipped: Skipped, result: Result) -> str:
    """What of a file was not read, and why; a sentence without a stop."""
    within = within_file(skipped.provenance, result.provenance)
    detail = f", {skipped.detail}" if skipped.detail else ""
    return f"Not read: {f'{within}: ' if within else ''}{skipped.reason.value}{detail}"


def where(place: Place) -> str:
    """In words; empty for the file as a whole."""
    return f"{place.path}: {place.locator}" if place.path else place.locator


def author(appearance: Appearance) -> str:
    return f"{appearance.author} <{appearance.email}>"


def committed(result: Result) -> str:
    """Where it stands in a repository's history, in words; empty for what is of none."""
    if not result.origin.appearances:
        return ""
    first = result.origin.appearances[0]
    removed = f", taken out by {first.removed[:12]}" if first.removed else ""
    others = len(result.origin.appearances) - 1
    more = f"; and in {counted(others, 'other place')} of the history" if others else ""
    return f"Commit {first.commit[:12]} by {author(first)}, {moment(first.date)}, as {first.path}{removed}{more}"


def advice(entry: Entry, result: Result) -> str:
    """What to do, in a sentence: the policy's word for whoever made the file, else what holds for its kind."""
    return result.handling.message or general_advice(entry)


def general_advice(entry: Entry) -> str:
    if "secret" in entry.tags:
        return (
            "Revoke it where it was issued, and take it out of the file and, if it was committed, of the history. "
            "A secret that left once stays known."
        )
    if "personal" in entry.tags or "payment" in entry.tags:
        return "Leave out what the receiver has no need of, or make it anonymous."
    if entry.kind == "verdict":
        return "Ask whoever is responsible for the policy before this goes out."
    return "Ask the owner of the document before this goes out, or leave it out."
