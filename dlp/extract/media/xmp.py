"""XMP packets: the words and attribute values of their RDF, named by the property that holds them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dlp.extract.pieces import Piece, decoded

_MAX_DEPTH = 100
_MAX_PACKET = 1 << 24
"""Bytes; a longer one is told as it stands."""

_DULL = re.compile(
    r"(?:xmp\.[id]id:|uuid:|adobe:docid:|http://ns\.|http://purl|http://www\.w3\.org)\S*|x-default|[\d.,:+TZ-]*"
)
_CONTAINERS = frozenset({"li", "Alt", "Bag", "Seq", "Description", "RDF", "xmpmeta", "value"})


def xmp_pieces(data: bytes) -> Iterator[Piece]:
    """(place, words) in reading order. A packet that is not XML, or has a document type declaration, is told as it
    stands."""
    from xml.parsers import expat

    packet = data.strip(b"\0 \t\r\n")
    if len(packet) > _MAX_PACKET:
        yield "XMP", decoded(packet)
        return
    walk = _Walk()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = walk.start
    parser.EndElementHandler = walk.end
    parser.CharacterDataHandler = walk.characters
    parser.CommentHandler = walk.comment
    parser.StartDoctypeDeclHandler = walk.refuse
    try:
        parser.Parse(packet, True)
    except (expat.ExpatError, LookupError, ValueError):
        yield from walk.found
        yield "XMP", decoded(packet[max(0, parser.CurrentByteIndex) :])
        return
    yield from walk.found


class _Walk:
    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []
        self._open: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= _MAX_DEPTH:
            raise ValueError("too deep")
        self._open.append(tag.rpartition(" ")[2])
        for name, value in attributes.items():
            self._tell(name.rpartition(" ")[2], value)

    def end(self, _: str) -> None:
        self._open.pop()

    def characters(self, words: str) -> None:
        if words.strip():
            named = [name for name in self._open if name not in _CONTAINERS]
            self._tell(named[-1] if named else "", words)

    def comment(self, words: str) -> None:
        self._tell("comment", words)

    def refuse(self, *_: Any) -> None:
        raise ValueError("document type declaration")

    def _tell(self, name: str, words: str) -> None:
        if not _DULL.fullmatch(words):
            self.found.append((f"XMP {name}".strip(), words))
