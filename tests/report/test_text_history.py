"""The report for people, of a repository."""

from __future__ import annotations

import io

import msgspec

from dlp.model import Appearance, Level, Origin, Result, Verdict
from dlp.report.seam import Style, Verbosity
from dlp.report.text import TextReporter

from .cases import SCANS, pattern, result, summary

FIRST = Appearance("a" * 40, "src/key.py", "Ada", "ada@example.org", 1_700_000_000, "b" * 40)
LATER = Appearance("c" * 40, "src/key.py", "Bob\x1b[31m", "bob@example.org", 1_800_000_000)


def version(path: str, *appearances: Appearance, head: bool, digest: str = "d1", blob: str = "e" * 40) -> Result:
    found = msgspec.structs.replace(pattern(), provenance=(path,), digest=digest)
    made = result(path, Verdict.BLOCK, findings=(found,))
    return msgspec.structs.replace(made, origin=Origin(blob=blob, head=head, appearances=appearances))


def told(*found: Result, verbosity: Verbosity = Verbosity.NORMAL) -> str:
    stream = io.BytesIO()
    report = TextReporter(stream, Style(verbosity))
    report.begin()
    for each in found:
        report.result(each)
    report.end(summary(*found))
    return stream.getvalue().decode()


def test_a_result_tells_who_brought_it_in_and_who_took_it_out() -> None:
    text = told(version("key.py", FIRST, head=False))
    assert "not in HEAD; by Ada <ada@example.org> in aaaaaaaaaaaa of 2023-11-14; taken out by bbbbbbbbbbbb" in text


def test_the_end_tells_what_is_still_there_and_what_only_in_the_history() -> None:
    text = told(version("a.py", LATER, head=True), version("b.py", FIRST, head=False, digest="d2"))
    assert "leaks       1 still in HEAD · 1 only in history" in text
    here, gone = (line for line in text.split("\n") if line.strip().startswith(("in HEAD  ", "history  ")))
    assert "a.py, by Bob" in here
    assert "\x1b" not in text
    assert "b.py, by Ada" in gone
    assert "until bbbbbbbbbbbb" in gone
    assert "rotate" in text


def test_one_value_in_many_versions_is_told_once_and_from_the_first_on() -> None:
    versions = [version("a.py", LATER, head=True), version("a.py", FIRST, head=False, blob="f" * 40)]
    text = told(*versions)
    assert text.count("block       a.py") == 1
    assert "1 still in HEAD · 0 only in history" in text
    assert "a.py, by Ada" in text
    assert "1 more version of these files" in text
    assert told(*versions, verbosity=Verbosity.VERBOSE).count("block       a.py") == 2


def test_another_value_or_another_path_is_told_of() -> None:
    text = told(*(version(path, FIRST, head=False, digest=each) for path in ("a", "b") for each in ("d1", "d2")))
    assert text.count("block       ") == 4


def test_several_rules_for_one_value_are_one_leak_by_the_gravest_of_them() -> None:
    mild = msgspec.structs.replace(pattern(), rule="mild", name="A mild rule", severity=Level.LOW)
    grave = msgspec.structs.replace(pattern(), rule="grave", name="A grave rule", severity=Level.CRITICAL)
    made = msgspec.structs.replace(version("a", FIRST, head=False), findings=(mild, grave))
    text = told(made)
    assert "0 still in HEAD · 1 only in history" in text
    assert text.rindex("A grave rule") > text.index("leaks  ")
    assert text.rindex("A mild rule") < text.index("leaks  ")


def test_of_files_nothing_of_the_kind_is_said() -> None:
    assert "HEAD" not in told(*SCANS["many"])


def test_any_date_that_a_commit_may_tell_is_told() -> None:
    for date in (-(1 << 62), 1 << 62, 0):
        strange = msgspec.structs.replace(FIRST, date=date)
        assert "HEAD" in told(version("a", strange, head=True))
