"""What is damaged or missing costs itself and no more, and is said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dlp.model import Reason
from dlp.source.git import content, source
from dlp.source.git.source import Asked

from .making import Repo, blobs, scanned


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "repo")
    for number in range(5):
        made.commit(**{f"f{number}": f"content {number}", "a": f"version {number}"})
    return made


def _object(repo: Repo, revision: str) -> Path:
    oid = repo.git("rev-parse", revision).decode()
    path = repo.folder / ".git/objects" / oid[:2] / oid[2:]
    path.chmod(0o644)
    return path


@pytest.mark.parametrize("damage", [b"", b"garbage", None])
def test_a_damaged_blob_costs_itself(repo: Repo, damage: bytes | None) -> None:
    path = _object(repo, "HEAD~2:a")
    path.write_bytes(path.read_bytes()[:-6] if damage is None else damage)
    items, skipped, _ = scanned(repo.folder)
    assert len(blobs(items)) == 9
    assert [each.provenance for each in skipped] == [("a",)]
    assert skipped[0].reason in (Reason.CORRUPT, Reason.VANISHED)


@pytest.mark.parametrize("revision", ["HEAD~2", "HEAD~2^{tree}"])
@pytest.mark.parametrize("gone", [True, False])
def test_behind_a_damaged_commit_or_tree_every_blob_is_read_all_the_same(
    repo: Repo, revision: str, gone: bool
) -> None:
    path = _object(repo, revision)
    if gone:
        path.unlink()
    else:
        path.write_bytes(b"garbage")
    items, skipped, _ = scanned(repo.folder)
    assert {text for _, text in blobs(items)} == {
        f"{word} {number}".encode() for word in ("content", "version") for number in range(5)
    }
    assert ("git history",) in {each.provenance for each in skipped}


def test_a_reference_to_nothing_is_said(repo: Repo) -> None:
    (repo.folder / ".git/refs/heads/broken").write_text("1" * 40 + "\n")
    (repo.folder / ".git/refs/heads/nonsense").write_text("nonsense\n")
    items, skipped, _ = scanned(repo.folder)
    assert len(blobs(items)) == 10
    assert ("refs/heads/broken",) in {each.provenance for each in skipped}


def test_a_damaged_pack_costs_what_is_in_it(repo: Repo) -> None:
    repo.git("gc", "-q")
    repo.commit(loose="still here")
    (pack,) = (repo.folder / ".git/objects/pack").glob("*.pack")
    pack.chmod(0o644)
    middle = pack.stat().st_size // 2
    with pack.open("r+b") as file:
        file.seek(middle)
        file.write(b"\xff" * 40)
    items, skipped, _ = scanned(repo.folder)
    found, unlisted = blobs(items), [each for each in skipped if each.provenance == ("git history",)]
    assert ("loose", b"still here") in found
    assert skipped
    assert len(found) + len(skipped) >= 11 or unlisted


def test_a_damaged_index_is_said(repo: Repo) -> None:
    repo.write("a", "staged")
    repo.git("add", "a")
    (repo.folder / ".git/index").write_bytes(b"DIRC\0\0\0\2\0\0\xff\xff")
    items, skipped, _ = scanned(repo.folder, Asked(staged=True))
    assert not items
    assert [(each.provenance, each.reason) for each in skipped] == [(("git history",), Reason.CORRUPT)]


def test_so_many_missing_objects_are_named_and_no_more(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MOST_SKIPPED", 3)
    for number in range(5):
        _object(repo, f"HEAD:f{number}").unlink()
    _, skipped, _ = scanned(repo.folder)
    assert len(skipped) == 4
    assert skipped[-1].detail.startswith("2 more objects")


def test_a_git_that_fails_at_every_object_is_given_up(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "MOST_FAILURES", 2)
    for number in range(5):
        _object(repo, f"HEAD:f{number}").write_bytes(b"garbage")
    items, skipped, _ = scanned(repo.folder)
    assert len(blobs(items)) + len(skipped) >= 10
    assert skipped


def test_a_repository_that_is_packed_meanwhile_is_read_on(repo: Repo) -> None:
    from dlp.source.git.choosing import Chosen
    from dlp.source.git.repository import find
    from dlp.source.git.source import GitSource
    from dlp.source.git.view import View

    view = View(find([str(repo.folder)], {}).repository, os.environ)
    drawn = GitSource(view, Asked(), Chosen()).items()
    first = next(drawn)
    repo.git("gc", "-q", "--prune=now")
    names = {first, *drawn}
    view.close()
    assert len(names) == 15
