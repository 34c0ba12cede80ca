"""Notebooks (ipynb): sources and outputs cell by cell, pictures and attachments as blobs, and all else that the file
says. What is no notebook after all is read as JSON."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from dlp.extract import raw
from dlp.extract.marking import Marker
from dlp.extract.markup.json_text import JsonExtractor
from dlp.limits import Limits
from dlp.model import Blob, Mark, Skipped, Text

_TEXTS = ("text/plain", "text/markdown", "text/latex", "application/javascript")


class NotebookExtractor:
    """Reads Jupyter notebooks."""

    types = frozenset({"notebook"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """One text (marks `cell 3`, `cell 3 output`, `cell 3 metadata`, `metadata`), then the blobs."""
        data = raw.read_upto(blob.stream, limits.max_part + 1)
        blob.stream.seek(0)
        book = _loaded(data) if len(data) <= limits.max_part else None
        if book is None:
            yield from JsonExtractor().extract(blob, limits)
            return
        walk = _Walk()
        walk.book(book)
        marks: list[Mark] = []
        yield Text(blob.provenance, "text", iter((Marker(marks).chunk(walk.lines),)), marks)
        for name, content in walk.blobs:
            yield Blob((*blob.provenance, name), io.BytesIO(content), len(content))


def _loaded(data: bytes) -> dict[str, Any] | None:
    """The notebook; None for anything else, which is then read as it stands."""
    import json

    try:
        book = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_all_of)
    except (ValueError, RecursionError):
        return None
    if not isinstance(book, dict) or not isinstance(book.get("cells", book.get("worksheets")), list):
        return None
    return book


def _all_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object's values, also those under a name that comes twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        return {name if found[name] is value else f"{name} {index}": value for index, (name, value) in enumerate(pairs)}
    return found


class _Walk:
    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self.blobs: list[tuple[str, bytes]] = []

    def book(self, book: dict[str, Any]) -> None:
        cells = list(book.pop("cells", []))
        for sheet in book.pop("worksheets", []):  # as before version 4
            cells += sheet.pop("cells", []) if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list) else []
            self._all("metadata", sheet)
        for number, cell in enumerate(cells, 1):
            if isinstance(cell, dict):
                self._cell(f"cell {number}", cell)
            else:
                self._all(f"cell {number}", cell)
        self._all("metadata", book)

    def _cell(self, place: str, cell: dict[str, Any]) -> None:
        for key in ("source", "input"):
            if (source := _joined(cell.get(key))) is not None:
                del cell[key]
                self._text(place, source)
        outputs = cell.pop("outputs", [])
        for output in outputs if isinstance(outputs, list) else [outputs]:
            self._output(f"{place} output", output)
        attachments = cell.pop("attachments", {})
        if isinstance(attachments, dict):
            for name, bundle in attachments.items():
                self._bundle(place, name, bundle)
        else:
            self._all(place, attachments)
        self._all(f"{place} metadata", cell)

    def _output(self, place: str, output: Any) -> None:
        if not isinstance(output, dict):
            self._all(place, output)
            return
        if (text := _joined(output.get("text"))) is not None:
            del output["text"]
            self._text(place, text)
        self._bundle(place, "", output.pop("data", {}))
        self._all(place, output)

    def _bundle(self, place: str, name: str, bundle: Any) -> None:
        """One thing in several media types."""
        from dlp.extract.mail import transfer

        if not isinstance(bundle, dict):
            self._all(place, bundle)
            return
        for media, value in bundle.items():
            text = _joined(value)
            if text is None or media in _TEXTS:
                self._all(place, text if text is not None else value)
                continue
            title = f"{place} {name or media}"
            if media.startswith("text/") or "xml" in media:
                self.blobs.append((title, text.encode("utf-8", "replace")))
                continue
            content, whole = transfer.base64(text.encode("utf-8", "replace"))
            if content:
                self.blobs.append((title, content))
            if not whole:
                self._text(place, text)

    def _all(self, place: str, value: Any) -> None:
        """Every name and value in `value`, whatever it is."""
        stack = [("", value)]
        while stack:
            name, each = stack.pop()
            if isinstance(each, dict):
                stack += reversed([(str(key), inner) for key, inner in each.items()])
            elif isinstance(each, list) and not any(isinstance(inner, str) for inner in each):
                stack += [(name, inner) for inner in reversed(each)]
            elif isinstance(each, list):
                text = [inner for inner in each if isinstance(inner, str)]
                stack += [(name, inner) for inner in reversed(each) if not isinstance(inner, str)]
                self._text(place, f"{name}: " * bool(name) + "\n".join(line.removesuffix("\n") for line in text))
            elif each is not None:
                self._text(place, f"{name}: " * bool(name) + str(each))

    def _text(self, place: str, text: str) -> None:
        if text:
            self.lines.append((place, text))


def _joined(value: Any) -> str | None:
    """A text, which may stand as a list of its lines."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return None
