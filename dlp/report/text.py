"""The report for people: a block for each file, heaviest findings first, then the summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, Final, TypeVar

from dlp.model import (
    VERDICTS,
    Also,
    Contained,
    Containment,
    Coverage,
    Document,
    Finding,
    PassageFinding,
    PatternFinding,
    Provenance,
    Result,
    SetFinding,
    Skipped,
    Summary,
)
from dlp.report.escape import clip, clip_end, columns, visible
from dlp.report.figures import counted, duration, percent, size
from dlp.report.seam import Style, Verbosity
from dlp.report.text_history import Leaks, where
from dlp.report.text_values import INDENT, allowed, gravity, inside, values

T = TypeVar("T")

_MOST_PASSAGES = 5  # of one file, unless verbose
_MOST_SKIPPED = 5
_MOST_REASONS = 3
_MOST_SETS = 5
_MOST_PIECES = 5  # of one document that files have together
_MOST_ALSO = 3
_MOST_SUPPRESSED = 5
_NARROWEST = 60  # columns; the lines of a narrower terminal wrap
_LONGEST = 1000  # columns of a line when no width is given: a hostile name may be a megabyte
_WIDEST_PLACE = 32  # columns of the place of a passage, where lines are bounded and there is room
_WIDEST_LABEL = 16  # columns; the name of the document matters more
_WIDE = 96  # columns from which on nothing is abbreviated
_FIGURES = 52  # columns that a passage's line takes besides its indent and its place, abbreviated
_LETTERS_A_WORD = 5  # of folded English, German and French prose, rounded
_CUT_SHORT = "the scan was interrupted; the rest was not looked at"
_BYTES = "byte "  # how the locators of content without lines and words begin

_PARTLY: Final = {Coverage.PARTIAL: "read in part", Coverage.UNSCANNABLE: "not readable"}
_MOST_LINES = 6  # of the policy's message
_LONGEST_ID = 24  # columns; of the quarantine's records

_CONTAINED: Final = {
    Contained.QUARANTINED: "quarantined as",
    Contained.HELD: "taken away, not sealed yet:",
    Contained.CHANGED: "not contained: changed",
    Contained.RELEASED: "released as",
    Contained.NOTICE: "a notice",
    Contained.FAILED: "not contained",
}
_COLOURS: Final = {
    "block": "1;31",
    "quarantine": "1;35",
    "warn": "1;33",
    "audit": "1;36",
    "allow": "32",
    "strong": "1",
    "aside": "2",
    "skipped": "33",
}
_ASCII: Final = {ord("…"): "...", ord("›"): ">", ord("•"): "*", ord("≈"): "~", ord("·"): "-"}  # noqa: RUF001 - as written


class TextReporter:
    """Writes UTF-8, or ASCII where `style` asks for it. Others' text is escaped (see `escape.visible`) and clipped."""

    def __init__(self, stream: BinaryIO, style: Style) -> None:
        self._stream = stream
        self._quiet = style.verbosity <= Verbosity.QUIET
        self.verbose = style.verbosity >= Verbosity.VERBOSE
        self._colour = style.colour
        self._ascii = style.ascii
        self._bounded = style.width is not None
        self._width = _LONGEST if style.width is None else max(style.width, _NARROWEST)
        self._leaks = Leaks()
        self._apart: bool | None = None  # whether the last result was more than a line; None: there was none

    def begin(self) -> None:
        pass  # the first thing worth saying is a result

    def result(self, result: Result) -> None:
        if self._leaks.again(result) and not self.verbose:
            return
        body = [] if self._quiet else list(self._body(result))
        lines = [self._headline(result), *body]
        if self._apart or (body and self._apart is not None):
            lines.insert(0, "")
        self._apart = bool(body)
        self._write(lines)

    def _body(self, result: Result) -> Iterator[str]:
        if result.containment and result.containment.detail:
            yield INDENT + self.line(result.containment.detail)
        yield from where(self, result)
        yield from self._reasons(result)
        yield from self._message(result.handling.message)
        yield from self._sets([each for each in result.findings if isinstance(each, SetFinding)])
        yield from self._findings(result, [each for each in result.findings if isinstance(each, PassageFinding)])
        yield from values(self, result)
        yield from self._skipped(result)
        yield from self._suppressed(result)

    def end(self, summary: Summary) -> None:
        lines = [] if self._quiet else list(self._summary(summary))
        if not summary.complete:
            lines.append(self._row("INCOMPLETE", self.paint("skipped", _CUT_SHORT)))
        if lines:
            self._write(lines if self._apart is None else ["", *lines])

    def _write(self, lines: Iterable[str]) -> None:
        text = "".join(line + "\n" for line in lines)
        if self._ascii:
            self._stream.write(text.translate(_ASCII).encode("ascii", "backslashreplace"))
        else:
            self._stream.write(text.encode())
        self._stream.flush()

    def paint(self, colour: str, text: str) -> str:
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self._colour and text else text

    def _headline(self, result: Result) -> str:
        word = result.verdict.value
        notes = [_PARTLY.get(result.coverage, ""), _contained(result.containment)]
        note = ", ".join(filter(None, notes))
        room = self._width - len(INDENT) - (len(note) + 4 if note else 0)
        path = self.paint("strong", clip(visible(result.path), room))
        tag = self.paint(word, word.ljust(len(INDENT)))
        return tag + path + (self.paint("skipped", f"  ({note})") if note else "")

    def _reasons(self, result: Result) -> Iterator[str]:
        # What the policy makes of a skipped part stands there anyway, in its own line and with more about it.
        said = {f"not read: {skipped.reason.value}" for skipped in self._shown_skipped(result)}
        reasons = [reason for reason in result.reasons if reason not in said]
        shown = reasons if self.verbose else _cut(reasons, _MOST_REASONS)
        for reason in shown:
            yield INDENT + self.paint("aside", self.line(reason))
        yield from self.more(len(reasons) - len(shown), "reason")

    def _message(self, message: str) -> Iterator[str]:
        """What the policy says to whoever made the file."""
        from textwrap import wrap  # few results have one

        room = self._width - len(INDENT)
        lines = [each for line in message.splitlines() for each in wrap(visible(line), room)]
        shown = lines if self.verbose else _cut(lines, _MOST_LINES)
        for line in shown:
            yield INDENT + self.line(line)
        yield from self.more(len(lines) - len(shown), "line")

    def _sets(self, findings: Sequence[SetFinding]) -> Iterator[str]:
        ranked = sorted(findings, key=lambda each: (gravity(each), each.evidence), reverse=True)
        shown = ranked if self.verbose else _cut(ranked, _MOST_SETS)
        for finding in shown:
            yield self._document(finding.document, f"in {counted(finding.files, 'file')}")
            amount = f"{percent(finding.share)} of it together  {counted(finding.evidence, 'symbol')}"
            yield INDENT + "  " + self.line(f"{amount}  {self.levels(finding)}", 2)
            pieces = finding.pieces if self.verbose else _cut(finding.pieces, _MOST_PIECES)
            for piece in pieces:
                has = f"  {percent(piece.share)} of it"
                path = clip(visible(piece.path), self._width - len(INDENT) - 4 - len(has))
                yield INDENT + "    " + path + self.paint("aside", has)
            yield from self.more(finding.files - len(pieces), "file", all_shown=self.verbose)
        yield from self.more(len(ranked) - len(shown), "document in several files", "documents in several files")

    def _findings(self, result: Result, findings: Sequence[PassageFinding]) -> Iterator[str]:
        ranked = sorted(findings, key=lambda each: (gravity(each), each.length), reverse=True)
        shown = ranked if self.verbose else _cut(ranked, _MOST_PASSAGES)
        groups: dict[tuple[Provenance, Document], list[PassageFinding]] = {}
        for finding in shown:
            groups.setdefault((finding.provenance, finding.document), []).append(finding)
        where = self._places(shown)
        for (provenance, document), passages in groups.items():
            yield self._document(document, f"{percent(passages[0].document_share)} of it is here")
            within = inside(provenance, result.provenance)
            if within:
                yield INDENT + "in " + clip(within, self._width - len(INDENT) - 3)
            for finding in sorted(passages, key=lambda f: (f.span.start, f.span.end)):
                yield from self._passage(finding, where[finding])
        yield from self.more(len(ranked) - len(shown), "passage")

    def _places(self, findings: Sequence[PassageFinding]) -> dict[PassageFinding, str]:
        """Where each is and how long, in columns."""
        room = max(_NARROWEST // 4, self._width - len(INDENT) - _FIGURES)
        room = min(_WIDEST_PLACE, room) if self._bounded else room
        places = {finding: clip(_place(finding), room) for finding in findings}
        amounts = {finding: _amount(finding) for finding in findings}
        wide = min(_WIDEST_PLACE, max(map(columns, places.values()), default=0))
        right = max(map(len, amounts.values()), default=0)
        return {
            finding: f"{place}{' ' * (wide - columns(place))}  {amounts[finding]:>{right}}"
            for finding, place in places.items()
        }

    def _document(self, document: Document, has: str) -> str:
        label = f" · {clip_end(visible(document.label), _WIDEST_LABEL)}" if document.label else ""
        return self.titled(document.name, f"{label} · version {document.version} · {has}")

    def titled(self, name: str, about: str) -> str:
        """A line that begins with a name; `about` is printable."""
        about = clip_end(about, self._width - len(INDENT) * 2)
        shown = clip(visible(name), self._width - len(INDENT) - columns(about))
        return INDENT + self.paint("strong", shown) + self.paint("aside", about)

    def levels(self, finding: Finding) -> str:
        severity, confidence = ("severity", "confidence") if self._width >= _WIDE else ("sev", "conf")
        return f"{severity} {finding.severity.value}, {confidence} {finding.confidence.value}"

    def _passage(self, finding: PassageFinding, where: str) -> Iterator[str]:
        alike = f"{percent(finding.similarity):>4} alike"
        yield INDENT + "  " + self.line(f"{where}  {alike}  {self.levels(finding)}", 2)
        if self.verbose:
            source = finding.source_span
            there = visible(source.locator) or f"characters {source.start:,} to {source.end:,}"
            amount = f"{counted(finding.length, 'symbol')}, {finding.evidence:,} of evidence, rarity {finding.rarity:,}"
            yield INDENT + "  " + self.paint("aside", self.line(f"from its {there}; {amount}", 2))
        yield self._named(finding)
        if finding.also:
            yield INDENT + "    " + self.paint("aside", self._also(finding.also))

    def _named(self, finding: PassageFinding) -> str:
        """The id, for `dlp show`, then what the passage looks like."""
        return INDENT + "    " + self.paint("aside", self.line(f"#{finding.id}  {finding.excerpt}".rstrip(), 4))

    def _also(self, also: Sequence[Also]) -> str:
        room = self._width - len(INDENT) - len(f"    also in  … and {len(also):,} more")
        names: list[str] = []
        taken = 0
        for each in also if self.verbose else _cut(also, _MOST_ALSO):
            name = clip(visible(each.document.name), min(_WIDEST_PLACE, room))
            taken += columns(name) + 2
            if names and taken > room:
                break
            names.append(name)
        more = f" … and {len(also) - len(names):,} more" if len(also) > len(names) else ""
        return f"also in {', '.join(names)}{more}"

    def _suppressed(self, result: Result) -> Iterator[str]:
        if not result.suppressed:
            return
        shown = result.suppressed if self.verbose else _cut(result.suppressed, _MOST_SUPPRESSED)
        yield INDENT + self.paint("strong", "suppressed, and no part of the verdict:")
        for each in shown:
            if isinstance(each.finding, PatternFinding):
                yield from allowed(self, each.finding, each.causes, result)
            else:
                yield from self._no_finding(each.finding, each.causes, result)
        yield from self.more(len(result.suppressed) - len(shown), "that would have matched", "that would have matched")

    def _no_finding(self, finding: PassageFinding, causes: Sequence[str], result: Result) -> Iterator[str]:
        within = inside(finding.provenance, result.provenance)
        would = "would have counted for more" if _is_found(finding, result) else "would have matched"
        where = f"{within}, {_place(finding)}" if within else _place(finding)
        about = f", {_amount(finding)}, of "
        room = self._width - len(INDENT) - len(f"  {would}: ") - len(about)
        where = clip(where, max(_NARROWEST // 4, room // 2))
        name = clip(visible(finding.document.name), max(1, room - columns(where)))
        yield INDENT + "  " + self.line(f"{would}: {where}{about}{name}", 2)
        yield INDENT + "    " + self.line(f"because: {'; '.join(causes)}", 4)
        yield self._named(finding)

    def _skipped(self, result: Result) -> Iterator[str]:
        shown = self._shown_skipped(result)
        for skipped in shown:
            yield INDENT + self.paint("skipped", "not read: ") + self.line(_told(skipped, result.provenance), 10)
        yield from self.more(len(result.skipped) - len(shown), "part not read", "parts not read")

    def _shown_skipped(self, result: Result) -> Sequence[Skipped]:
        return result.skipped if self.verbose else _cut(result.skipped, _MOST_SKIPPED)

    def line(self, text: str, indent: int = 0) -> str:
        return clip_end(visible(text), self._width - len(INDENT) - indent)

    def more(self, count: int, one: str, many: str = "", *, all_shown: bool = False) -> Iterator[str]:
        """`all_shown`: of which there are no more to show."""
        if count > 0:
            what = one if count == 1 else many or one + "s"
            hint = "" if all_shown else " (-v shows all)"
            yield INDENT + self.paint("aside", self.line(f"… and {count:,} more {what}{hint}"))

    def _summary(self, summary: Summary) -> Iterator[str]:
        parts = [counted(summary.files, "file"), size(summary.bytes), duration(summary.seconds)]
        if summary.seconds > 0 and summary.bytes:
            parts.append(f"{size(summary.bytes / summary.seconds)}/s")
        yield self._row("scanned", " · ".join(parts))
        verdicts = [
            self.paint(verdict.value, f"{summary.verdicts[verdict.value]:,} {verdict.value}")
            for verdict in reversed(VERDICTS)
            if summary.verdicts.get(verdict.value)
        ]
        yield self._row("verdicts", " · ".join(verdicts) or "none")
        allowed = f" · {summary.allowed:,} more allowed" if summary.allowed else ""
        yield self._row("findings", f"{summary.findings:,}{allowed}")
        skipped = sorted(summary.skipped.items(), key=lambda item: (-item[1], item[0]))
        reasons = " · ".join(f"{count:,} {visible(reason)}" for reason, count in skipped if count)
        if summary.complete or reasons:  # of a scan that was cut short nobody knows all that it did not read
            yield self._row("not read", self.paint("skipped", reasons) or "nothing")
        name = "leaks"
        for line in self._leaks.summary(self):
            yield self._row(name, line)
            name = ""

    def _row(self, name: str, value: str) -> str:
        return self.paint("strong", name.ljust(len(INDENT))) + value


def _contained(containment: Containment | None) -> str:
    if containment is None:
        return ""
    return f"{_CONTAINED[containment.state]} {clip_end(visible(containment.id), _LONGEST_ID)}".rstrip()


def _cut(items: Sequence[T], most: int) -> Sequence[T]:
    """At most `most` items, or one more where the line that told of it would take as much room."""
    return items if len(items) <= most + 1 else items[:most]



def _is_found(suppressed: PassageFinding, result: Result) -> bool:
    """Whether some of it is a finding all the same."""
    return any(
        isinstance(each, PassageFinding)
        and (each.provenance, each.document.id) == (suppressed.provenance, suppressed.document.id)
        and each.span.start < suppressed.span.end
        and suppressed.span.start < each.span.end
        for each in result.findings
    )


def _place(finding: PassageFinding) -> str:
    span = finding.span
    return visible(span.locator) or f"line {span.line}"


def _amount(finding: PassageFinding) -> str:
    if finding.span.locator.startswith(_BYTES):
        return counted(finding.length, "symbol")
    return "≈ " + counted(max(1, round(finding.length / _LETTERS_A_WORD)), "word")


def _told(skipped: Skipped, outer: Provenance) -> str:
    within = inside(skipped.provenance, outer)
    what = f"{within}: {skipped.reason.value}" if within else skipped.reason.value
    return f"{what}, {skipped.detail}" if skipped.detail else what
