"""The file of a baseline, what it lists, and what of other tools' baselines is taken over."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.errors import ConfigError, UsageError
from dlp.match.baseline import foreign
from dlp.match.baseline.entries import DOCUMENT, Baseline, Entry, entries_for
from dlp.match.baseline.file import Page, fresh, load, merged, opened, parse, save, text_of
from dlp.match.values import Digests
from dlp.model import (
    Coverage,
    Document,
    Finding,
    Level,
    PassageFinding,
    PatternFinding,
    Result,
    SetFinding,
    SourceSpan,
    Span,
    TermFinding,
    Verdict,
)

TODAY = date(2026, 11, 24)
KEY = bytes(range(32))
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
ENTRIES = st.builds(
    Entry,
    subject=st.sampled_from(["github-pat", "aws", DOCUMENT + "0123456789abcdef"]),
    digest=st.binary(min_size=12, max_size=12).map(bytes.hex),
    path=WORDS,
    owner=WORDS,
    until=st.none() | st.dates(),
    reason=WORDS,
)
PASSAGES = st.builds(Entry, subject=st.just(DOCUMENT + "ab"), digest=st.sampled_from(["1:0-40", "2:17-9000"]))


def page(*entries: Entry, comments: tuple[str, ...] = ()) -> Page:
    return Page(fresh(None), entries, comments)


def span(line: int = 1) -> Span:
    return Span(0, 5, line, 1, f"line {line}")


def value(listing: str, rule: str = "github-pat", line: int = 1) -> PatternFinding:
    level = Level.HIGH
    at = span(line)
    return PatternFinding(("f",), rule, "Rule", (), level, level, 1, at, (at,), "x", "d", listing=listing)


def passage(start: int, end: int, version: int = 1) -> PassageFinding:
    document = Document("ab", "plan", "secret", version)
    level = Level.HIGH
    source = SourceSpan(start, end, "")
    return PassageFinding(("f",), document, level, level, span(), source, 50, 50, 50, 1.0, 1.0, 0.1, 0.1, "x")


def result(*findings: Finding, path: str = "f") -> Result:
    return Result(path, (path,), Verdict.WARN, (), Coverage.COMPLETE, findings, ())


def listed(entry: Entry, finding: Finding, name: str = "f", today: date = TODAY) -> bool:
    kept, _, used, count = Baseline(KEY, (entry,), today, "/base").apart([finding], name, name)
    assert (kept == []) == (used == (0,)) == (count == 1)
    return not kept


@given(st.lists(ENTRIES | PASSAGES, max_size=8, unique_by=lambda each: each.key), st.lists(st.just("# by hand")))
def test_what_is_written_is_read(entries: list[Entry], comments: list[str]) -> None:
    written = page(*entries, comments=tuple(dict.fromkeys(comments)))
    text = text_of(written)
    read = parse(text.encode(), "b")
    assert (read.head, read.comments) == (written.head, written.comments)
    assert sorted((each.key, each.owner, each.until, each.reason) for each in read.entries) == sorted(
        (each.key, each.owner, each.until, each.reason) for each in entries
    )
    assert text_of(read) == text
    assert len(text.split("\n")) == len(entries) + len(written.comments) + 2


@given(st.binary(max_size=200))
def test_any_bytes_are_a_baseline_or_an_error_with_its_line(data: bytes) -> None:
    head = text_of(page()).encode()
    for each in (data, head + data):
        try:
            parse(each, "b")
        except ConfigError as error:
            assert str(error).startswith("b")  # noqa: PT017


def test_golden() -> None:
    text = (
        "dlp-baseline 1 salt=000102030405060708090a0b0c0d0e0f check=06b89bed\n"
        "# reviewed in the spring\n"
        '0123456789abcdef01234567 github-pat path="a b.py" owner=ada until=2027-03-31 reason="revoked \\"then\\""\n'
        "1:10-90 document:ab\n"
    )
    read = parse(text.encode(), "b")
    assert text_of(read) == text
    made = opened(read, None, TODAY, "b")
    assert made.digests.of("a value").hex() == "43da28db06add4e60a2c9f69"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], "is empty"),
        (["0123456789abcdef01234567 r"], "line 1: a baseline begins with"),
        (["HEAD", "0123 r"], "line 2: `0123` is no digest"),
        (["HEAD", "1:2-3 rule"], "is no digest"),
        (["HEAD", "0123456789abcdef01234567"], "an entry is"),
        (["HEAD", "0123456789abcdef01234567 r path=a b"], "cannot read on at `b`"),
        (["HEAD", "0123456789abcdef01234567 r line=3"], "`line` is not known"),
        (["HEAD", "0123456789abcdef01234567 r owner=a owner=b"], "stands twice"),
        (["HEAD", "0123456789abcdef01234567 r until=soon"], "is no day"),
        (["HEAD", "0123456789abcdef01234567 r until=2026-02-30"], "is no day"),
        (["HEAD", "<<<<<<< ours", "======="], "line 2: a merge that is not finished"),
        (["HEAD", "0123456789abcdef01234567 r reason=a", "0123456789abcdef01234567 r reason=b"], "line 3: line 2 has"),
        (["HEAD", "dlp-baseline 2 salt=00 check=00"], "the head is"),
        (["HEAD", text_of(page()).strip()], "a second head"),
        (["HEAD", "0123456789abcdef01234567 r reason=" + "x" * 9000], "more than 8,192"),
    ],
)
def test_what_it_does_not_say_as_it_must_is_told_by_line(lines: list[str], told: str) -> None:
    head = text_of(page()).strip()
    with pytest.raises(ConfigError, match=told.replace("`", ".")):
        parse("\n".join(head if each == "HEAD" else each for each in lines).encode(), "b")


def test_lines_that_say_the_same_are_one_and_the_order_does_not_matter() -> None:
    head = text_of(page()).strip()
    lines = ["1" * 24 + " r reason=a", "0" * 24 + " r", "1" * 24 + " r reason=a", "", "# why"]
    read = parse("\r\n".join([head, *lines]).encode(), "b")
    assert [each.digest[0] for each in read.entries] == ["1", "0"]
    assert text_of(read).splitlines()[1:] == ["# why", "0" * 24 + " r", "1" * 24 + " r reason=a"]


def test_another_salt_or_key_is_told() -> None:
    mine, other = Page(fresh(KEY), ()), page()
    opened(mine, KEY, TODAY, "b")
    with pytest.raises(ConfigError, match="needs the key"):
        opened(mine, None, TODAY, "b")
    with pytest.raises(ConfigError, match="the key is not the one"):
        opened(mine, bytes(32), TODAY, "b")
    text = text_of(other)
    spoiled = text.replace("salt=", "salt=0" if text[20] != "0" else "salt=1")[: 21] + text[21:]
    assert spoiled != text
    with pytest.raises(ConfigError):
        opened(parse(spoiled.encode(), "b"), None, TODAY, "b")


def test_keyed_digests_need_the_key() -> None:
    one, other = fresh(KEY), fresh(None)
    digests = {opened(Page(each, ()), KEY, TODAY, "b").digests.of("v") for each in (one, other, fresh(None))}
    assert len(digests) == 3


def test_a_value_is_listed_by_rule_and_digest_alone() -> None:
    entry = Entry("github-pat", "aa")
    assert listed(entry, value("aa"))
    assert listed(entry, value("aa", line=99), "elsewhere")
    assert not listed(entry, value("bb"))
    assert not listed(entry, value("aa", rule="other"))
    assert not listed(Entry("github-pat", ""), value(""))


@pytest.mark.parametrize("name", ["src/a.py", "./src/a.py", "/base/src/a.py"])
def test_a_path_binds(name: str) -> None:
    assert listed(Entry("github-pat", "aa", "src/a.py"), value("aa"), name)
    assert not listed(Entry("github-pat", "aa", "src/b.py"), value("aa"), name)


def test_a_passage_is_listed_with_what_is_within_it() -> None:
    entry = Entry(DOCUMENT + "ab", "1:100-200")
    assert listed(entry, passage(100, 200))
    assert listed(entry, passage(120, 150))
    assert not listed(entry, passage(99, 200))
    assert not listed(entry, passage(100, 201))
    assert not listed(entry, passage(100, 200, version=2))


def test_a_term_is_listed() -> None:
    level = Level.LOW
    term = TermFinding(("f",), Document("ab", "names", "l", 1), level, level, 1, span(), (span(),), "x", "dd")
    assert listed(Entry(DOCUMENT + "ab", "dd"), term)
    assert not listed(Entry(DOCUMENT + "ab", "ee"), term)


def test_a_set_is_never_listed() -> None:
    level = Level.LOW
    together = SetFinding(Document("ab", "names", "l", 1), level, level, 1, 0.5, 2, ())
    assert entries_for([result(together)], Baseline(KEY, (), TODAY, "/base"), paths=False) == {}


def test_what_expired_counts_again() -> None:
    entry = Entry("github-pat", "aa", until=TODAY)
    assert listed(entry, value("aa"))
    assert not listed(entry, value("aa"), today=date(2026, 11, 25))


@given(st.lists(st.sampled_from(["aa", "bb", "cc"])), st.booleans())
def test_what_was_found_is_listed_once_entries_are_made_of_it(digests: list[str], paths: bool) -> None:
    findings = [*map(value, digests), passage(3, 9)]
    empty = Baseline(KEY, (), TODAY, "/base")
    entries = entries_for([result(*findings, path="sub/f")], empty, paths=paths)
    made = Baseline(KEY, tuple(entries.values()), TODAY, "/base")
    assert made.apart(findings, "sub/f", "f")[0] == []
    assert len(made.apart(findings, "other", "other")[0]) == (len(findings) if paths else 0)


def test_merging_keeps_what_was_there() -> None:
    old, new = Entry("r", "aa", reason="known"), Entry("r", "bb")
    assert merged([old], [Entry("r", "aa"), new]) == (old, new)


def test_branches_that_add_merge(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    (tmp_path / ".gitattributes").write_text("*.baseline merge=union\n")
    head = fresh(None)
    file = tmp_path / "dlp.baseline"
    common = tuple(Entry("r", f"{number:024x}") for number in range(0, 50, 10))
    sides: dict[str, tuple[Entry, ...]] = {}
    for branch, more in (("main", ()), ("one", (1, 2, 41)), ("two", (1, 3, 42))):
        if branch != "main":
            git("checkout", "-q", "-b", branch, "main")
        sides[branch] = (*common, *(Entry("r", f"{number:024x}") for number in more))
        save(Page(head, sides[branch]), str(file))
        git("add", "-A")
        git("commit", "-q", "-m", branch)
    git("merge", "-q", "one", "-m", "both")
    read = load(str(file))
    assert {each.digest for each in read.entries} == {each.digest for side in sides.values() for each in side}


def test_a_file_that_cannot_be_read_or_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the baseline"):
        load(str(tmp_path / "none"))
    with pytest.raises(UsageError, match="cannot write"):
        save(page(), str(tmp_path / "none" / "b"))
    save(page(), str(tmp_path / "b"))
    before = (tmp_path / "b").read_bytes()
    (tmp_path / "b").write_bytes(b"")
    save(parse(before, "b"), str(tmp_path / "b"))
    assert (tmp_path / "b").read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["b"]
    shutil.rmtree(tmp_path)


def _known(tmp_path: Path, text: str) -> list[foreign.Known]:
    (tmp_path / "theirs").write_text(text)
    return foreign.load(str(tmp_path / "theirs"))


def test_their_formats_are_read(tmp_path: Path) -> None:
    report = [{"RuleID": "aws", "File": "a.py", "StartLine": 3, "EndLine": 4, "Secret": "s3", "Commit": "c"}]
    hidden = [report[0] | {"Secret": "REDACTED"}]
    assert _known(tmp_path, json.dumps(report)) == [foreign.Known("a.py", 3, 4, "aws", "s3", "listed by gitleaks")]
    assert _known(tmp_path, json.dumps(hidden))[0].value == ""
    ignored = _known(tmp_path, "# old\n" + "a" * 40 + ":dir/a.py:aws:3\n\nb:c.py:generic:9\n")
    told = [(each.path, each.first, each.rule) for each in ignored]
    assert told == [("dir/a.py", 3, "aws"), ("b:c.py", 9, "generic")]
    secrets = {"version": "1.5.0", "results": {"x.py": [{"type": "AWS", "line_number": 7, "hashed_secret": "0" * 40}]}}
    assert _known(tmp_path, json.dumps(secrets))[0].first == 7
    for bad in ("{}", "[1]", "[", "no such line", '{"results": {"a": [{}]}}', '{"results": []}', "[" * 2000):
        with pytest.raises(ConfigError):
            _known(tmp_path, bad)


def test_their_entries_are_taken_by_value_or_by_line() -> None:
    empty = Baseline(KEY, (), TODAY, "/base")
    digest = Digests(KEY).of("s3cret").hex()
    known = [
        foreign.Known("gone.py", 1, 1, "aws", "s3cret", "by value"),
        foreign.Known("a.py", 3, 4, "aws", "", "by line"),
        foreign.Known("a.py", 99, 99, "aws", "", "nowhere"),
    ]
    found = [result(value(digest), path="moved.py"), result(value("aa", line=4), value("bb", line=5), path="./a.py")]
    entries, missing = foreign.taken(known, found, empty, paths=False)
    assert {(each.digest, each.reason) for each in entries.values()} == {(digest, "by value"), ("aa", "by line")}
    assert missing == [known[2]]
