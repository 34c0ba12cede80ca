"""An XML part, fed piece by piece to expat, with all refused that a document does not need.

A document type declaration is refused: Office never writes one, and entities are what it is good for. Where one is
usual, it is passed over, and only entities of the document's own are refused.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any


class Refused(Exception):
    """The part is not XML that we go on reading; the text says why, and quotes nothing."""


class _Local(dict[str, str]):
    """Tags as they stand, and without their namespace."""

    def __missing__(self, tag: str) -> str:
        local = self[tag] = tag.rpartition(":")[2]
        return local


class XmlPart(ABC):
    """What all readers of XML share: the parser, its depth, its errors."""

    piece = 1 << 16
    """Bytes to be fed at a time."""

    def __init__(self, max_depth: int, declared: bool = False) -> None:
        """`declared`: whether a document type declaration is usual."""
        from xml.parsers import expat

        self._max_depth = max_depth
        self._depth = 0
        self._local = _Local()
        self._error = expat.ExpatError
        self._message = expat.ErrorString
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = self._entity
        if declared:
            parser.UseForeignDTD(True)  # else an entity that only the declaration knows would be an error
            parser.SkippedEntityHandler = self._skipped
        else:
            parser.StartDoctypeDeclHandler = self._doctype
        self._parser = parser

    def feed(self, data: bytes, last: bool = False) -> None:
        """The next piece. Raises Refused; what was read before can be taken all the same."""
        try:
            self._parser.Parse(data, last)
        except self._error as error:
            why = self._message(error.code) or "error"
            raise Refused(f"XML: {why} at line {error.lineno}") from error
        except (LookupError, ValueError) as error:  # a charset that Python does not know, or that is none
            raise Refused("XML in an unknown charset") from error

    @abstractmethod
    def _start(self, tag: str, attributes: list[str]) -> None: ...

    @abstractmethod
    def _end(self, tag: str) -> None: ...

    @abstractmethod
    def _characters(self, text: str) -> None: ...

    def _too_deep(self) -> Refused:
        """To be raised where `_depth`, which every reader counts itself, is above `_max_depth`."""
        return Refused(f"more than {self._max_depth} XML elements inside one another")

    def _doctype(self, *_: Any) -> None:
        raise Refused("XML with a document type declaration")

    def _entity(self, *_: Any) -> None:
        raise Refused("XML that declares entities")

    def _skipped(self, name: str, is_parameter: bool) -> None:
        """An entity of HTML, which stands in a declaration that is not fetched."""
        from html.entities import html5

        if not is_parameter:
            self._characters(html5.get(f"{name};", f"&{name};"))
