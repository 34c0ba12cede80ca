"""What people do to a text's words: change a share of them, take an excerpt, put it into another text, cut it up.

A word is a run of letters and digits, with what joins them and without the punctuation around them; an ideograph or
kana is a word of its own. Shares run from 0 to 1, of the words, and are rounded to whole words. All that is not
edited stays as it is, to the space.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random
from string import ascii_lowercase

from dlp.trial.words import word

_ALONE = "\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_ALONE}]|[^\W_{_ALONE}](?:[^\s{_ALONE}]*[^\W_{_ALONE}])?")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n\s*\n|(?<=[。！？])")  # noqa: RUF001  # full-width ones end one, too

Span = tuple[int, int]


def spans(text: str) -> list[Span]:
    """Where each word stands: (start, end) in characters."""
    return [each.span() for each in _WORD.finditer(text)]


def words(text: str) -> list[str]:
    """The words, in order."""
    return _WORD.findall(text)


def replaced(text: str, share: float, chance: Random) -> str:
    """That share of the words replaced by others."""
    places = spans(text)
    new = {}
    for each in _some(len(places), share, chance):
        old = text[slice(*places[each])]
        other = word(chance)
        while other == old.casefold():
            other = word(chance)
        new[each] = other.upper() if old.isupper() and len(old) > 1 else other.title() if old[0].isupper() else other
    return _edited(text, places, new)


def inserted(text: str, share: float, chance: Random) -> str:
    """Words put in before that share of the words."""
    places = spans(text)
    return _edited(
        text,
        places,
        {each: f"{word(chance)} {text[slice(*places[each])]}" for each in _some(len(places), share, chance)},
    )


def deleted(text: str, share: float, chance: Random) -> str:
    """That share of the words taken out."""
    places = spans(text)
    return _edited(text, places, dict.fromkeys(_some(len(places), share, chance), ""))


def swapped(text: str, share: float, chance: Random) -> str:
    """Neighbours exchanged, so that that share of the words (an even number) is not where it was."""
    places = spans(text)
    pairs = range(chance.randrange(2) if len(places) % 2 else 0, len(places) - 1, 2)
    new = {}
    for first in chance.sample(pairs, min(round(share * len(places) / 2), len(pairs))):
        new[first], new[first + 1] = text[slice(*places[first + 1])], text[slice(*places[first])]
    return _edited(text, places, new)


def lettered(text: str, every: int, chance: Random) -> str:
    """A letter put into every word whose number can be divided by `every`."""
    places = spans(text)
    new = {}
    for each in range(every - 1, len(places), every):
        old = text[slice(*places[each])]
        at = chance.randint(1, max(1, len(old) - 1))
        new[each] = old[:at] + chance.choice(ascii_lowercase) + old[at:]
    return _edited(text, places, new)


def excerpt(text: str, count: int, chance: Random) -> str:
    """`count` words in a row, from a random place. Raises ValueError where there are not so many."""
    places = spans(text)
    if not 0 < count <= len(places):
        raise ValueError(f"there are {len(places)} words, and an excerpt of {count} was asked for")
    first = chance.randrange(len(places) - count + 1)
    return text[places[first][0] : places[first + count - 1][1]]


def planted(passage: str, carrier: str, chance: Random) -> str:
    """`passage` between two words of `carrier`. Raises ValueError where the carrier has fewer than two."""
    at, _ = chance.choice(_two_or_more(spans(carrier))[1:])
    return f"{carrier[:at]}{passage} {carrier[at:]}"


def sentences(text: str) -> list[str]:
    """Sentences, without the space around them; where there is no punctuation, paragraphs."""
    return [stripped for each in _SENTENCE_END.split(text) if (stripped := each.strip())]


def fragments(text: str, count: int) -> list[str]:
    """`text` in consecutive fragments of `count` words (the last may have fewer); they add up to it."""
    begins = [start for start, _ in spans(text)[::count]][1:]
    return [text[start:end] for start, end in zip([0, *begins], [*begins, len(text)], strict=True)]


def dealt(parts: Sequence[str], hands: int) -> list[str]:
    """`parts` dealt out in turn, each hand's on lines of their own; no hand is empty, so there may be fewer."""
    return ["\n".join(parts[hand::hands]) for hand in range(min(hands, len(parts)))]


def _two_or_more(places: list[Span]) -> list[Span]:
    if len(places) < 2:
        raise ValueError("a carrier has at least two words")
    return places


def _some(count: int, share: float, chance: Random) -> list[int]:
    return chance.sample(range(count), round(share * count))


def _edited(text: str, places: Sequence[Span], new: Mapping[int, str]) -> str:
    """`text` with other words in some places. Where no space kept an old word from its neighbours, one is put in."""
    out = []
    done = 0
    changed = False
    for each, (start, end) in enumerate(places):
        gap = text[done:start]
        if each and (changed or each in new) and not re.search(r"\s", gap):
            gap += " "
        changed = each in new
        out += [gap, new.get(each, text[start:end])]
        done = end
    return "".join([*out, text[done:]])
