"""Fonts that say in UTF-8 what PDF takes for UTF-16: Cyrillic words then read as Korean."""

from __future__ import annotations

import re

LEAST = 8
"""Such characters on a page, at least, before they are taken for what they are not."""

_SYLLABLES = re.compile("[\uac00-\ud7ff]")


def mended(text: str) -> str | None:
    """The text as it was meant; None where it is what it says.

    A character of two bytes in UTF-8 stands for one of U+C280 to U+D7BF, the lower byte from 80 to BF. Of Korean
    that a person wrote three of four have another lower byte.
    """
    wide = _SYLLABLES.findall(text)
    if len(wide) < LEAST or not all(ord(each) >> 8 >= 0xC2 and 0x80 <= ord(each) & 255 <= 0xBF for each in wide):
        return None
    return _SYLLABLES.sub(lambda found: ord(found[0]).to_bytes(2, "big").decode("utf-8", "replace"), text)
