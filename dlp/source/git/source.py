"""A repository as a source: every blob of the history that is asked for, once at each path, and what commits say."""

from __future__ import annotations

import os
from array import array
from binascii import unhexlify
from collections.abc import Iterator
from typing import Final

import msgspec

from dlp.globs import IgnoreRules
from dlp.model import Origin, Reason, Skipped
from dlp.source.git import listing
from dlp.source.git.added import added_lines
from dlp.source.git.choosing import Chosen
from dlp.source.git.content import Content, contents
from dlp.source.git.history import NONE, History
from dlp.source.git.messages import message_of, nested_tag
from dlp.source.git.running import GitFailed
from dlp.source.git.view import View
from dlp.source.ignoring import IGNORE_FILE, MAX_IGNORE_FILE
from dlp.source.opening import DESCRIPTOR, descriptor_of, display
from dlp.source.seam import Item

MOST_SKIPPED: Final = 1000
"""Objects that are not there, or cannot be read, that are named; all others together are one more."""

_SHOWN: Final = 12
"""Digits of an id that people are shown."""

_LFS = b"version https://git-lfs.github.com/spec/"
_POINTER: Final = 1024
"""Bytes that a pointer of LFS has at most."""

HISTORY: Final = "git history"
"""What is said of the history as a whole stands under this name."""


class Asked(msgspec.Struct, frozen=True):
    """What of a repository. `revisions`: lines as `git log --stdin` takes them; None: all references. `pushed`: ids of
    what comes in; with it `revisions` are those that are left out."""

    revisions: tuple[bytes, ...] | None = None
    staged: bool = False
    all_objects: bool = False
    diff: bool = False
    pushed: tuple[bytes, ...] = ()


class GitSource:
    """Items hold their content; an `Origin` names the blob alone, and `origin` tells the rest.

    What stands in a repository decides nothing: its ignore files count only where `dlpignore` is given.
    """

    def __init__(
        self, view: View, asked: Asked, chosen: Chosen, *, max_file_size: int | None = None, dlpignore: bool = False
    ) -> None:
        self._view, self._asked, self._chosen = view, asked, chosen
        self._limit = max_file_size
        self._dlpignore = dlpignore
        self._under_way: dict[tuple[str, str], tuple[str, int]] = {}
        """(blob or commit, name) of an item → what kind of number, and the number."""
        self._held: set[tuple[bytes, bytes]] | None = None
        self._tree = b""
        """The commit whose files are the present ones."""

    def items(self) -> Iterator[Item | Skipped]:
        """Blobs by their paths, versions of a file one after the other; then the rest."""
        self._history = History()
        self._skipped = 0
        yield from self._unread_folders()
        self._tree = listing.head(self._view)
        if self._dlpignore:
            self._chosen.ignores = dict(self._ignore_files())
        tags: list[bytes] = []
        loose: list[tuple[bytes, bytes]] = []
        try:
            yield from self._list(tags, loose)
        except GitFailed as error:
            detail = f"git cannot read it whole: {error}"
            yield Skipped((HISTORY,), Reason.CORRUPT, detail)
            if not self._asked.staged:
                loose += self._unlisted()
        yield from self._shallow()
        for path in self._history.submodules:
            if self._chosen.holds(path):
                detail = "a submodule: another repository, which is scanned by itself"
                yield Skipped((display(path),), Reason.UNSUPPORTED, detail)
        yield from self._versions()
        if not self._asked.staged:
            yield from self._messages()
            yield from self._tags(tags)
            yield from self._named(loose)
        if self._skipped > MOST_SKIPPED:
            detail = f"{self._skipped - MOST_SKIPPED:,} more objects are not there or cannot be read"
            yield Skipped((HISTORY,), Reason.VANISHED, detail)

    def origin(self, item: Item) -> Origin:
        """All that is known of it."""
        kind, number = self._under_way.get((item.origin.blob, item.name), ("", NONE))
        if kind == "commit":
            return self._history.of_message(number)
        if kind != "change":
            return item.origin
        path, blob, _ = self._history.at(number)
        if self._asked.staged:
            return self._history.origin(number, item.origin.blob, True)
        if self._held is None:
            self._held = set(listing.held(self._view, self._tree)) if self._tree else set()
        present = (self._history.paths()[path], self._history.blobs()[blob]) in self._held
        return self._history.origin(number, item.origin.blob, present)

    def done(self, item: Item) -> None:
        """Closes what it was read from."""
        self._under_way.pop((item.origin.blob, item.name), None)
        descriptor = descriptor_of(item.path)
        if descriptor is not None:
            os.close(descriptor)

    def _unread_folders(self) -> Iterator[Skipped]:
        for folder in self._view.repository.lent:
            detail = f"objects that it borrows from {display(folder)} are not read (--alternates reads them)"
            yield Skipped((HISTORY,), Reason.DENIED, detail)

    def _list(self, tags: list[bytes], loose: list[tuple[bytes, bytes]]) -> Iterator[Skipped]:
        """Fills the history. Raises GitFailed, with what was read until then in it."""
        view, asked, history = self._view, self._asked, self._history
        if asked.staged:
            listing.read_staged(view, history)
            return
        if asked.revisions is not None and not asked.pushed:
            listing.read_history(view, asked.revisions, history)
            return
        found = listing.tips_of(view, [(oid, oid) for oid in asked.pushed]) if asked.pushed else listing.tips(view)
        tags += found.tags
        for name in found.broken:
            yield Skipped((display(name),), Reason.VANISHED, "this reference leads to nothing that is there")
        for name, tree in found.trees:
            try:
                listing.read_tree(view, tree, history)
            except GitFailed as error:
                yield Skipped((display(name),), Reason.CORRUPT, f"git cannot read this tree: {error}")
        loose += found.blobs
        if not asked.all_objects:
            without = asked.revisions or ()
            listing.read_history(view, (*found.commits, *without) if found.commits else (), history)
            return
        kinds: dict[bytes, list[bytes]] = {b"commit": [], b"blob": [], b"tag": []}
        for oid, kind in listing.all_objects(view):
            if kind in kinds:
                kinds[kind].append(oid)
        tags += kinds[b"tag"]
        listing.read_history(view, (*found.commits, *kinds[b"commit"]), history)
        loose += map(_loose, history.unplaced(kinds[b"blob"]))

    def _unlisted(self) -> Iterator[tuple[bytes, bytes]]:
        """Of a history that cannot be listed: every blob that is there and was not met."""
        try:
            held = (oid for oid, kind in listing.all_objects(self._view) if kind == b"blob")
            yield from map(_loose, self._history.unplaced(held))
        except GitFailed:
            return  # that the history is not read whole was said

    def _shallow(self) -> Iterator[Skipped]:
        try:
            with open(os.path.join(self._view.folder, b"shallow"), "rb") as file:
                ends = {line.strip() for line in file.read(1 << 24).split(b"\n")} - {b""}
        except OSError:
            return
        history = self._history
        met = sum(history.commit_id(number).hex().encode() in ends for number in range(1, history.commits + 1))
        if met:
            detail = f"the history before {met:,} of its commits is not in this shallow clone"
            yield Skipped((HISTORY,), Reason.VANISHED, detail)

    def _versions(self) -> Iterator[Item | Skipped]:
        history, diff = self._history, self._asked.diff
        paths = history.paths()
        every = self._chosen.all
        wanted = (number for number, path in enumerate(paths) if every or self._chosen.holds(path))
        changes = array("I", history.versions(wanted, apart=diff))
        ids = history.blobs()
        objects = array("I")
        for change in changes:
            _, new, old = history.at(change)
            objects.extend((new, old) if diff and old else (new,))
        read = contents(self._view, map(ids.__getitem__, objects), self._limit)
        for change in changes:
            path, new, old = history.at(change)
            content = next(read)
            before = next(read) if diff and old else None
            yield from self._item(paths[path], ids[new].hex(), content, before, ("change", change))

    def _messages(self) -> Iterator[Item | Skipped]:
        history = self._history
        numbers = range(1, history.commits + 1)
        for number, content in zip(numbers, contents(self._view, map(history.commit_id, numbers), None), strict=False):
            oid = history.commit_id(number).hex()
            name = f"commit {oid[:_SHOWN]} message"
            yield from self._message(name, oid, content, ("commit", number))

    def _tags(self, tags: list[bytes]) -> Iterator[Item | Skipped]:
        todo, seen = tags, set(tags)
        while todo:
            ids = map(unhexlify, todo)
            below: list[bytes] = []
            for oid, content in zip(todo, contents(self._view, ids, None), strict=True):
                yield from self._message(f"tag {oid[:_SHOWN].decode()} message", oid.decode(), content, ("", NONE))
                inner = nested_tag(content.data or b"")
                if inner and inner not in seen:
                    seen.add(inner)
                    below.append(inner)
            todo = below

    def _message(self, name: str, oid: str, content: Content, what: tuple[str, int]) -> Iterator[Item | Skipped]:
        if content.data is None:
            yield from self._item(name.encode(), oid, content, None, what)
            return
        text = message_of(content.data)
        if text:
            self._under_way["", name] = what
            yield Item(b"", name, name, len(text), data=text)

    def _named(self, named: list[tuple[bytes, bytes]]) -> Iterator[Item | Skipped]:
        named = list(dict.fromkeys(named))
        ids = [unhexlify(oid) for _, oid in named]
        for (name, oid), content in zip(named, contents(self._view, ids, self._limit), strict=True):
            yield from self._item(name, oid.decode(), content, None, ("", NONE))

    def _item(
        self, path: bytes, oid: str, content: Content, before: Content | None, what: tuple[str, int]
    ) -> Iterator[Item | Skipped]:
        """`before`: of the version that this one is compared with."""
        name = display(path)
        if before is not None and before.file is not None:
            os.close(before.file)
        if content.reason is not None:
            self._skipped += 1
            if self._skipped <= MOST_SKIPPED:
                yield Skipped((name,), content.reason, f"blob {oid[:_SHOWN]}: {content.detail}")
            return
        added = None
        if before is not None and before.data is not None and content.data is not None:
            added = added_lines(before.data, content.data)
        self._under_way[oid, name] = what
        if content.data is not None:
            yield Item(b"", name, name, content.size, Origin(blob=oid), content.data, added)
            if content.size < _POINTER and content.data.startswith(_LFS):
                yield Skipped((name,), Reason.UNSUPPORTED, "a pointer of LFS: the content is not in the repository")
        else:
            where = DESCRIPTOR + str(content.file).encode()
            yield Item(where, name, name, content.size, Origin(blob=oid))

    def _ignore_files(self) -> Iterator[tuple[str, IgnoreRules]]:
        """Of the commit that is checked out."""
        name = IGNORE_FILE.encode()
        found = [
            (path[: -len(name)], blob)
            for path, blob in (listing.held(self._view, self._tree) if self._tree else ())
            if path.rpartition(b"/")[2] == name
        ]
        read = contents(self._view, [blob for _, blob in found], MAX_IGNORE_FILE)
        for (folder, _), content in zip(found, read, strict=True):
            if content.data is not None:
                yield display(folder), IgnoreRules(display(content.data))


def _loose(oid: bytes) -> tuple[bytes, bytes]:
    """A blob that no path leads to: a name for it, and its id."""
    return b"blob " + oid[:_SHOWN], oid
