"""The elements of a small part, one after the other: for parts that say where others are. As far as it can be read."""

from __future__ import annotations

from typing import Any, NamedTuple

_MOST = 200_000


class Element(NamedTuple):
    """Name and attributes; the names are as they stand and local ones, without a namespace. Local names win."""

    name: str
    attributes: dict[str, str]


def elements(data: bytes) -> list[Element]:
    """In the order of their beginning, at most 200,000. Stops at whatever is not right; a document type declaration
    is passed over, entities are not. Raises nothing."""
    from xml.parsers import expat

    found: list[Element] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if len(found) >= _MOST:
            raise ValueError
        local = {name.rpartition(":")[2]: value for name, value in attributes.items()}
        found.append(Element(tag.rpartition(":")[2], attributes | local))

    def refuse(*_: Any) -> None:
        raise ValueError

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError):
        return found
    return found
