"""JUnit XML as GitLab and Jenkins read it.

A file is a suite; a finding is a case of it, which fails from the verdict `warn` on; a part that was not read is a case
that was skipped. The last suite is the scan itself, whose case is in error if it was cut short. Characters that XML
cannot hold, and those that would not be seen, are escaped (`\\x00`).
"""

from __future__ import annotations

from typing import BinaryIO, Final

from dlp.model import Result, Summary, Verdict
from dlp.report.entry import NOWHERE, Entry, advice, committed, entries, not_read, where
from dlp.report.escape import clip, visible
from dlp.report.figures import counted

_NAME: Final = 500  # columns
_CUT_SHORT: Final = "The scan was cut short: there is more that was not looked at"
_MARKUP: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


class JunitReporter:
    """Suites as the results come."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def begin(self) -> None:
        self._stream.write(b'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="dlp">\n')

    def result(self, result: Result) -> None:
        names: dict[str, int] = {}
        failing = result.verdict.rank >= Verdict.WARN.rank
        cases = []
        found = entries(result)
        for entry in found:
            place = entry.places[0] if entry.places else NOWHERE
            name = f"{entry.rule}: {place.locator}" if place.locator else entry.rule
            line = {"line": str(place.line)} if place.line else {}
            body = _failure(entry, result) if failing else _element("system-out", {}, _told(entry, result))
            cases.append(_case(_once(name, names), result.path, line, body))
        for skipped in result.skipped:
            words = not_read(skipped, result)
            cases.append(_case(_once(words, names), result.path, {}, _element("skipped", {"message": words})))
        if not cases:
            cases.append(_case("dlp", result.path, {}, ""))
        counts = len(cases), len(found) if failing else 0, 0, len(result.skipped)
        self._suite(result.path, counts, "".join(cases), f"verdict {result.verdict.value}, {result.coverage.value}")

    def end(self, summary: Summary) -> None:
        verdicts = ", ".join(f"{count:,} {verdict}" for verdict, count in summary.verdicts.items() if count)
        words = f"{counted(summary.files, 'file')}, {counted(summary.findings, 'finding')}; {verdicts or 'no verdicts'}"
        told = "" if summary.complete else _element("error", {"message": _CUT_SHORT, "type": "cut-short"})
        case = _case("the scan came to its end", "dlp scan", {}, told)
        self._suite("dlp scan", (1, 0, int(not summary.complete), 0), case, words)
        self._stream.write(b"</testsuites>\n")
        self._stream.flush()

    def _suite(self, name: str, counts: tuple[int, int, int, int], cases: str, words: str) -> None:
        """`counts`: of cases, and of those that failed, were in error, were skipped."""
        numbers = zip(("tests", "failures", "errors", "skipped"), map(str, counts), strict=True)
        given = {"name": name} | dict(numbers)
        inner = f"\n{cases}{_element('system-out', {}, words)}"
        self._stream.write(f"<testsuite{_attributes(given)}>{inner}</testsuite>\n".encode())


def _once(name: str, names: dict[str, int]) -> str:
    """GitLab takes the first of cases of one name, and forgets the others."""
    name = clip(visible(name), _NAME)
    names[name] = nth = names.get(name, 0) + 1
    return name if nth == 1 else f"{name} ({nth})"


def _case(name: str, path: str, more: dict[str, str], body: str) -> str:
    given = {"name": name, "classname": path, "file": path} | more
    return f"<testcase{_attributes(given)}>{body}</testcase>\n"


def _failure(entry: Entry, result: Result) -> str:
    given = {"message": entry.about, "type": f"{result.verdict.value}/{entry.severity.value}"}
    return _element("failure", given, _told(entry, result))


def _told(entry: Entry, result: Result) -> str:
    lines = [
        entry.about,
        f"excerpt: {entry.excerpt}" if entry.excerpt else "",
        f"verdict {result.verdict.value}, severity {entry.severity.value}, confidence {entry.confidence.value}",
        f"places: {'; '.join(map(where, entry.places[:10]))}" if len(entry.places) > 1 else "",
        committed(result),
        advice(entry, result),
    ]
    return "\n".join(visible(line) for line in lines if line)


def _element(name: str, given: dict[str, str], text: str = "") -> str:
    """`text` may have lines."""
    body = "\n".join(map(_escaped, text.split("\n")))
    return f"<{name}{_attributes(given)}>{body}</{name}>" if text else f"<{name}{_attributes(given)}/>"


def _attributes(given: dict[str, str]) -> str:
    return "".join(f' {name}="{_escaped(value)}"' for name, value in given.items())


def _escaped(text: str) -> str:
    return visible(text).translate(_MARKUP)
