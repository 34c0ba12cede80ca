"""The names in an archive, and what else its headers say, as text of their own: a name can give a secret away, too."""

from __future__ import annotations

from collections.abc import Iterator

from dlp.model import Mark, Provenance, Text

PLACE = "list of members"
"""The locator of a listing."""

_PIECE = 1 << 20


class Listing:
    """Lines to be yielded as texts of about 1 MB at most."""

    def __init__(self, provenance: Provenance) -> None:
        self._provenance = provenance
        self._lines: list[str] = []
        self._size = 0

    def add(self, *words: str) -> None:
        """A line of `words`; those that are empty are left out."""
        line = "  ".join(word for word in words if word)
        if line:
            self._lines.append(line)
            self._size += len(line) + 1

    @property
    def large(self) -> bool:
        """Whether it is time for `texts`."""
        return self._size > _PIECE

    def texts(self) -> Iterator[Text]:
        """What was added since the last call, if anything was."""
        if self._lines:
            data = "\n".join([*self._lines, ""]).encode("utf-8", "replace")
            self._lines.clear()
            self._size = 0
            yield Text(self._provenance, "text", iter((data,)), [Mark(0, PLACE)])


def display(name: bytes, fallback: str = "") -> str:
    """A name as UTF-8; else in the charset `fallback`; without one, bytes that are not UTF-8 stand as `\\xNN`."""
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode(fallback, "replace") if fallback else name.decode("utf-8", "backslashreplace")
