"""What of a history is given: every version at every path, who brought it in and who took it out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dlp.errors import UsageError
from dlp.model import Reason
from dlp.source.git import listing
from dlp.source.git.source import Asked

from .making import Repo, blobs, content_of, scanned


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "repo")


def test_every_version_at_every_path_comes_once(repo: Repo) -> None:
    repo.commit(a="1", b="same")
    repo.commit(a="2", c="same")
    repo.commit(a="1", b=None)
    items, skipped, _ = scanned(repo.folder)
    found = [(item.name, content) for item, content in items if item.origin.blob]
    assert sorted(found) == [("a", b"1"), ("a", b"2"), ("b", b"same"), ("c", b"same")]
    assert not skipped


def test_versions_of_a_file_stand_together(repo: Repo) -> None:
    for number in range(4):
        repo.commit(**{f"f{each}": f"{each} {number}" for each in range(3)})
    names = [item.name for item, _ in scanned(repo.folder)[0] if item.origin.blob]
    assert names == sorted(names, key=names.index)
    assert len(names) == 12


def test_an_origin_tells_who_brought_it_in_and_who_took_it_out(repo: Repo) -> None:
    first = repo.commit(key="secret")
    second = repo.commit(key="changed")
    third = repo.commit(key="secret")
    items, _, source = scanned(repo.folder)
    item = blobs(items)["key", b"secret"]
    origin = source.origin(item)
    assert [(each.commit, each.removed) for each in origin.appearances] == [(first, second), (third, "")]
    assert origin.appearances[0].author == "Ada"
    assert origin.appearances[0].email == "ada@example.org"
    assert origin.appearances[0].path == "key"
    assert origin.appearances[0].date > 1_700_000_000
    assert origin.branches == ("main",)
    assert origin.head
    assert not source.origin(blobs(items)["key", b"changed"]).head


def test_what_only_a_merge_holds_is_found(repo: Repo) -> None:
    repo.commit(a="1")
    repo.git("checkout", "-q", "-b", "side")
    repo.commit(b="2")
    repo.git("checkout", "-q", "main")
    repo.commit(a="3")
    repo.git("merge", "-q", "--no-commit", "side")
    repo.commit(c="of the merge", a="resolved")
    found = blobs(scanned(repo.folder)[0])
    assert {("c", b"of the merge"), ("a", b"resolved"), ("b", b"2")} <= set(found)


def test_messages_of_commits_and_tags_are_texts(repo: Repo) -> None:
    commit = repo.commit("the message\n\nand more", a="1")
    repo.git("tag", "-a", "v1", "-m", "what the tag says")
    repo.git("tag", "-a", "v2", "v1", "-m", "a tag of a tag")
    items, _, source = scanned(repo.folder)
    texts = {item.name: content for item, content in items if not item.origin.blob}
    assert texts[f"commit {commit[:12]} message"] == b"the message\n\nand more\n"
    assert sorted(content for name, content in texts.items() if name.startswith("tag ")) == [
        b"a tag of a tag\n",
        b"what the tag says\n",
    ]
    item = next(item for item, _ in items if item.name.startswith("commit "))
    assert source.origin(item).appearances[0].commit == commit


def test_a_message_is_read_past_its_first_nul_and_in_headers_that_git_does_not_show(repo: Repo) -> None:
    tree = repo.git("write-tree").decode()
    text = f"tree {tree}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\nx-note hidden\n here\n\nseen\0unseen"
    made = repo.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", given=text.encode()).decode()
    repo.git("update-ref", "refs/heads/main", made)
    items, _, _ = scanned(repo.folder)
    assert [content for item, content in items] == [b"x-note hidden\n here\nseen\0unseen"]


def test_notes_stashes_and_references_to_trees_and_blobs_are_read(repo: Repo) -> None:
    repo.commit(a="1")
    repo.git("notes", "add", "-m", "a note")
    repo.write("a", "stashed")
    repo.git("stash", "-q")
    blob = repo.git("hash-object", "-w", "--stdin", given=b"a lone blob").decode()
    repo.git("tag", "lone", blob)
    tree = repo.git("mktree", given=f"100644 blob {blob}\tin a tree\n".encode()).decode()
    repo.git("tag", "tree", tree)
    found = set(blobs(scanned(repo.folder)[0]))
    assert {content for _, content in found} == {b"1", b"a note\n", b"stashed", b"a lone blob"}
    assert {("in a tree", b"a lone blob"), ("refs/tags/lone", b"a lone blob")} <= found


def test_all_objects_finds_what_nothing_leads_to(repo: Repo) -> None:
    repo.commit(a="1")
    repo.commit("lost", a="unreachable", dropped="gone")
    repo.git("reset", "-q", "--hard", "HEAD~1")
    repo.git("hash-object", "-w", "--stdin", given=b"in no commit")
    assert {content for _, content in blobs(scanned(repo.folder)[0])} == {b"1"}
    items, _, source = scanned(repo.folder, Asked(all_objects=True))
    found = blobs(items)
    assert {("a", b"unreachable"), ("dropped", b"gone")} <= set(found)
    assert b"in no commit" in {content for _, content in found}
    assert source.origin(found["dropped", b"gone"]).appearances[0].commit
    assert b"lost\n" in {content for _, content in items}


def test_revisions_name_a_part_of_the_history(repo: Repo) -> None:
    first = repo.commit(a="1")
    repo.commit(a="2")
    head = repo.commit(b="3")
    asked = Asked((b"^" + first.encode(), head.encode()))
    assert set(blobs(scanned(repo.folder, asked)[0])) == {("a", b"2"), ("b", b"3")}


def test_the_index_is_read_and_not_the_work_tree(repo: Repo) -> None:
    repo.commit(a="1", b="1", c="1")
    repo.write("a", "staged")
    repo.git("add", "a")
    repo.write("a", "not staged")
    repo.write("b", "not staged")
    repo.git("rm", "-q", "c")
    items, skipped, source = scanned(repo.folder, Asked(staged=True))
    assert set(blobs(items)) == {("a", b"staged")}
    assert len(items) == 1
    assert not skipped
    assert source.origin(items[0][0]).head


def test_before_the_first_commit_the_index_is_all_there_is(repo: Repo) -> None:
    repo.write("a", "new")
    repo.git("add", "a")
    assert set(blobs(scanned(repo.folder, Asked(staged=True))[0])) == {("a", b"new")}
    assert scanned(repo.folder)[0] == []


def test_a_hook_s_index_counts(repo: Repo) -> None:
    repo.commit(a="1")
    repo.write("a", "by the way")
    index = str(repo.folder / ".git/next-index")
    repo.git("add", "a", GIT_INDEX_FILE=index)
    environ = {"PATH": os.environ["PATH"], "GIT_DIR": str(repo.folder / ".git"), "GIT_INDEX_FILE": index}
    from dlp.source.git.repository import find

    assert find([], environ).repository.index == index.encode()


def test_paths_narrow_what_is_read(repo: Repo) -> None:
    repo.commit(a="1")
    repo.write("docs/x", "2")
    repo.write("docs/y.md", "3")
    repo.commit()
    assert set(blobs(scanned(repo.folder, Asked(), "docs")[0])) == {("docs/x", b"2"), ("docs/y.md", b"3")}
    assert set(blobs(scanned(repo.folder, Asked(), "docs/x")[0])) == {("docs/x", b"2")}
    assert set(blobs(scanned(repo.folder, include=["*.md"])[0])) == {("docs/y.md", b"3")}
    assert set(blobs(scanned(repo.folder, exclude=["docs"])[0])) == {("a", b"1")}


def test_an_ignore_file_counts_only_where_it_is_asked_for(repo: Repo) -> None:
    repo.write("sub/.dlpignore", "/hidden\n")
    repo.write("sub/hidden", "1")
    repo.commit(hidden="2")
    assert ("sub/hidden", b"1") in blobs(scanned(repo.folder)[0])
    obeyed = set(blobs(scanned(repo.folder, dlpignore=True)[0]))
    assert ("sub/hidden", b"1") not in obeyed
    assert ("hidden", b"2") in obeyed


def test_a_large_blob_is_a_file_and_one_over_the_limit_is_said(repo: Repo) -> None:
    repo.commit(large=b"x" * (2 << 20), small="1")
    items, skipped, source = scanned(repo.folder)
    item = blobs(items)["large", b"x" * (2 << 20)]
    assert item.data is None
    assert content_of(item) == b"x" * (2 << 20)
    source.done(item)
    items, skipped, _ = scanned(repo.folder, max_file_size=1 << 20)
    assert [(each.provenance, each.reason) for each in skipped] == [(("large",), Reason.TOO_LARGE)]
    assert ("small", b"1") in blobs(items)


def test_only_added_lines_are_named(repo: Repo) -> None:
    repo.commit(a="one\ntwo\nthree\n")
    repo.commit(a="zero\none\ntwo\n2\nthree\n", b="new\n")
    items, _, _ = scanned(repo.folder, Asked(diff=True))
    added = {(item.name, content): item.added for item, content in items if item.origin.blob}
    assert added["a", b"zero\none\ntwo\n2\nthree\n"] == ((1, 1), (4, 4))
    assert added["a", b"one\ntwo\nthree\n"] is None
    assert added["b", b"new\n"] is None


@pytest.mark.parametrize("revision", ["-x", "--output=x", "nothing", "a\nb", "HEAD~50", ""])
def test_what_is_no_commit_is_refused(repo: Repo, revision: str) -> None:
    from dlp.source.git.repository import find
    from dlp.source.git.view import View

    repo.commit(a="1")
    view = View(find([str(repo.folder)], {}).repository, os.environ)
    with pytest.raises(UsageError):
        listing.resolved(view, revision)
    view.close()
