"""The ways to hide a document that a trial tries: each an entry in MUTANTS."""

from __future__ import annotations

import functools
from collections.abc import Callable
from random import Random

import msgspec

from dlp.trial import disguises, edits
from dlp.trial.words import pieces, prose

Files = dict[str, bytes]
"""Contents by name of a file, a plain name without folders. The last part of the name says what is inside."""

Edit = Callable[[str, Random], str]

FEWEST = 20
"""Words of a text below which there is nothing to hide."""

SHARES = (0.05, 0.1, 0.2)
EXCERPTS = (20, 30, 50, 100)
CARRIERS = (1_000, 5_000, 50_000)
HANDS = 10
"""Files that a document is split over."""


class Mutant(msgspec.Struct, frozen=True):
    """One way to hide a text.

    `make` depends on nothing but the text and the chance it is given, and changes neither. `random`: whether chance
    has a say, so that trying again is worth while. `least`: words that a text must have. `together`: its files leave
    together, and are scanned as one set.
    """

    family: str
    variant: str
    make: Callable[[str, Random], Files]
    random: bool = True
    least: int = FEWEST
    together: bool = False


def as_text(edit: Edit) -> Callable[[str, Random], Files]:
    """A plain text file of what `edit` makes: the usual case."""
    return lambda text, chance: {"text.txt": edit(text, chance).encode()}


def _disguise(family: str, edit: Edit, variant: str = "", *, random: bool = True) -> Mutant:
    return Mutant(family, variant, as_text(edit), random)


def _shares(family: str, edit: Callable[[str, float, Random], str]) -> tuple[Mutant, ...]:
    return tuple(
        Mutant(family, f"{share:.0%} of the words", as_text(functools.partial(_by_share, edit, share)))
        for share in SHARES
    )


def _by_share(edit: Callable[[str, float, Random], str], share: float, text: str, chance: Random) -> str:
    return edit(text, share, chance)


def _lettered(every: int) -> Mutant:
    def edit(text: str, chance: Random) -> str:
        return edits.lettered(text, every, chance)

    return _disguise("inserted characters", edit, f"a letter in every {every}th word")


def _shuffled(text: str, chance: Random) -> str:
    parts = edits.sentences(text)
    return " ".join(chance.sample(parts, len(parts)))


def _lines_reversed(text: str, _: Random) -> str:
    return "\n".join(reversed(text.splitlines()))


_avoided = functools.lru_cache(maxsize=1)(pieces)
"""The pieces of the one text that a trial is about."""


def _excerpt(count: int, carrier: int) -> Mutant:
    def edit(text: str, chance: Random) -> str:
        return edits.planted(edits.excerpt(text, count, chance), prose(carrier, chance, _avoided(text)), chance)

    return Mutant(f"excerpt of {count} words", f"in a carrier of {carrier:,}", as_text(edit), least=3 * count)


def _split(variant: str, cut: Callable[[str], list[str]]) -> Mutant:
    def make(text: str, _: Random) -> Files:
        hands = edits.dealt(cut(text), HANDS)
        return {f"part-{number}.txt": hand.encode() for number, hand in enumerate(hands, 1)}

    return Mutant(f"split over {HANDS} files", variant, make, random=False, least=300, together=True)


def _tenths(text: str) -> list[str]:
    return edits.fragments(text, -(-len(edits.spans(text)) // HANDS))


MUTANTS: tuple[Mutant, ...] = (
    _disguise("unchanged text", lambda text, _: text, random=False),
    _disguise("zero-width characters", disguises.zero_width),
    _disguise("soft hyphens", disguises.soft_hyphens),
    _disguise("bidi controls", disguises.bidi_controls, "scattered"),
    _disguise("bidi controls", disguises.backwards, "words written backwards", random=False),
    _disguise("combining marks", disguises.combining_marks),
    _disguise("homoglyphs", disguises.homoglyphs),
    _disguise("full-width", disguises.full_width, random=False),
    _disguise("leet", disguises.leet, random=False),
    _disguise("letter-spacing", disguises.spaced_letters, random=False),
    _disguise("hyphenation at line ends", disguises.hyphenated),
    _disguise("case", disguises.upper, "upper", random=False),
    _disguise("case", disguises.lower, "lower", random=False),
    _disguise("case", disguises.alternating, "alternating", random=False),
    _disguise("inserted characters", disguises.punctuated, "punctuation between words"),
    *(_lettered(every) for every in (20, 10, 5)),
    *_shares("words replaced", edits.replaced),
    *_shares("words inserted", edits.inserted),
    *_shares("words deleted", edits.deleted),
    *_shares("neighbouring words swapped", edits.swapped),
    _disguise("sentences shuffled", _shuffled),
    _disguise("lines reversed", _lines_reversed, random=False),
    *(_excerpt(count, carrier) for count in EXCERPTS for carrier in CARRIERS),
    _split("a tenth each", _tenths),
    _split("sentences in turn", edits.sentences),
    _split("ten words in turn", lambda text: edits.fragments(text, 10)),
)
"""Every way, in the order of the report; the first is the control. To add one is an entry here."""
