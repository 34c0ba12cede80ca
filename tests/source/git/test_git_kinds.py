"""Every kind of repository is read for what it holds, and what it does not hold is said."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from dlp.errors import UsageError
from dlp.model import Reason
from dlp.source.git.repository import find
from dlp.source.git.source import Asked

from .making import CLEAN, Repo, blobs, scanned

HISTORY = {("a", b"1"), ("a", b"2"), ("sub/b", b"3")}


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "repo")
    made.commit(a="1")
    made.write("sub/b", "3")
    made.commit(a="2")
    return made


def _clone(repo: Repo, target: Path, *options: str) -> Path:
    command = ["git", "-c", "protocol.file.allow=always", "clone", "-q", *options, f"file://{repo.folder}", str(target)]
    subprocess.run(command, env=CLEAN, check=True, capture_output=True)
    return target


def test_a_bare_one(repo: Repo, tmp_path: Path) -> None:
    items, skipped, source = scanned(_clone(repo, tmp_path / "bare.git", "--bare"))
    assert set(blobs(items)) == HISTORY
    assert not skipped
    assert source.origin(blobs(items)["a", b"2"]).head


def test_a_packed_one_with_packed_references_and_a_commit_graph(repo: Repo) -> None:
    repo.git("tag", "t")
    repo.git("commit-graph", "write", "--reachable")
    repo.git("gc", "-q")
    repo.git("multi-pack-index", "write")
    assert set(blobs(scanned(repo.folder)[0])) == HISTORY


def test_a_shallow_one_says_where_it_ends(repo: Repo, tmp_path: Path) -> None:
    items, skipped, _ = scanned(_clone(repo, tmp_path / "shallow", "--depth", "1"))
    assert set(blobs(items)) == {("a", b"2"), ("sub/b", b"3")}
    assert [(each.reason, "shallow" in each.detail) for each in skipped] == [(Reason.VANISHED, True)]


def test_a_partial_one_fetches_nothing_and_says_what_it_lacks(repo: Repo, tmp_path: Path) -> None:
    repo.git("config", "uploadpack.allowFilter", "true")
    copy = _clone(repo, tmp_path / "partial", "--filter=blob:none", "--no-checkout")
    items, skipped, _ = scanned(copy)
    assert not blobs(items)
    assert {each.provenance for each in skipped} == {("a",), ("sub/b",)}
    assert {each.reason for each in skipped} == {Reason.VANISHED}
    counted = subprocess.run(["git", "count-objects", "-v"], cwd=copy, env=CLEAN, check=True, capture_output=True)
    assert b"count: 0" in counted.stdout


def test_one_without_trees_is_said_to_be_unread(repo: Repo, tmp_path: Path) -> None:
    repo.git("config", "uploadpack.allowFilter", "true")
    items, skipped, _ = scanned(_clone(repo, tmp_path / "partial", "--filter=tree:0", "--no-checkout"))
    assert not blobs(items)
    assert ("git history",) in {each.provenance for each in skipped}


def test_a_work_tree_beside_it(repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "-q", "-b", "other", str(tmp_path / "beside"))
    beside = tmp_path / "beside"
    (beside / "c").write_text("staged there")
    subprocess.run(["git", "add", "c"], cwd=beside, env=CLEAN, check=True)
    assert set(blobs(scanned(beside)[0])) == HISTORY
    assert set(blobs(scanned(beside, Asked(staged=True))[0])) == {("c", b"staged there")}


def test_a_submodule_is_another_repository(repo: Repo, tmp_path: Path) -> None:
    outer = Repo(tmp_path / "outer")
    outer.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(repo.folder), "inner")
    outer.commit()
    items, skipped, _ = scanned(outer.folder)
    assert {name for name, _ in blobs(items)} == {".gitmodules"}
    assert [(each.provenance, each.reason) for each in skipped] == [(("inner",), Reason.UNSUPPORTED)]
    assert set(blobs(scanned(outer.folder / "inner")[0])) == HISTORY
    with pytest.raises(UsageError, match="several repositories"):
        find([str(outer.folder), str(outer.folder / "inner")], {})


def test_a_pointer_of_lfs_is_said_to_be_one(repo: Repo) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 123\n"
    repo.commit(large=pointer)
    items, skipped, _ = scanned(repo.folder)
    assert ("large", pointer.encode()) in blobs(items)
    assert [(each.provenance, each.reason) for each in skipped] == [(("large",), Reason.UNSUPPORTED)]


def test_one_with_sha256(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo", "--object-format=sha256")
    repo.write("new", "0")
    repo.git("add", "new")
    assert set(blobs(scanned(repo.folder, Asked(staged=True))[0])) == {("new", b"0")}
    commit = repo.commit(a="1")
    items, skipped, source = scanned(repo.folder)
    assert not skipped
    item = blobs(items)["a", b"1"]
    assert len(item.origin.blob) == 64
    assert source.origin(item).appearances[0].commit == commit


def test_borrowed_objects_are_read_only_where_it_is_asked_for(repo: Repo, tmp_path: Path) -> None:
    command = ["git", "clone", "-q", "--shared", str(repo.folder), str(tmp_path / "borrower")]
    subprocess.run(command, env=CLEAN, check=True, capture_output=True)
    items, skipped, _ = scanned(tmp_path / "borrower")
    assert not items
    assert any(each.reason == Reason.DENIED and "--alternates" in each.detail for each in skipped)
    items, skipped, _ = scanned(tmp_path / "borrower", alternates=True)
    assert set(blobs(items)) == HISTORY
    assert not skipped


def test_a_detached_head_and_one_that_leads_nowhere(repo: Repo) -> None:
    repo.git("checkout", "-q", "--detach", "HEAD")
    lost = repo.commit(a="detached")
    items, _, source = scanned(repo.folder)
    assert source.origin(blobs(items)["a", b"detached"]).branches == ("HEAD",)
    repo.git("symbolic-ref", "HEAD", "refs/heads/unborn")
    items, _, source = scanned(repo.folder)
    assert set(blobs(items)) == HISTORY
    assert not source.origin(blobs(items)["a", b"2"]).head
    assert lost


def test_replaced_objects_and_grafts_are_read_as_they_were(repo: Repo) -> None:
    first = repo.git("rev-parse", "HEAD~1").decode()
    head = repo.git("rev-parse", "HEAD").decode()
    repo.commit(a="replacement")
    repo.git("replace", "-f", head, "HEAD")
    repo.git("reset", "-q", "--hard", head, GIT_NO_REPLACE_OBJECTS="1")
    (repo.folder / ".git/info/grafts").write_text(f"{head}\n")
    found = set(blobs(scanned(repo.folder)[0]))
    assert found >= HISTORY
    assert first


def test_names_of_any_bytes(repo: Repo) -> None:
    folder = os.fsencode(repo.folder)
    names = [b"line\nbreak", b"\xff\xfe", b"tab\there", b"\x01start", b":colon", b"-dash", b" ", b"A", b'"q"']
    for name in names:
        with open(os.path.join(folder, name), "wb") as file:
            file.write(b"in " + name)
    repo.commit()
    items, skipped, source = scanned(repo.folder)
    found = {content: item.name for item, content in items if item.origin.blob}
    assert not skipped
    for name in names:
        assert found[b"in " + name] == name.decode("utf-8", "backslashreplace")
    assert source.origin(next(item for item, content in items if content == b"in \xff\xfe")).head


def test_links_are_blobs_like_others(repo: Repo) -> None:
    (repo.folder / "link").symlink_to("/etc/passwd")
    repo.commit()
    assert ("link", b"/etc/passwd") in blobs(scanned(repo.folder)[0])


def test_ten_thousand_references(repo: Repo) -> None:
    head = repo.git("rev-parse", "HEAD").decode()
    packed = "".join(f"{head} refs/tags/t{number:05}\n" for number in range(10_000))
    (repo.folder / ".git/packed-refs").write_text("# pack-refs with: peeled fully-peeled sorted \n" + packed)
    assert set(blobs(scanned(repo.folder)[0])) == HISTORY


def test_what_is_no_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no repository"):
        find([str(tmp_path)], {})
