"""Which repository is meant, and where its parts are. Nothing in it is believed but where its data lies.

What git itself would do on the way is left out: no configuration is read but two words of its format, and no other
owner's folder is refused, since nothing in it can do anything (`dlp.source.git.view`).
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from dlp.errors import UsageError
from dlp.source.opening import display

_MAX_SMALL: Final = 1 << 16
"""Bytes of a file that holds a path, of a list of alternates, or of a configuration."""

_FORMAT = re.compile(
    rb"(?mi)^[ \t]*(?:\[extensions\])?[ \t]*(objectformat|refstorage)[ \t]*=[ \t]*\"?([a-z0-9]+)\"?[ \t\r]*$"
)
_BORROWED: Final = 16
"""Folders of objects that one repository may borrow from, in all."""


class Repository(msgspec.Struct, frozen=True):
    """Paths are absolute. `folder`: what belongs to this work tree alone (HEAD, index); `common`: what all work trees
    share. `objects`: folders of objects, the repository's own first. `lent`: folders that it borrows objects from and
    that are not read."""

    folder: bytes
    common: bytes
    worktree: bytes | None
    objects: tuple[bytes, ...]
    lent: tuple[bytes, ...]
    index: bytes
    sha256: bool
    reftable: bool


class Narrowed(msgspec.Struct, frozen=True):
    """A repository, and the paths within it that were asked for: none for all."""

    repository: Repository
    below: tuple[bytes, ...]


def find(paths: Sequence[str], environ: Mapping[str, str], *, alternates: bool = False) -> Narrowed:
    """The one repository that `paths` are, or are in; without any, that of the working folder, or what git told a hook.

    alternates: whether objects are also read from repositories elsewhere that it borrows them from.

    Raises:
        UsageError: there is none, there are several, or it is none that can be read.
    """
    found: dict[bytes, tuple[bytes, bytes | None]] = {}
    below: list[bytes] = []
    whole = not paths
    for path in paths or (os.environ.get("GIT_DIR") and _told(environ)) or ("",):
        start = os.path.realpath(os.fsencode(path or "."))
        folder, worktree = _look(start, display(os.fsencode(path or ".")), up=True)
        found[folder] = folder, worktree
        if worktree is None or start in (worktree, folder):
            whole = True
        else:
            below.append(os.path.relpath(start, worktree))
    if len(found) > 1:
        names = ", ".join(sorted(display(worktree or folder) for folder, worktree in found.values()))
        raise UsageError(f"these paths are in several repositories, which are scanned one at a time: {names}")
    ((folder, worktree),) = found.values()
    hook = environ if not paths else {}
    return Narrowed(_repository(folder, worktree, hook, alternates), () if whole or not paths else tuple(below))


def _told(environ: Mapping[str, str]) -> tuple[str, ...]:
    """What git tells a hook."""
    return (environ["GIT_DIR"],) if environ.get("GIT_DIR") else ()


def _look(start: bytes, shown: str, up: bool) -> tuple[bytes, bytes | None]:
    """The repository's folder and its work tree."""
    at = start
    while True:
        if _is_repository(at):
            return at, os.path.dirname(at) if os.path.basename(at) == b".git" else None
        inside = os.path.join(at, b".git")
        try:
            mode = os.lstat(inside).st_mode
        except (OSError, ValueError):
            mode = 0
        if stat.S_ISDIR(mode) and _is_repository(inside):
            return inside, at
        if stat.S_ISREG(mode):
            return _led(inside), at
        above = os.path.dirname(at)
        if above == at:
            raise UsageError(f"{shown} is no repository of git, and in none")
        at = above


def _is_repository(folder: bytes) -> bool:
    parts = (b"HEAD", b"objects"), (b"HEAD", b"commondir")
    return any(all(os.path.lexists(os.path.join(folder, each)) for each in part) for part in parts)


def _led(link: bytes) -> bytes:
    """Where the file `.git` of a work tree or a submodule leads: only to a folder that knows of it, or that lies in the
    repository around it. So no archive that somebody sends makes another repository be read."""
    content = _small(link)
    if not content.startswith(b"gitdir:"):
        raise UsageError(f"{display(link)} does not say where the repository is")
    folder = os.path.realpath(os.path.join(os.path.dirname(link), content[7:].strip()))
    if not _is_repository(folder):
        raise UsageError(f"{display(link)} leads to {display(folder)}, which is no repository of git")
    back = os.path.join(folder, b"gitdir")
    if os.path.lexists(back) and os.path.realpath(os.path.join(folder, _small(back).strip())) == link:
        return folder
    above = os.path.dirname(os.path.dirname(link))
    while above != os.path.dirname(above):
        if folder.startswith(os.path.join(os.path.realpath(above), b".git") + b"/"):
            return folder
        above = os.path.dirname(above)
    raise UsageError(
        f"{display(link)} leads to {display(folder)}, which does not know of it; if that is meant, name it itself"
    )


def _repository(folder: bytes, worktree: bytes | None, environ: Mapping[str, str], alternates: bool) -> Repository:
    common = folder
    shared = os.path.join(folder, b"commondir")
    if os.path.lexists(shared):
        common = os.path.realpath(os.path.join(folder, _small(shared).strip()))
        if not _is_repository(common) or not folder.startswith(common + b"/"):
            raise UsageError(f"{display(shared)} leads to {display(common)}, which is not the repository that it is in")
    own = os.path.join(common, b"objects")
    if os.path.realpath(own) != os.path.join(os.path.realpath(common), b"objects"):
        raise UsageError(f"{display(own)} leads out of the repository")
    objects, lent = _borrowed(own, common, alternates)
    for name in ("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"):  # what is being pushed, in a hook
        for each in filter(None, environ.get(name, "").split(os.pathsep)):
            given = os.path.realpath(os.fsencode(each))
            if given not in objects and os.path.isdir(given):
                objects.append(given)
    index = os.path.join(folder, b"index")
    if environ.get("GIT_INDEX_FILE"):
        index = os.path.abspath(os.fsencode(environ["GIT_INDEX_FILE"]))
    words = dict(_FORMAT.findall(_small(os.path.join(common, b"config"), missing=True).lower()))
    return Repository(
        folder,
        common,
        worktree,
        tuple(objects),
        tuple(lent),
        index,
        words.get(b"objectformat") == b"sha256",
        words.get(b"refstorage") == b"reftable",
    )


def _borrowed(own: bytes, common: bytes, wanted: bool) -> tuple[list[bytes], list[bytes]]:
    """Folders of objects: those that are read, and those that are not."""
    objects, lent, todo = [own], [], [own]
    while todo:
        at = todo.pop()
        for line in _small(os.path.join(at, b"info", b"alternates"), missing=True).split(b"\n"):
            if not line or line.startswith(b"#"):
                continue
            other = os.path.realpath(os.path.join(at, line))
            if other in objects or other in lent:
                continue
            inside = other.startswith(os.path.realpath(common) + b"/")
            if (wanted or inside) and os.path.isdir(other) and len(objects) < _BORROWED:
                objects.append(other)
                todo.append(other)
            else:
                lent.append(other)
    return objects, lent


def _small(path: bytes, missing: bool = False) -> bytes:
    """A small file's content, never through a link or a pipe; b"" if it may be missing."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            return os.read(descriptor, _MAX_SMALL)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        if missing:
            return b""
        raise UsageError(f"{display(path)}: {getattr(error, 'strerror', None) or error}") from None
