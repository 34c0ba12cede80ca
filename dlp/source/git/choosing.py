"""Which paths of a repository are looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dlp.globs import IgnoreRules
from dlp.source.files import globs
from dlp.source.opening import display


class Chosen:
    """Below some folders, by `--include` and `--exclude`, and by ignore files where they are obeyed."""

    def __init__(self, below: Sequence[bytes] = (), include: Sequence[str] = (), exclude: Sequence[str] = ()) -> None:
        """`below`: files and folders of the work tree; none: all of it. Raises UsageError."""
        self._below = tuple(below)
        self._include = globs("--include", include)
        self._exclude = globs("--exclude", exclude)
        self.ignores: Mapping[str, IgnoreRules] = {}
        """By the folder that they stand in, which ends in `/`, or is empty."""

    @property
    def all(self) -> bool:
        """Whether every path is."""
        return not (self._below or self._include or self._exclude or self.ignores)

    def holds(self, path: bytes) -> bool:
        """Whether the file at that path is looked at."""
        if self._below and not any(path == each or path.startswith(each + b"/") for each in self._below):
            return False
        parts = display(path).split("/")
        included = self._include is None
        for count in range(1, len(parts) + 1):
            relative, name, folder = "/".join(parts[:count]), parts[count - 1], count < len(parts)
            if self._exclude is not None and self._exclude.matches(relative, name, folder):
                return False
            if not included and self._include is not None:
                included = self._include.matches(relative, name, folder)
            if self.ignores and self._ignored(relative, name, folder, parts[:count]):
                return False
        return included

    def _ignored(self, relative: str, name: str, folder: bool, parts: Sequence[str]) -> bool:
        for depth in range(len(parts) - 1, -1, -1):
            at = "".join(part + "/" for part in parts[:depth])
            rules = self.ignores.get(at)
            verdict = rules.verdict(relative[len(at) :], name, folder) if rules else None
            if verdict is not None:
                return verdict
        return False
