"""Which of the Latin charsets of one byte a text is in: the one in which its letters make up one language's alphabet.

charset-normalizer compares letter frequencies, and the few letters beyond ASCII hardly move those: it reads French
`après` as `aprčs`. No language has both `é` with `ç` and `č`, which is what this asks.
"""

# ruff: noqa: RUF001  # letters that look like others are the matter of this file

from __future__ import annotations

import re

CODECS = ("cp1252", "cp1250", "iso8859_2", "cp1254", "cp1257", "iso8859_15", "cp850", "cp852", "mac_roman")
"""In the order in which a tie is decided: by how common they are."""

SAMPLE = 1 << 14
"""Bytes looked at."""

ALPHABETS = (
    "äöüßé",  # German
    "éèàçùêâîôûëïüœæÿ",  # French
    "áéíóúñüï",  # Spanish, Irish
    "áâãàçéêíóôõúü",  # Portuguese
    "àèéìíòóùúçï·",  # Italian, Catalan
    "åäöéü",  # Swedish, Finnish
    "æøåéòóôü",  # Danish, Norwegian
    "éëïóöüèê",  # Dutch
    "ąćęłńóśźż",  # Polish
    "áčďéěíňóřšťúůýžäöüĺľôŕ",  # Czech, Slovak
    "áéíóöőúüű",  # Hungarian
    "ăâîșțşţ",  # Romanian
    "čćđšž",  # Croatian, Slovene, Bosnian
    "çğıöşüâîûi̇",  # Turkish
    "ąčęėįšųūž",  # Lithuanian
    "āčēģīķļņšūž",  # Latvian
    "äöõüšž",  # Estonian
    "áéíóúýþæöð",  # Icelandic: last, for Turkish letters stand where its own do
)
"""In the order in which a tie is decided, before that of the charsets."""
_SETS = tuple(frozenset(alphabet) for alphabet in ALPHABETS)

ENOUGH = 0.98
"""Share of the characters beyond ASCII that must be in one alphabet."""

_SIGNS = "\xa0¡¿«»“”„‘’‚–—…•·°§¶©®™€£¥¢±×÷²³¹¼½¾ªº´¨¸"
_ASCII = bytes(range(128))
_BEYOND = re.compile("[^\0-\x7f]")
_TORN = re.compile(rf"(?<=[a-z])[{_SIGNS.replace('’', '').replace('·', '')}](?=[a-z])")


def codec(window: bytes) -> str | None:
    """The charset of `window`, if it is Latin beyond doubt; None otherwise."""
    sample = window[:SAMPLE]
    if 3 * len(sample.translate(None, _ASCII)) > len(sample):  # Latin scripts have one such letter in four at most
        return None
    best: tuple[float, int] = (ENOUGH, -len(_SETS))
    found = None
    for name in CODECS:
        try:
            text = sample.decode(name).lower()
        except UnicodeDecodeError:
            continue
        # A sign between two letters is a letter of another charset: `ä` of DOS is a low quote of Windows.
        torn = len(_TORN.findall(text))
        letters = [each for each in _BEYOND.findall(text) if each not in _SIGNS]
        if name == "cp1252" and not letters and not torn:
            return name  # English with typographic quotes: no letter to go by, and the commonest of all
        if letters:
            hits = (sum(each in alphabet for each in letters) for alphabet in _SETS)
            score = max((count / (len(letters) + torn), -place) for place, count in enumerate(hits))
            if score > best:
                best, found = score, name
    return found
