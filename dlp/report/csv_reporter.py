"""CSV (RFC 4180): a header, a record for each finding and each part that was not read, and one for the scan.

UTF-8 without a byte order mark, which programs would take for a part of the first name. A record is one line: what
would move or hide something is escaped (`\\n`). A cell that a spreadsheet could take for a formula begins with an
apostrophe, and so does one that began with an apostrophe already: whoever wants the text drops one apostrophe from the
beginning of any cell that has one.
"""

from __future__ import annotations

import csv
import io
from typing import BinaryIO, Final

from dlp.model import Result, Summary
from dlp.report.entry import NOWHERE, Entry, advice, author, entries, not_read, where, within_file
from dlp.report.escape import visible
from dlp.report.figures import moment

HEADER: Final = (
    "record", "verdict", "path", "line", "column", "place", "more_places", "rule", "name", "label", "tags", "severity",
    "confidence", "count", "excerpt", "about", "advice", "coverage", "reasons", "policy_rules", "containment", "sha256",
    "commit", "author", "date", "commits", "key",
)  # fmt: skip
"""`record`: what a line is of: `passage`, `set`, `pattern`, `term`, `verdict` (of a file, by the policy alone), `file`
(there is nothing else to say of it), `skipped`, `scan`. New columns are added at the end."""

MORE_PLACES: Final = 20
"""Of one finding."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The last four: wide forms of the first four, which some spreadsheets take alike."""


def cell(text: str) -> str:
    """One line that no spreadsheet computes."""
    return "'" + visible(text) if text.startswith(_FORMULA) else visible(text)


class CsvReporter:
    """Records as the results come."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lines = io.StringIO(newline="")
        self._writer = csv.writer(self._lines)

    def begin(self) -> None:
        self._writer.writerow(HEADER)
        self._flush()

    def result(self, result: Result) -> None:
        about_file = _file(result)
        found = entries(result)
        for entry in found:
            self._row(_entry(entry, result) | about_file)
        for skipped in result.skipped:
            self._row(
                about_file
                | {
                    "record": "skipped",
                    "place": within_file(skipped.provenance, result.provenance),
                    "rule": skipped.reason.value,
                    "about": not_read(skipped, result),
                }
            )
        if not found and not result.skipped:
            self._row(about_file | {"record": "file"})
        self._flush()

    def end(self, summary: Summary) -> None:
        verdicts = ", ".join(f"{count} {verdict}" for verdict, count in summary.verdicts.items() if count)
        about = "The scan came to its end" if summary.complete else "The scan was cut short"
        told = f"{about}: {summary.files} files, {summary.findings} findings; {verdicts or 'no verdicts'}"
        coverage = "complete" if summary.complete else "partial"
        self._row({"record": "scan", "count": str(summary.findings), "about": told, "coverage": coverage})
        self._flush()
        self._stream.flush()

    def _row(self, values: dict[str, str]) -> None:
        self._writer.writerow([cell(values.get(name, "")) for name in HEADER])

    def _flush(self) -> None:
        self._stream.write(self._lines.getvalue().encode())
        self._lines.seek(0)
        self._lines.truncate()


def _file(result: Result) -> dict[str, str]:
    made = {
        "verdict": result.verdict.value,
        "path": result.path,
        "coverage": result.coverage.value,
        "reasons": "; ".join(result.reasons),
        "policy_rules": ", ".join(result.handling.rules),
        "containment": result.containment.state.value if result.containment else "",
        "sha256": result.file.digest if result.file else "",
    }
    if result.origin.appearances:
        first = result.origin.appearances[0]
        made |= {
            "commit": first.commit,
            "author": author(first),
            "date": moment(first.date),
            "commits": str(len(result.origin.appearances)),
        }
    return made


def _entry(entry: Entry, result: Result) -> dict[str, str]:
    place = entry.places[0] if entry.places else NOWHERE
    return {
        "record": entry.kind,
        "line": "" if place.line is None else str(place.line),
        "column": "" if place.column is None else str(place.column),
        "place": where(place),
        "more_places": "; ".join(map(where, entry.places[1:MORE_PLACES])),
        "rule": entry.rule,
        "name": entry.name,
        "label": entry.label,
        "tags": " ".join(entry.tags),
        "severity": entry.severity.value,
        "confidence": entry.confidence.value,
        "count": str(entry.count),
        "excerpt": entry.excerpt,
        "about": entry.about,
        "advice": advice(entry, result),
        "key": entry.key,
    }
