"""What a history holds: which commit put which blob where, in a few bytes for each.

Everything is a number into a table: a change takes 16 bytes, a blob, a commit and a path what their names take. Changes
stand newest first, each commit before its parents.
"""

from __future__ import annotations

from array import array
from binascii import unhexlify
from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

import msgspec

from dlp.model import Appearance, Origin
from dlp.source.opening import display

_T = TypeVar("_T")

NONE: Final = 0
"""In place of a blob: there is none. In place of a commit: the change is not committed."""

MOST_APPEARANCES: Final = 20
"""Told of one blob at one path."""

GITLINK: Final = b"160000"


class Change(msgspec.Struct, frozen=True):
    """One line of what git tells: at `path` stands `new` instead of `old`. Ids of blobs are bytes; b"" for none."""

    path: bytes
    old: bytes
    new: bytes
    gitlink: bool


class History:
    """Built up by `commit` and `add`."""

    def __init__(self) -> None:
        self._blobs: dict[bytes, int] = {b"": NONE}
        self._ids: list[bytes] = [b""]
        """Of the blobs, by number."""
        self._paths: dict[bytes, int] = {}
        self._people: dict[tuple[bytes, bytes], int] = {}
        self._sources: dict[bytes, int] = {}
        self._names: list[bytes] = []
        """Of the paths, by number."""
        self._persons: list[tuple[bytes, bytes]] = []
        self._tips: list[bytes] = []
        """References, by number."""
        self._commits = bytearray()
        self._at = NONE
        self._width = 0
        self._dates = array("q", (0,))
        self._author = array("I", (0,))
        self._source = array("I", (0,))
        self._new, self._old, self._path, self._commit = array("I"), array("I"), array("I"), array("I")
        self._order = array("I")
        """Changes by path, the newest first; made when first asked for."""
        self._begins = array("I")
        self.submodules: dict[bytes, None] = {}
        """Paths where other repositories stand."""

    def commit(self, oid: bytes, date: int, author: bytes, email: bytes, source: bytes) -> None:
        """The commit that the changes added from now on are of. `source`: a reference that it was reached from."""
        self._width = len(oid)
        self._commits += oid
        self._dates.append(date)
        self._author.append(_number(self._people, self._persons, (author, email)))
        self._source.append(_number(self._sources, self._tips, source))
        self._at = self.commits

    def uncommitted(self) -> None:
        """The changes added from now on are of no commit."""
        self._at = NONE

    def add(self, change: Change) -> None:
        if change.gitlink:
            self.submodules[change.path] = None
            return
        self._new.append(_number(self._blobs, self._ids, change.new))
        self._old.append(_number(self._blobs, self._ids, change.old))
        self._path.append(_number(self._paths, self._names, change.path))
        self._commit.append(self._at)

    @property
    def commits(self) -> int:
        return len(self._dates) - 1

    def commit_id(self, number: int) -> bytes:
        """Of the commits, numbered from 1."""
        return bytes(self._commits[(number - 1) * self._width : number * self._width])

    def unplaced(self, blobs: Iterable[bytes]) -> Iterator[bytes]:
        """Those that no change put anywhere, by their ids in hexadecimal digits."""
        placed = set(self._new) - {NONE}
        return (each for each in blobs if self._blobs.get(unhexlify(each), NONE) not in placed)

    def versions(self, wanted: Iterable[int], *, apart: bool) -> Iterator[int]:
        """Numbers of changes that put a blob at a path, each blob at each path once, path by path, the newest first.
        `wanted`: numbers of paths. `apart`: once for each blob that it replaced."""
        self._sort()
        for path in wanted:
            seen: set[int | tuple[int, int]] = {NONE}
            for change in self._order[self._begins[path] : self._begins[path + 1]]:
                new = self._new[change]
                key = (new, self._old[change]) if apart and new else new
                if key not in seen:
                    seen.add(key)
                    yield change

    def paths(self) -> list[bytes]:
        """By number."""
        return self._names

    def blobs(self) -> list[bytes]:
        """By number."""
        return self._ids

    def at(self, change: int) -> tuple[int, int, int]:
        """Numbers of the path, of the blob that stands there then, and of the one before."""
        return self._path[change], self._new[change], self._old[change]

    def origin(self, change: int, blob: str, head: bool) -> Origin:
        """Of the blob that a change put at its path: all that put it there, the first first."""
        self._sort()
        path, new = self._path[change], self._new[change]
        found: list[tuple[int, int]] = []
        gone = NONE
        for each in self._order[self._begins[path] : self._begins[path + 1]]:
            commit = self._commit[each]
            if self._old[each] == new != self._new[each]:
                gone = commit
            if self._new[each] == new and commit:
                found.append((commit, gone))
                gone = NONE
        found = found[-MOST_APPEARANCES:][::-1]
        return Origin(
            blob=blob,
            head=head,
            branches=tuple(dict.fromkeys(self._branch(commit) for commit, _ in found)),
            appearances=tuple(self._appearance(commit, self._names[path], gone) for commit, gone in found),
        )

    def of_message(self, commit: int) -> Origin:
        """Of what a commit says."""
        return Origin(branches=(self._branch(commit),), appearances=(self._appearance(commit, b"", NONE),))

    def _branch(self, commit: int) -> str:
        name = display(self._tips[self._source[commit]])
        return name.removeprefix("refs/heads/").removeprefix("refs/remotes/")

    def _appearance(self, commit: int, path: bytes, gone: int) -> Appearance:
        author, email = self._persons[self._author[commit]]
        return Appearance(
            self.commit_id(commit).hex(),
            display(path),
            display(author),
            display(email),
            self._dates[commit],
            self.commit_id(gone).hex() if gone else "",
        )

    def _sort(self) -> None:
        """Changes by path, in their order: counted, then put in place."""
        if len(self._order) == len(self._path):
            return
        begins = array("I", bytes(4 * (len(self._names) + 1)))
        for path in self._path:
            begins[path + 1] += 1
        for number in range(len(self._names)):
            begins[number + 1] += begins[number]
        at = begins[:]
        order = array("I", bytes(4 * len(self._path)))
        for number, path in enumerate(self._path):
            order[at[path]] = number
            at[path] += 1
        self._begins, self._order = begins, order


def read_change(meta: bytes, path: bytes) -> Change:
    """A line of a diff in git's raw form; a merge is compared with its first parent. Raises ValueError."""
    parts = meta.split(b" ")
    parents = len(parts[0]) - len(parts[0].lstrip(b":"))
    oids = parts[parents + 1 : 2 * parents + 2]
    if not parents or len(oids) != parents + 1:
        raise ValueError("a line of no diff")
    return Change(path, _oid(oids[0]), _oid(oids[-1]), parts[parents] == GITLINK)


def _number(numbers: dict[_T, int], names: list[_T], name: _T) -> int:
    """Of a name in a table, to which it is added if it is new."""
    number = numbers.get(name)
    if number is None:
        number = numbers[name] = len(names)
        names.append(name)
    return number


def _oid(text: bytes) -> bytes:
    return unhexlify(text) if text.strip(b"0") else b""
