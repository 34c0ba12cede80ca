"""The audit: what it counts, what it compares, what it says of hostile names, and that nobody changes it unseen."""

from __future__ import annotations

import html as html_module
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from dlp.audit import shape, tally
from dlp.audit.comparing import changes
from dlp.audit.concerns import concerns
from dlp.audit.html import html
from dlp.audit.keeping import faults, last, load, paper
from dlp.audit.markdown import markdown
from dlp.errors import UsageError
from dlp.incident.folder import Folder, create
from dlp.model import Verdict
from tests.audit import samples
from tests.audit.samples import HOSTILE, audit, result


def test_the_gravest_stay_where_there_is_not_room_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "MOST_LISTED", 3)
    results = [result(f"{number}", verdict) for number, verdict in enumerate([Verdict.WARN] * 5 + [Verdict.BLOCK] * 2)]
    found = samples.tally(*results).found()
    assert [each.path for each in found.files] == ["5", "6", "0"]
    assert found.left_out["files"] == 4
    assert found.by[0].files == found.by[0].graver == 7
    assert found.by[0].count == 14


def test_memory_does_not_grow_with_the_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "MOST_NAMES", 10)
    monkeypatch.setattr(tally, "MOST_COMPARED", 20)
    made = samples.tally(*(result(f"folder{n}/x", rule=f"rule{n}", unread=True) for n in range(500)))
    assert len(made._by) == 11
    assert len(made._where) == 11
    assert len(made._gravest) == len(made._unread) == shape.MOST_LISTED
    assert (len(made.index), made.index_left_out) == (20, 480)
    rest = next(each for each in made.found().by if each.name == tally.REST)
    assert rest.files == 490


def test_what_was_not_read_is_counted_by_reason() -> None:
    unread = samples.tally(result("a", unread=True), result("b"), result("c", Verdict.ALLOW, unread=True)).unread()
    assert (unread.reasons, unread.partial, unread.unscannable) == ({"encrypted": 2}, 2, 0)
    assert [each.path for each in unread.files] == ["a", "c"]


NAMES = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(["", "1", "2"]), max_size=8)


@given(NAMES, NAMES)
def test_a_comparison_adds_up_and_turned_round_is_its_mirror(one: dict[str, str], two: dict[str, str]) -> None:
    before, now = (audit(*(result(name, digest=digest) for name, digest in each.items())) for each in (one, two))
    forth = changes(before, now.index, 0, ["/srv"], None, complete=True)
    back = changes(now, before.index, 0, ["/srv"], None, complete=True)
    assert (forth.new, forth.gone, forth.changed, forth.same) == (back.gone, back.new, back.changed, back.same)
    assert forth.new + forth.changed + forth.same == len(two)
    assert forth.gone + forth.changed + forth.same == len(one)
    assert forth.comparable


@pytest.mark.parametrize(
    ("paths", "complete", "left_out"), [(["/other"], True, 0), (["/srv"], False, 0), (["/srv"], True, 1)]
)
def test_what_cannot_be_compared_is_said(paths: list[str], complete: bool, left_out: int) -> None:
    assert not changes(audit(), {}, left_out, paths, None, complete=complete).comparable


def test_what_to_see_to_follows_from_the_figures() -> None:
    said = [each.what for each in concerns(audit(result("a", unread=True), complete=False))]
    assert any("did not come to its end" in each for each in said)
    assert any("1 file not read whole" in each for each in said)
    assert any("nothing is registered" in each for each in said)
    assert any("no log of incidents" in each for each in said)
    assert any("expired on 2026-01-01" in each for each in said)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@given(st.text(max_size=60))
def test_no_name_is_markup_in_the_page(name: str) -> None:
    content = html(audit(result(HOSTILE + name), name=name), None).decode()
    tags = _Tags()
    tags.feed(content)
    plain = {"html", "head", "meta", "title", "style", "body", "main", "header", "h1", "h2", "dl", "div", "dt", "dd",
             "b", "span", "section", "p", "table", "thead", "tbody", "tr", "th", "td"}  # fmt: skip
    assert tags.tags <= plain
    assert tags.attributes <= {"lang", "charset", "http-equiv", "content", "name", "class", "role", "aria-label", "id",
                               "aria-labelledby", "scope"}  # fmt: skip
    assert html_module.escape("</td><script>") in content


@given(st.text(max_size=60))
def test_no_name_makes_a_row_a_link_or_a_mention_in_markdown(name: str) -> None:
    lines = markdown(audit(result(HOSTILE + name), name=name), None).decode().split("\n")
    heads = [line for line in lines if line.startswith("| verdict | file |")]
    assert len(heads) == 1
    row = lines[lines.index(heads[0]) + 2]
    assert len(re.findall(r"(?<!\\)\|", row)) == 5
    for mark in ("<script", "](", "@all", "http://", "#1"):
        assert not re.search(rf"(?<!\\){re.escape(mark)}", row)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return create(str(tmp_path / "incidents"), X25519PrivateKey.generate().public_key())


def test_a_signed_audit_is_kept_found_again_and_checked(folder: Folder, tmp_path: Path) -> None:
    assert last(folder) is None
    made = audit(result("a"))
    (tmp_path / "a.json").write_bytes(paper(made, folder))
    again, whole = load(str(tmp_path / "a.json"))
    kept = last(folder)
    assert kept is not None
    assert again == made == load(kept)[0]
    assert faults(whole, folder.public(), folder) == []


@pytest.mark.parametrize(
    ("old", "new"), [(b'"eve"', b'"ann"'), (b'"warn":1', b'"warn":0'), (b'"entry":2', b'"entry":1')]
)
def test_an_audit_that_was_changed_is_seen(folder: Folder, tmp_path: Path, old: bytes, new: bytes) -> None:
    content = paper(audit(result("a")), folder)
    assert old in content
    (tmp_path / "a.json").write_bytes(content.replace(old, new))
    assert faults(load(str(tmp_path / "a.json"))[1], folder.public(), folder)


def test_an_audit_of_another_folder_is_seen(folder: Folder, tmp_path: Path) -> None:
    other = create(str(tmp_path / "other"), X25519PrivateKey.generate().public_key())
    (tmp_path / "a.json").write_bytes(paper(audit(), other))
    assert faults(load(str(tmp_path / "a.json"))[1], folder.public(), folder)


def test_an_audit_without_a_log_is_not_signed_and_says_so(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(paper(audit(), None))
    assert faults(load(str(tmp_path / "a.json"))[1], folder.public(), folder) == [
        "it is not signed: it was made where there was no log of incidents"
    ]


@given(st.binary(max_size=200))
def test_what_is_no_audit_is_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("audit") / "a.json"
    path.write_bytes(data)
    with pytest.raises(UsageError, match="is no audit"):
        load(str(path))


def test_another_version_is_refused(tmp_path: Path) -> None:
    newer = msgspec.structs.replace(audit(), version=2)
    (tmp_path / "a.json").write_bytes(paper(newer, None))
    with pytest.raises(UsageError, match="version 2; this engine reads version 1"):
        load(str(tmp_path / "a.json"))


def test_the_shape_is_the_contract() -> None:
    whole = json.loads(paper(audit(), None))
    assert list(whole) == ["audit", "signature"]
    assert list(whole["audit"]) == [
        "version", "id", "made", "host", "user", "engine", "policy", "concerns", "scanned", "registered", "found",
        "unread", "incidents", "quarantine", "changes", "index", "index_left_out",
    ]  # fmt: skip
