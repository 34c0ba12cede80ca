"""Asking git for the history that is wanted: which commits, what each changed, and what no commit holds."""

from __future__ import annotations

import contextlib
import tempfile
from binascii import unhexlify
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Final

import msgspec

from dlp.errors import UsageError
from dlp.source.git.history import Change, History, read_change
from dlp.source.git.running import Git, GitFailed, fields, output
from dlp.source.git.view import View

HEAD: Final = b"HEAD"

_FORMAT: Final = "%x01%H%x00%at%x00%an%x00%ae%x00%S"
_LOG: Final = (
    "log", "--stdin", "--raw", "-z", "-c", "--topo-order", "--source", "--no-renames", "--no-abbrev", "--no-color",
    "--no-notes", "--no-mailmap", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none", f"--format={_FORMAT}",
)  # fmt: skip
_DIFF: Final = ("diff-index", "--cached", "--raw", "-z", "--no-renames", "--no-abbrev", "--ignore-submodules=none")
_LATEST: Final = 1 << 62


class Tips(msgspec.Struct, frozen=True):
    """What references lead to, as far as it is there. `commits`: names of references; the others are ids."""

    commits: tuple[bytes, ...]
    trees: tuple[tuple[bytes, bytes], ...]
    """(reference, tree)."""
    blobs: tuple[tuple[bytes, bytes], ...]
    tags: tuple[bytes, ...]
    broken: tuple[bytes, ...]
    """References that lead to nothing."""


def tips(view: View) -> Tips:
    """Of all references, HEAD among them. Raises GitFailed."""
    named: list[tuple[bytes, bytes]] = []
    with Git(view, ["for-each-ref", "--format=%(objectname) %(refname)"]) as git:
        for line in fields(git, b"\n"):
            oid, _, name = line.partition(b" ")
            named.append((name, oid))
    named.append((HEAD, HEAD))  # last, so that a commit is said to be of a branch
    return tips_of(view, named)


def tips_of(view: View, named: Sequence[tuple[bytes, bytes]]) -> Tips:
    """Of these: what each is called, and what leads to it. Raises GitFailed."""
    commits, trees, blobs, tags, broken = [], [], [], [], []
    asked = [each for _, oid in named for each in (oid, oid + b"^{}")]
    told = list(checked(view, asked))
    for (name, _), direct, peeled in zip(named, told[::2], told[1::2], strict=True):
        if direct is not None and direct[1] == b"tag":
            tags.append(direct[0])
        if peeled is None:
            broken += [name] if name != HEAD else []
        elif peeled[1] == b"commit":
            commits.append(name)
        elif peeled[1] == b"tree":
            trees.append((name, peeled[0]))
        elif peeled[1] == b"blob":
            blobs.append((name, peeled[0]))
    return Tips(tuple(commits), tuple(trees), tuple(blobs), tuple(dict.fromkeys(tags)), tuple(broken))


def checked(view: View, asked: Iterable[bytes]) -> Iterator[tuple[bytes, bytes] | None]:
    """(id in hexadecimal digits, type) of each object; None for what is not there. Raises GitFailed."""
    with _lines(asked) as given, Git(view, ["cat-file", "--batch-check", "--buffer"], given) as git:
        for line in fields(git, b"\n"):
            parts = line.split(b" ")
            yield (parts[0], parts[1]) if len(parts) == 3 and parts[2].isdigit() else None


def read_history(view: View, revisions: Sequence[bytes], history: History) -> None:
    """All changes of the commits that the revisions reach; a line of `revisions` is one, or with `^` one that is left
    out with all before it. What was read before git failed is in `history`. Raises GitFailed."""
    if not revisions:  # git would take HEAD
        return
    with _lines(revisions) as given, Git(view, _LOG, given) as git:
        told = fields(git)
        try:
            for each in told:
                meta = each.lstrip(b"\n")
                if meta.startswith(b":"):
                    history.add(read_change(meta, next(told)))
                elif meta.startswith(b"\x01"):
                    date, author, email, source = (next(told) for _ in range(4))
                    history.commit(unhexlify(meta[1:]), _date(date), author, email, source)
                elif meta:
                    raise ValueError("neither a commit nor a change")
        except (ValueError, RuntimeError, StopIteration):
            raise GitFailed(git.said() or "git log wrote what makes no sense") from None


def read_staged(view: View, history: History) -> None:
    """What is in the index and not in HEAD. Raises GitFailed."""
    history.uncommitted()
    base = head(view)
    tree = base.decode() if base else output(view, ["hash-object", "-t", "tree", "/dev/null"]).decode().strip()
    with Git(view, [*_DIFF, tree]) as git:
        told = fields(git)
        for meta in told:
            try:
                history.add(read_change(meta, next(told)))
            except (ValueError, StopIteration):
                raise GitFailed(git.said() or "git diff-index wrote what makes no sense") from None


def read_tree(view: View, tree: bytes, history: History) -> None:
    """All that a tree holds, as if one change had put it there. Raises GitFailed."""
    history.uncommitted()
    with Git(view, ["ls-tree", "-r", "-z", "--full-tree", tree.decode()]) as git:
        for line in fields(git):
            meta, _, path = line.partition(b"\t")
            mode, _, oid = meta.split(b" ")
            history.add(Change(path, b"", unhexlify(oid), mode == b"160000"))


def held(view: View, commit: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(path, blob) of all that a commit holds; nothing where its tree cannot be read."""
    with contextlib.suppress(GitFailed), Git(view, ["ls-tree", "-r", "-z", "--full-tree", commit.decode()]) as git:
        for line in fields(git):
            meta, _, path = line.partition(b"\t")
            yield path, unhexlify(meta.rpartition(b" ")[2])


def all_objects(view: View) -> Iterator[tuple[bytes, bytes]]:
    """(id, type) of every object that is there, whether anything leads to it or not. Raises GitFailed."""
    with Git(view, ["cat-file", "--batch-all-objects", "--batch-check", "--unordered", "--buffer"]) as git:
        for line in fields(git, b"\n"):
            parts = line.split(b" ")
            if len(parts) == 3:
                yield parts[0], parts[1]


def head(view: View) -> bytes:
    """The commit that HEAD leads to; b"" before the first."""
    try:
        return resolved(view, "HEAD")
    except UsageError:
        return b""


def resolved(view: View, revision: str) -> bytes:
    """The commit that a revision means, in hexadecimal digits. Raises UsageError."""
    unknown = UsageError(f"{revision!r} is no commit of this repository")
    if revision.startswith("-") or "\0" in revision or "\n" in revision:
        raise unknown
    try:
        found = output(view, ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"]).strip()
    except GitFailed:
        raise unknown from None
    if len(found) not in (40, 64):
        raise unknown
    return found


def branch(view: View, name: str) -> bytes:
    """The name of the reference that a branch's name means, or the id of the commit that a revision means. Raises
    UsageError."""
    for prefix in ("refs/heads/", "refs/remotes/", ""):
        if prefix + name == "" or name.startswith(("-", "^")):
            break
        with contextlib.suppress(UsageError):
            commit = resolved(view, prefix + name)
            return (prefix + name).encode() if prefix else commit
    raise UsageError(f"{name!r} is no branch of this repository")


def remote(view: View) -> Iterator[bytes]:
    """Commits that branches of remotes are at. Raises UsageError."""
    try:
        with Git(view, ["for-each-ref", "--format=%(objectname)", "refs/remotes/"]) as git:
            ids = list(dict.fromkeys(fields(git, b"\n")))
        yield from (found[0] for found in checked(view, ids) if found and found[1] == b"commit")
    except GitFailed as error:
        raise UsageError(f"the branches of remotes cannot be listed: {error}") from None


def _date(text: bytes) -> int:
    return min(int(text), _LATEST) if text.isdigit() else 0


@contextlib.contextmanager
def _lines(lines: Iterable[bytes]) -> Iterator[IO[bytes]]:
    """A file for git to read: with a pipe each would wait for the other."""
    with tempfile.TemporaryFile() as file:
        file.writelines(line + b"\n" for line in lines)
        file.flush()
        file.seek(0)
        yield file
