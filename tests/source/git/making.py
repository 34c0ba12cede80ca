"""Repositories for tests, and what a source says of them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dlp.model import Skipped
from dlp.source.git.choosing import Chosen
from dlp.source.git.repository import find
from dlp.source.git.source import Asked, GitSource
from dlp.source.git.view import View
from dlp.source.seam import Item

TOKEN = "ghp_" + "aBcD1234eFgH5678iJkL9012mNoP3456qRsT"
"""No real one: made up, so that the rule for it is content."""

EVERYTHING = Asked()

CLEAN = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
}


class Repo:
    """A repository in `folder`."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self._time = 1_700_000_000
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", *options)

    def git(self, *arguments: str, given: bytes | None = None, **environment: str) -> bytes:
        """What git writes, stripped. Dates go up by a minute a call."""
        self._time += 60
        date = f"{self._time} +0000"
        env = CLEAN | {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date} | environment
        command = ["git", *arguments]
        done = subprocess.run(command, cwd=self.folder, env=env, input=given, capture_output=True, check=True)
        return done.stdout.strip()

    def write(self, path: str, content: str | bytes) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, message: str = "a change", **files: str | bytes | None) -> str:
        """Writes files (None: removes one; `__` in a name is a dot), and commits all there is. The commit's id."""
        for name, content in files.items():
            path = name.replace("__", ".")
            if content is None:
                (self.folder / path).unlink()
            else:
                self.write(path, content)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").decode()


def scanned(
    folder: Path | str,
    asked: Asked = EVERYTHING,
    *paths: str,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    environ: dict[str, str] | None = None,
    alternates: bool = False,
    **more: Any,
) -> tuple[list[tuple[Item, bytes]], list[Skipped], GitSource]:
    """Items of a repository with their content, what was skipped, and the source, which has no view any more."""
    env = os.environ if environ is None else environ
    narrowed = find([os.path.join(folder, path) for path in paths] or [str(folder)], env, alternates=alternates)
    view = View(narrowed.repository, env)
    source = GitSource(view, asked, Chosen(narrowed.below, include, exclude), **more)
    items: list[tuple[Item, bytes]] = []
    skipped: list[Skipped] = []
    try:
        for each in source.items():
            if isinstance(each, Skipped):
                skipped.append(each)
                continue
            items.append((each, content_of(each)))
            source.origin(each)
    finally:
        view.close()
    return items, skipped, source


def content_of(item: Item) -> bytes:
    """All of it."""
    if item.data is not None:
        return item.data
    return os.pread(int(item.path.rpartition(b"/")[2]), item.size + 1, 0)


def blobs(items: list[tuple[Item, bytes]]) -> dict[tuple[str, bytes], Item]:
    """By name and content, without messages."""
    return {(item.name, content): item for item, content in items if item.origin.blob}
