"""Entities that an XML file defines itself, put in up to a bound."""

from __future__ import annotations

import html
import re


class Entities:
    """What a document type declaration defines, put in bounded."""

    _DEFINE = re.compile(r"""<!ENTITY\s++([^\s%"'>]{1,100})\s++(?:"([^"]*+)"|'([^']*+)')""")
    _USE = re.compile(r"&([^\s&;#]{1,100});")
    MOST = 1 << 20
    """Characters that all of a document's entities may come to."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}
        self._left = self.MOST
        self.exceeded = False

    def define(self, declaration: str) -> None:
        """Keeps what is defined in the file itself; what stands elsewhere is never fetched."""
        for match in self._DEFINE.finditer(declaration):
            self._values.setdefault(match[1], match[2] or match[3] or "")

    def expand(self, text: str) -> str:
        """`text` with its references replaced, entities inside entities up to three deep."""
        if self._values:
            for _ in range(3):
                put = self._USE.sub(self._put, text)
                if put == text:
                    break
                text = put
        return html.unescape(text)

    def _put(self, match: re.Match[str]) -> str:
        value = self._values.get(match[1])
        if value is None:
            return match[0]
        if len(value) > self._left:
            self.exceeded = True
            return match[0]
        self._left -= len(value)
        return value
