"""What git is shown of a repository: its data, and none of its orders.

A folder of our own is the repository that git works in. Links lead from it to the objects, references, reflogs, the
boundary of a shallow clone and the index; the configuration in it is ours. Hooks, filters, drivers, monitors,
aliases, includes, attributes, grafts, alternates, commit graphs and multi-pack indexes are thus not switched off but
not there. No other configuration is read, replaced objects are read as they were, and nothing is fetched.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from typing import Final

from dlp.errors import UsageError
from dlp.source.git.repository import Repository
from dlp.source.opening import OPEN_FLAGS

_LINKED: Final = (b"refs", b"packed-refs", b"logs", b"shallow", b"reftable")
"""Parts of what all work trees share."""

_CONFIG: Final = """\
[core]
bare = true
hooksPath = /dev/null
fsmonitor = false
commitGraph = false
multiPackIndex = false
attributesFile = /dev/null
excludesFile = /dev/null
quotePath = false
bigFileThreshold = 16m
packedGitLimit = 256m
packedGitWindowSize = 16m
deltaBaseCacheLimit = 48m
[log]
showRoot = true
showSignature = false
[diff]
renames = false
[gc]
auto = 0
[credential]
helper =
[protocol]
allow = never
[i18n]
logOutputEncoding = UTF-8
"""
"""Most of it says what is so in any case, lest a later git thinks otherwise. The sizes bound its memory."""

_FANOUT: Final = [b"%02x" % number for number in range(256)]


def git_program(environ: Mapping[str, str]) -> str:
    """The git that is used: never one in a folder that the path names relative to where we are. Raises UsageError."""
    found = shutil.which("git", path=_path(environ))
    if found is None:
        raise UsageError("git is not installed, or not in $PATH; scanning a repository needs it (2.30 or later)")
    return found


def _path(environ: Mapping[str, str]) -> str:
    return os.pathsep.join(filter(os.path.isabs, environ.get("PATH", os.defpath).split(os.pathsep)))


class View:
    """The folder, made and taken away. What git needs to work in it: `program`, `environment`, `folder`."""

    def __init__(self, repository: Repository, environ: Mapping[str, str]) -> None:
        """Raises UsageError, OSError."""
        self.repository = repository
        self.program = git_program(environ)
        self._temporary = tempfile.TemporaryDirectory(prefix="dlp-git-")
        self.folder = os.fsencode(self._temporary.name)
        self.environment = clean_environment(environ, self.folder)
        self.environment["GIT_DIR"] = self._temporary.name
        self.environment["GIT_INDEX_FILE"] = os.fsdecode(repository.index)
        try:
            self._fill()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Takes it away. May be called twice."""
        self._temporary.cleanup()

    def _fill(self) -> None:
        repository = self.repository
        self._write(b"config", _config(repository))
        self._write(b"HEAD", _head(repository))
        os.makedirs(os.path.join(self.folder, b"objects", b"info"))
        listed = []
        for number, real in enumerate(repository.objects):
            store = os.path.join(self.folder, b"objects-%d" % number)
            os.mkdir(store)
            for name in _plain_folders(real):
                os.symlink(os.path.join(real, name), os.path.join(store, name))
            listed.append(store)
        self._write(b"objects/info/alternates", b"\n".join(listed) + b"\n")
        for name in _LINKED:
            self._link(os.path.join(repository.common, name), name)
        if not os.path.lexists(os.path.join(self.folder, b"refs")):
            os.mkdir(os.path.join(self.folder, b"refs"))
        with contextlib.suppress(FileNotFoundError), os.scandir(repository.folder) as entries:
            for entry in entries:
                if entry.name.startswith(b"sharedindex.") and entry.is_file(follow_symlinks=False):
                    self._link(entry.path, entry.name)

    def _write(self, name: bytes, content: bytes) -> None:
        with open(os.path.join(self.folder, name), "wb") as file:
            file.write(content)

    def _link(self, real: bytes, name: bytes) -> None:
        if os.path.lexists(real) and not os.path.islink(real):
            os.symlink(real, os.path.join(self.folder, name))


def clean_environment(environ: Mapping[str, str], home: bytes) -> dict[str, str]:
    """What git is told: nothing of what anybody configured."""
    kept = {name: environ[name] for name in ("TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT") if name in environ}
    return {
        **kept,
        "PATH": _path(environ),
        "HOME": os.fsdecode(home),
        "XDG_CONFIG_HOME": os.fsdecode(home),
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "",
        "GIT_PROTOCOL_FROM_USER": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_PAGER": "cat",
        "GIT_ASKPASS": "false",
        "SSH_ASKPASS": "false",
        "GIT_EDITOR": "false",
    }


def _config(repository: Repository) -> bytes:
    extensions = []
    if repository.sha256:
        extensions.append("objectformat = sha256")
    if repository.reftable:
        extensions.append("refstorage = reftable")
    text = _CONFIG + f"[core]\nrepositoryformatversion = {1 if extensions else 0}\n"
    if extensions:
        text += "\n".join(["[extensions]", *extensions]) + "\n"
    return text.encode()


def _head(repository: Repository) -> bytes:
    """HEAD as it is, or, where it is not to be read, one that leads nowhere."""
    try:
        descriptor = os.open(os.path.join(repository.folder, b"HEAD"), OPEN_FLAGS)
        with open(descriptor, "rb") as file:
            content = file.read(4096)
    except OSError:  # among them a link, as very old repositories have
        content = b""
    return content if content.strip() else b"ref: refs/heads/main\n"


def _plain_folders(objects: bytes) -> Iterator[bytes]:
    """Those that hold objects, if they are folders themselves and no links."""
    names = {*_FANOUT, b"pack"}
    with contextlib.suppress(OSError), os.scandir(objects) as entries:
        for entry in entries:
            if entry.name in names and entry.is_dir(follow_symlinks=False):
                yield entry.name
