"""A repository that means harm: nothing in it runs, and nothing in it decides what is read."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dlp.errors import UsageError
from dlp.model import Reason
from dlp.source.git import running
from dlp.source.git.cloning import cloned, is_url
from dlp.source.git.repository import find
from dlp.source.git.source import Asked

from .making import CLEAN, Repo, blobs, scanned

HOOKS = (
    "post-index-change", "fsmonitor-watchman", "reference-transaction", "post-checkout", "pre-auto-gc",
    "query-fsmonitor", "pre-commit", "proc-receive", "update", "post-rewrite",
)  # fmt: skip


class Trap:
    """Something that leaves a mark when it is run."""

    def __init__(self, folder: Path) -> None:
        self.sprung = folder / "sprung"
        self.program = folder / "trap"
        self.program.write_text(f"#!/bin/sh\necho $0 $@ >> {self.sprung}\ncat\n")
        self.program.chmod(0o755)


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    return Trap(tmp_path)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "repo")
    made.commit(a="1")
    made.commit(a="2")
    made.write("staged", "3")
    made.git("add", "staged")
    return made


def _hooks(repo: Repo, trap: Trap) -> None:
    for name in HOOKS:
        hook = repo.folder / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(trap.program.read_text())
        hook.chmod(0o755)
    repo.git("config", "core.hooksPath", str(repo.folder / ".git/hooks"))


def _drivers(repo: Repo, trap: Trap) -> None:
    (repo.folder / ".gitattributes").write_text("* filter=f diff=d merge=m\n")
    (repo.folder / ".git/info").mkdir(exist_ok=True)
    (repo.folder / ".git/info/attributes").write_text("* filter=f diff=d\n")
    for key in ("filter.f.clean", "filter.f.smudge", "filter.f.process", "diff.d.textconv", "diff.d.command",
                "diff.external", "merge.m.driver"):  # fmt: skip
        repo.git("config", key, str(trap.program))
    repo.git("config", "filter.f.required", "true")


def _programs(repo: Repo, trap: Trap) -> None:
    for key in ("core.pager", "core.editor", "core.fsmonitor", "core.sshCommand", "core.askPass", "credential.helper",
                "gpg.program", "interactive.diffFilter", "sequence.editor", "core.gitProxy",
                "uploadpack.packObjectsHook", "core.alternateRefsCommand", "trace2.eventTarget"):  # fmt: skip
        repo.git("config", key, str(trap.program))
    repo.git("config", "log.showSignature", "true")
    for name in ("log", "cat-file", "rev-parse", "diff-index", "for-each-ref", "ls-tree"):
        repo.git("config", f"alias.{name}", f"!{trap.program}")


def _includes(repo: Repo, trap: Trap) -> None:
    other = trap.program.parent / "other.config"
    other.write_text(f"[core]\n\tfsmonitor = {trap.program}\n\tpager = {trap.program}\n")
    repo.git("config", "include.path", str(other))
    repo.git("config", f"includeIf.gitdir:{repo.folder}/.path", str(other))
    repo.git("config", "extensions.worktreeConfig", "true")
    (repo.folder / ".git/config.worktree").write_text(other.read_text())


def _elsewhere(repo: Repo, trap: Trap) -> None:
    repo.git("config", "core.worktree", str(trap.program.parent))
    repo.git("config", "core.bare", "true")


def _promises(repo: Repo, trap: Trap) -> None:
    repo.git("config", "extensions.partialClone", "origin")
    repo.git("config", "remote.origin.promisor", "true")
    repo.git("config", "remote.origin.url", f"ext::{trap.program} %S")
    repo.git("config", "protocol.ext.allow", "always")
    blob = repo.git("rev-parse", "HEAD:a").decode()
    (repo.folder / ".git/objects" / blob[:2] / blob[2:]).unlink()


def _lies(repo: Repo, trap: Trap) -> None:
    repo.git("config", "core.repositoryFormatVersion", "1")
    repo.git("config", "extensions.nobodyKnows", "true")
    (repo.folder / ".git/config").open("a").write("[core\nthis is no configuration\n")


ORDERS = [_hooks, _drivers, _programs, _includes, _elsewhere, _promises, _lies]


@pytest.mark.parametrize("order", ORDERS, ids=lambda each: each.__name__)
def test_nothing_of_it_runs_and_all_of_it_is_read(repo: Repo, trap: Trap, order: Callable[[Repo, Trap], None]) -> None:
    order(repo, trap)
    trap.sprung.unlink(missing_ok=True)  # git itself, while the trap was laid
    items, skipped, _ = scanned(repo.folder)
    staged, _, _ = scanned(repo.folder, Asked(staged=True, diff=True))
    everything, _, _ = scanned(repo.folder, Asked(all_objects=True))
    assert not trap.sprung.exists()
    assert ("staged", b"3") in blobs(staged)
    assert ("a", b"1") in blobs(items)
    assert b"3" in {content for _, content in blobs(everything)}
    if order is _promises:
        assert [(each.provenance, each.reason) for each in skipped] == [(("a",), Reason.VANISHED)]
    else:
        assert ("a", b"2") in blobs(items)
        assert not skipped


def test_the_traps_do_spring(repo: Repo, trap: Trap) -> None:
    _programs(repo, trap)
    subprocess.run(["git", "status"], cwd=repo.folder, env=CLEAN, check=False, capture_output=True)
    assert trap.sprung.exists()


def test_no_git_of_the_repository_s_own_is_run(repo: Repo, trap: Trap, monkeypatch: pytest.MonkeyPatch) -> None:
    (repo.folder / "git").write_text(trap.program.read_text())
    (repo.folder / "git").chmod(0o755)
    monkeypatch.chdir(repo.folder)
    items, _, _ = scanned(repo.folder, environ={"PATH": f".:{os.environ['PATH']}"})
    assert ("a", b"1") in blobs(items)
    assert not trap.sprung.exists()


def test_what_the_user_s_environment_says_of_git_is_not_heard(repo: Repo, trap: Trap) -> None:
    environ = {
        "PATH": os.environ["PATH"],
        "GIT_EXTERNAL_DIFF": str(trap.program),
        "GIT_PAGER": str(trap.program),
        "GIT_TRACE": str(trap.sprung),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.fsmonitor",
        "GIT_CONFIG_VALUE_0": str(trap.program),
        "GIT_CONFIG_PARAMETERS": f"'core.fsmonitor={trap.program}'",
    }
    assert ("staged", b"3") in blobs(scanned(repo.folder, Asked(staged=True), environ=environ)[0])
    assert not trap.sprung.exists()


def test_a_forged_commit_graph_hides_no_commit(repo: Repo) -> None:
    first = repo.git("rev-parse", "HEAD~1").decode()
    repo.git("commit-graph", "write", "--reachable")
    graph = repo.folder / ".git/objects/info/commit-graph"
    graph.chmod(0o644)
    content = bytearray(graph.read_bytes())
    tree = repo.git("rev-parse", "HEAD^{tree}").decode()
    at = content.index(bytes.fromhex(tree)) + 20
    content[at : at + 4] = b"\x70\x00\x00\x00"  # no parent
    graph.write_bytes(content)
    assert first
    assert ("a", b"1") in blobs(scanned(repo.folder)[0])


def test_no_link_leads_out_of_it(repo: Repo, tmp_path: Path) -> None:
    other = Repo(tmp_path / "other")
    other.commit(secret="of somebody else")
    (repo.folder / ".git/objects").rename(repo.folder / ".git/before")
    (repo.folder / ".git/objects").symlink_to(other.folder / ".git/objects")
    with pytest.raises(UsageError, match="leads out"):
        scanned(repo.folder)


def test_no_file_leads_to_a_repository_that_does_not_know_of_it(tmp_path: Path) -> None:
    other = Repo(tmp_path / "other")
    other.commit(secret="of somebody else")
    sent = tmp_path / "sent"
    sent.mkdir()
    (sent / ".git").write_text(f"gitdir: {other.folder}/.git\n")
    with pytest.raises(UsageError, match="does not know of it"):
        find([str(sent)], {})
    (sent / ".git").unlink()
    (sent / ".git").mkdir()
    (sent / ".git/HEAD").write_text("ref: refs/heads/main\n")
    (sent / ".git/commondir").write_text(f"{other.folder}/.git\n")
    with pytest.raises(UsageError, match="not the repository"):
        find([str(sent)], {})


def test_a_pipe_in_an_object_s_place_holds_nothing_up_for_good(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "QUIET", 0.5)
    blob = repo.git("rev-parse", "HEAD:a").decode()
    path = repo.folder / ".git/objects" / blob[:2] / blob[2:]
    path.unlink()
    os.mkfifo(path)
    items, skipped, _ = scanned(repo.folder)
    assert ("a", b"1") in blobs(items)
    assert [(each.provenance, each.reason) for each in skipped] == [(("a",), Reason.CORRUPT)]


def test_nothing_of_it_is_changed(repo: Repo) -> None:
    def state() -> dict[str, tuple[int, int]]:
        files = [path for path in repo.folder.rglob("*") if path.is_file()]
        return {str(path): (path.stat().st_mtime_ns, stat.S_IMODE(path.stat().st_mode)) for path in files}

    before = state()
    scanned(repo.folder)
    scanned(repo.folder, Asked(staged=True))
    assert state() == before


@pytest.mark.parametrize(
    ("path", "url"),
    [("https://example.org/x.git", True), ("git@example.org:x.git", True), ("ext::sh -c x", True), ("src/x", False),
     ("file:///x", True), (".", False)],
)  # fmt: skip
def test_what_is_elsewhere_is_known_by_its_form(path: str, url: bool) -> None:
    assert is_url(path) is url


@pytest.mark.parametrize("url", ["ext::sh -c touch% /tmp/x", "fd::17", "foo://x/y", "-ufoo:x", "--upload-pack=x:y"])
def test_no_protocol_but_the_usual_ones_copies_anything(url: str) -> None:
    with pytest.raises(UsageError), cloned(url, os.environ):
        pass


def test_a_copy_is_bare_whole_and_gone_afterwards(repo: Repo, trap: Trap) -> None:
    repo.git("tag", "t")
    _hooks(repo, trap)
    with cloned(f"file://{repo.folder}", os.environ) as copy:
        assert copy
        assert set(blobs(scanned(copy)[0])) == {("a", b"1"), ("a", b"2")}
        assert not os.path.exists(os.path.join(copy, "hooks"))
    assert not os.path.exists(copy)
    assert not trap.sprung.exists()
