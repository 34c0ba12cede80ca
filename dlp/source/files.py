"""Files and folders, as the user names them.

Folders are walked one at a time, files before folders, each in the byte order of their names. A
name is kept as the system's bytes; patterns are matched against its display text.
"""

from __future__ import annotations

import functools
import os
import stat
from collections.abc import Iterator, Sequence

import msgspec

from dlp.errors import UsageError
from dlp.globs import GlobSet, IgnoreRules, parse_glob
from dlp.model import Reason, Skipped
from dlp.source.ignoring import IGNORE_FILE, read_ignore_file
from dlp.source.opening import Unreadable, display, kind_of, open_file, skip_reason
from dlp.source.seam import Item

__all__ = ["FileSource", "Unreadable", "open_file", "skip_reason"]

class _Root(msgspec.Struct, frozen=True):
    """A path as it was given, and where it really is."""

    path: bytes
    real: bytes
    folder: bool


class _Folder(msgspec.Struct, frozen=True):
    """A folder still to be listed. All but `real` end in `/`; `relative` is empty for a given folder."""

    path: bytes
    name: str
    relative: str
    real: bytes
    included: bool
    ignores: tuple[tuple[int, IgnoreRules], ...]
    outside: bool
    """Reached through a link that leads out of what was given."""


class FileSource:
    """The files at and below `paths`.

    paths: files and folders; a link given here is followed. Given twice, or within one another, each
        file is listed once.
    include, exclude: patterns of `dlp.globs`, for paths below the folder that was given. For a
        file that was given: for its path, if that is relative and without `..`, else for its name.
        A folder that is excluded is not entered; one that is included is so with all that it holds.
    honour_ignore_files: obey `.dlpignore` files. Off by default: whoever may write to a folder could
        otherwise hide files from the scan.
    max_file_size: bytes; a larger file is a `Skipped`.
    follow: follow links below the folders that were given. Otherwise a link is a `Skipped`, unless it
        leads to what is scanned anyway.
    avoid: absolute paths of folders and files (the store) that are never listed.
    """

    def __init__(
        self,
        paths: Sequence[str | bytes],
        *,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        honour_ignore_files: bool = False,
        max_file_size: int | None = None,
        follow: bool = False,
        avoid: Sequence[str] = (),
    ) -> None:
        """Raises UsageError for a pattern that is none."""
        self._paths = [os.fsencode(path) for path in paths]
        self._include = globs("--include", include)
        self._exclude = globs("--exclude", exclude)
        self._honour = honour_ignore_files
        self._max_size = max_file_size
        self._follow = follow
        self._avoid = [os.path.realpath(os.fsencode(path)) for path in avoid]

    def items(self) -> Iterator[Item | Skipped]:
        """Every file once. Sizes are in bytes.

        Raises:
            UsageError: some of the paths do not exist. Raised before anything is listed.
        """
        roots: dict[bytes, _Root] = {}
        skipped: list[Skipped] = []
        missing: list[str] = []
        for path in self._paths:
            try:
                folder = stat.S_ISDIR(os.stat(path).st_mode)
                real = os.path.realpath(path)
                roots.setdefault(real, _Root(path, real, folder))
            except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a NUL in the path
                missing.append(display(path))
            except OSError as error:
                skipped.append(_skip(display(path), error))
        if missing:
            raise UsageError("no such file or directory: " + ", ".join(missing))
        return _Walk(list(roots.values()), self._avoid, self).run(skipped)

    def below(self, folder: bytes) -> Iterator[Item | Skipped]:
        """What `items` would list of one folder that was given by its real path."""
        return self._all.below(folder)

    def look(self, path: bytes) -> Item | Skipped | None:
        """What `items` would list at this path, which is absolute and below a folder that was given by its real path;
        None: nothing. For whoever hears of a file by itself."""
        return self._all.at(path)

    @functools.cached_property
    def _all(self) -> _Walk:
        return _Walk([_Root(each, each, True) for each in self._paths], self._avoid, self)

    def _wanted(self, relative: str, name: str, folder: bool, included: bool) -> bool:
        """For files: whether to list it. For folders: whether to enter it."""
        if self._exclude is not None and self._exclude.matches(relative, name, folder):
            return False
        return folder or included or self._include is None or self._include.matches(relative, name, False)


class _Walk:
    """One pass over the roots."""

    def __init__(self, roots: list[_Root], avoid: list[bytes], source: FileSource) -> None:
        self._roots = roots
        self._avoid = avoid
        self._source = source
        self._seen: set[bytes] = set()
        """Real paths of what was reached through links that lead outside."""
        self._own: dict[bytes, dict[bytes, Reason | None]] = {}
        """Real folder → names in it that are not listed there: roots (they have their own turn), and the store."""
        for root in roots:
            self._own.setdefault(os.path.dirname(root.real), {})[os.path.basename(root.real)] = None
        for path in avoid:
            self._own.setdefault(os.path.dirname(path), {})[os.path.basename(path)] = Reason.STORE

    def run(self, skipped: list[Skipped]) -> Iterator[Item | Skipped]:
        yield from skipped
        for root in self._roots:
            name = display(root.path)
            if _within(root.real, self._avoid):
                yield Skipped((name,), Reason.STORE, "this is the registry itself")
            elif not root.folder:
                yield from self._given_file(root, name)
            else:
                yield from self._folders(_top(root))

    def below(self, folder: bytes) -> Iterator[Item | Skipped]:
        """What stands below one of the roots."""
        for root in self._roots:
            if root.path == folder:
                yield from self._folders(_top(root))

    def at(self, path: bytes) -> Item | Skipped | None:
        """What stands at one path below the roots, if it is to be listed."""
        root = next((each for each in self._roots if _within(path, [each.real])), None)
        if root is None or path == root.real:
            return None
        folder = _top(root)
        *above, name = path[len(folder.path) :].split(b"/")
        for each in above:
            shown = display(each)
            if self._listed(folder, each, shown, (), True) is not True:
                return None
            folder = self._child(folder, each, shown, ())
        shown = display(name)
        wanted = self._listed(folder, name, shown, (), False)
        if wanted is not True:
            return wanted or None
        try:
            regular = stat.S_ISREG(os.lstat(path).st_mode)
        except OSError as error:
            return _skip(folder.name + shown, error)
        if regular:
            return next(self._file(path, folder.name + shown, folder.relative + shown), None)
        return next(self._other(folder, name, shown, (), []), None)

    def _given_file(self, root: _Root, name: str) -> Iterator[Item | Skipped]:
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if name.startswith("/") or ".." in parts:
            # Folders further up are not what the user speaks of: `build/` must not hide a whole home of that name.
            del parts[:-1]
        source = self._source
        included = False
        for depth in range(1, len(parts)):
            folder = "/".join(parts[:depth])
            if not source._wanted(folder, parts[depth - 1], True, False):
                return
            included |= source._include is not None and source._include.matches(folder, parts[depth - 1], True)
        if not source._wanted("/".join(parts), parts[-1], False, included):
            return
        try:
            mode = os.stat(root.path).st_mode
        except OSError as error:
            yield _skip(name, error)
            return
        if not stat.S_ISREG(mode):  # told here, since what a shell gives as /dev/fd/63 has no real path
            yield Skipped((name,), Reason.SPECIAL_FILE, kind_of(mode))
        else:
            # The real path, where the given one is a link: it can be opened without following any.
            yield from self._file(root.real if os.path.islink(root.path) else root.path, name, parts[-1])

    def _folders(self, top: _Folder) -> Iterator[Item | Skipped]:
        """A folder and all below it, by a stack: a tree may be deeper than Python calls nest."""
        pending = [top]
        while pending:
            below: list[_Folder] = []
            yield from self._folder(pending.pop(), below)
            below.reverse()
            pending += below

    def _folder(self, folder: _Folder, below: list[_Folder]) -> Iterator[Item | Skipped]:
        source = self._source
        files: list[bytes] = []
        folders: list[bytes] = []
        others: list[bytes] = []
        failure: OSError | None = None
        try:
            with os.scandir(folder.path) as entries:
                for entry in entries:
                    # From the listing itself: no call to the system for an entry.
                    if entry.is_file(follow_symlinks=False):
                        files.append(entry.name)
                    elif entry.is_dir(follow_symlinks=False):
                        folders.append(entry.name)
                    else:
                        others.append(entry.name)
        except OSError as error:
            failure = error  # what was listed before is still read
        files.sort()
        folders.sort()
        others.sort()
        ignores = folder.ignores
        if source._honour and IGNORE_FILE.encode() in files:
            rules, problems = read_ignore_file(folder.path, folder.name)
            yield from problems
            ignores = (*ignores, (len(folder.relative), rules))
        own = self._own.get(folder.real)
        plain = not (ignores or own or source._include or source._exclude or folder.outside)
        limit = source._max_size
        for name in files:
            path = folder.path + name
            shown = name.decode("utf-8", "backslashreplace")
            if not plain:
                wanted = self._listed(folder, name, shown, ignores, False)
                if wanted is not True:
                    if wanted is not False:
                        yield wanted
                    continue
            try:
                status = os.lstat(path)
            except OSError as error:
                yield _skip(folder.name + shown, error)
                continue
            size = status.st_size
            if not stat.S_ISREG(status.st_mode) or (limit is not None and size > limit):
                yield from self._file(path, folder.name + shown, folder.relative + shown)
            else:
                yield Item(path, folder.name + shown, folder.relative + shown, size)
        for name in others:
            shown = display(name)
            wanted = self._listed(folder, name, shown, ignores, False)
            if wanted is True:
                yield from self._other(folder, name, shown, ignores, below)
            elif wanted is not False:
                yield wanted
        for name in folders:
            shown = display(name)
            wanted = self._listed(folder, name, shown, ignores, True)
            if wanted is True:
                below.append(self._child(folder, name, shown, ignores))
            elif wanted is not False:
                yield wanted
        if failure is not None:
            yield _skip(folder.name.rstrip("/") or "/", failure)

    def _child(self, folder: _Folder, name: bytes, shown: str, ignores: tuple[tuple[int, IgnoreRules], ...]) -> _Folder:
        relative = folder.relative + shown
        include = self._source._include
        included = folder.included or (include is not None and include.matches(relative, shown, True))
        real = os.path.join(folder.real, name)
        return _Folder(
            folder.path + name + b"/", f"{folder.name}{shown}/", relative + "/", real, included, ignores, folder.outside
        )

    def _listed(
        self, folder: _Folder, name: bytes, shown: str, ignores: tuple[tuple[int, IgnoreRules], ...], is_folder: bool
    ) -> bool | Skipped:
        """Whether an entry is to be listed or entered here; a Skipped where it is the store."""
        relative = folder.relative + shown
        if not self._source._wanted(relative, shown, is_folder, folder.included):
            return False
        for start, rules in reversed(ignores):
            ignored = rules.verdict(relative[start:], shown, is_folder)
            if ignored is not None:
                if ignored:
                    return False
                break
        own = self._own.get(folder.real)
        if own is not None and name in own:
            reason = own[name]
            return Skipped((folder.name + shown,), reason, "this is the registry itself") if reason else False
        return not folder.outside or self._first_time(os.path.join(folder.real, name))

    def _first_time(self, real: bytes) -> bool:
        if real in self._seen:
            return False
        self._seen.add(real)
        return True

    def _file(self, path: bytes, name: str, relative: str) -> Iterator[Item | Skipped]:
        """What stands at `path`, if it can be read as a file. For whatever the quick way in `_folder` does not take."""
        try:
            status = os.lstat(path)
        except OSError as error:
            yield _skip(name, error)
            return
        limit = self._source._max_size
        if not stat.S_ISREG(status.st_mode):
            yield Skipped((name,), Reason.SPECIAL_FILE, kind_of(status.st_mode))
        elif limit is not None and status.st_size > limit:
            yield Skipped((name,), Reason.TOO_LARGE, f"{status.st_size:,} bytes; the limit is {limit:,} bytes")
        else:
            yield Item(path, name, relative, status.st_size)

    def _other(
        self,
        folder: _Folder,
        name: bytes,
        shown: str,
        ignores: tuple[tuple[int, IgnoreRules], ...],
        below: list[_Folder],
    ) -> Iterator[Item | Skipped]:
        """A link, a special file, or what a file system without entry types did not tell."""
        path = folder.path + name
        try:
            mode = os.lstat(path).st_mode
            if stat.S_ISDIR(mode):
                below.append(self._child(folder, name, shown, ignores))
                return
            if not stat.S_ISLNK(mode):
                yield from self._file(path, folder.name + shown, folder.relative + shown)
                return
            target = os.path.realpath(path, strict=True)
            is_folder = stat.S_ISDIR(os.stat(target).st_mode)
        except FileNotFoundError:
            yield Skipped((folder.name + shown,), Reason.VANISHED, "symbolic link to nothing")
            return
        except OSError as error:
            yield _skip(folder.name + shown, error)
            return
        inside = _within(target, [root.real for root in self._roots])
        if not self._source._follow:
            if not inside:
                detail = f"symbolic link to {display(target)}, which is not in what is scanned"
                yield Skipped((folder.name + shown,), Reason.SYMLINK, detail)
        elif is_folder and _within(folder.real, [target]):
            yield Skipped((folder.name + shown,), Reason.LOOP, "symbolic link to a folder that it is in")
        elif _within(target, self._avoid):
            yield Skipped((folder.name + shown,), Reason.STORE, "symbolic link to the registry itself")
        elif not inside and self._first_time(target):
            if is_folder:
                child = self._child(folder, name, shown, ignores)
                below.append(msgspec.structs.replace(child, real=target, outside=True))
            else:
                yield from self._file(target, folder.name + shown, folder.relative + shown)


def _top(root: _Root) -> _Folder:
    path = root.path if root.path.endswith(b"/") else root.path + b"/"
    return _Folder(path, display(path), "", root.real, False, (), False)


def _within(path: bytes, folders: list[bytes]) -> bool:
    """Whether a real path is one of some real paths or below one."""
    return any(path == folder or path.startswith(folder.rstrip(b"/") + b"/") for folder in folders)


def _skip(name: str, error: OSError) -> Skipped:
    return Skipped((name,), *skip_reason(error))


def globs(option: str, patterns: Sequence[str]) -> GlobSet | None:
    """Of `--include` and `--exclude`. Raises UsageError."""
    parsed = []
    for pattern in patterns:
        if pattern.startswith("!"):
            other = "--exclude" if option == "--include" else "--include"
            raise UsageError(f"{option} {pattern!r}: give it to {other} without the '!' (a name that begins so: '\\!')")
        try:
            parsed.append(parse_glob(pattern))
        except ValueError as error:
            raise UsageError(f"{option} {pattern!r}: {error}") from error
    return GlobSet(parsed) if parsed else None
