"""Content is often read in more than one way: as it stands and with its markup gone, or, in doubt, in two charsets.
What an earlier reading found is not said again."""

from __future__ import annotations

from collections.abc import Iterable

from dlp.model import Finding, PassageFinding, PatternFinding, Provenance, SetFinding


class Told:
    """What the readings of one file found so far."""

    def __init__(self) -> None:
        self._values: set[tuple[Provenance, str, str]] = set()
        self._counted: dict[tuple[Provenance, str], set[int]] = {}
        self._passages: dict[tuple[Provenance, str], list[tuple[int, int]]] = {}

    def before(self, finding: Finding) -> bool:
        """Whether an earlier reading found it: the same value, all values of a rule that counts, or half of the passage
        or more, in the same content.

        Tags between the words make a passage shorter or longer, and split it; so its ends need not agree."""
        if not isinstance(finding, PassageFinding):
            if isinstance(finding, PatternFinding) and finding.values:
                return finding.values <= self._counted.get((finding.provenance, finding.rule), set())
            return _value(finding) in self._values
        start, end = finding.source_span.start, finding.source_span.end
        return any(
            2 * (min(end, ended) - max(start, began)) >= end - start
            for began, ended in self._passages.get((finding.provenance, finding.document.id), ())
        )

    def note(self, findings: Iterable[Finding]) -> None:
        """What one reading found, when it is over."""
        for each in findings:
            if isinstance(each, PassageFinding):
                spans = self._passages.setdefault((each.provenance, each.document.id), [])
                spans.append((each.source_span.start, each.source_span.end))
            elif isinstance(each, PatternFinding) and each.values:
                self._counted.setdefault((each.provenance, each.rule), set()).update(each.values)
            else:
                self._values.add(_value(each))


def _value(finding: Finding) -> tuple[Provenance, str, str]:
    if isinstance(finding, PatternFinding):
        return finding.provenance, finding.rule, finding.digest
    if isinstance(finding, SetFinding | PassageFinding):
        return (), finding.document.id, ""
    return finding.provenance, finding.document.id, finding.digest
