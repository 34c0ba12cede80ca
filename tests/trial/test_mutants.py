"""Mutants: disguises hide nothing from folding, carriers say nothing of the document, and all of it can be repeated."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.fingerprint import fold
from dlp.trial import disguises, edits, mutants
from dlp.trial.mutants import MUTANTS, Mutant
from dlp.trial.words import WORDS, pieces, prose

LETTERS = st.characters(codec="utf-8", max_codepoint=0x24F) | st.sampled_from("αβγдежשלוםनमस्ते中文の한글,.\n ")
TEXTS = st.text(LETTERS, max_size=120)
CHANCE = st.integers(0, 99).map(Random)

FOLDED_AWAY = [
    disguises.zero_width,
    disguises.soft_hyphens,
    disguises.bidi_controls,
    disguises.combining_marks,
    disguises.spaced_letters,
    disguises.hyphenated,
    disguises.full_width,
    disguises.leet,
    disguises.punctuated,
    disguises.lower,
    disguises.upper,
    disguises.alternating,
]
SECRET = prose(400, Random("secret"))


@pytest.mark.parametrize("disguise", FOLDED_AWAY, ids=lambda each: each.__name__)
@given(TEXTS, CHANCE)
def test_disguises_fold_to_the_same_symbols(disguise: Callable[[str, Random], str], text: str, chance: Random) -> None:
    assert fold(disguise(text, chance).encode()) == fold(text.encode())


@given(st.text(st.characters(codec="utf-8", exclude_characters="cC")), CHANCE)
def test_look_alike_letters_fold_to_those_they_look_like(text: str, chance: Random) -> None:
    """But for the lunate sigma: folding takes it for the sigma that it stands for, not for the c it looks like."""
    assert fold(disguises.homoglyphs(text, chance).encode()) == fold(text.encode())


def test_a_word_written_backwards_is_one_in_controls() -> None:
    assert disguises.backwards("ab, cd", Random()) == "\u202eba\u202c, \u202edc\u202c"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: f"{each.family} {each.variant}")
def test_a_mutant_is_the_same_for_the_same_chance_and_changes_the_text(mutant: Mutant) -> None:
    text = "\n".join(f"{line.capitalize()}." for line in SECRET.split(". "))
    made = mutant.make(text, Random(1))
    assert made == mutant.make(text, Random(1))
    assert mutant.random == (made != mutant.make(text, Random(2)))
    assert mutant.together == (len(made) > 1)
    assert (made == {"text.txt": text.encode()}) == (mutant is MUTANTS[0])
    assert all(name == name.strip("./") and "/" not in name for name in made)


def test_each_mutant_has_a_name_of_its_own() -> None:
    assert len({(each.family, each.variant) for each in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize(("count", "carrier"), [(20, 1_000), (100, 5_000)])
def test_an_excerpt_stands_in_its_carrier_once_and_is_all_that_the_two_share(count: int, carrier: int) -> None:
    (mutant,) = (
        each
        for each in MUTANTS
        if (each.family, each.variant) == (f"excerpt of {count} words", f"in a carrier of {carrier:,}")
    )
    made = mutant.make(SECRET, Random(3))["text.txt"].decode()
    words = edits.words(made)
    assert len(words) == count + carrier
    secret = edits.words(SECRET)
    whole = [secret[at : at + count] for at in range(len(secret) - count + 1)]
    (at,) = (at for at in range(len(words)) if words[at : at + count] in whole)
    folded = fold(" ".join(words[:at]).encode()), fold(" ".join(words[at + count :]).encode())
    hidden = fold(SECRET.encode())
    shared = {hidden[at : at + 20] for at in range(len(hidden) - 19)}
    assert not any(each[at : at + 20] in shared for each in folded for at in range(len(each) - 19))


def test_fragments_of_a_split_add_up_to_the_text() -> None:
    tenths, _, tens = (each for each in MUTANTS if each.together)
    parts = tenths.make(SECRET, Random())
    assert len(parts) == mutants.HANDS
    assert b"".join(parts.values()) == SECRET.encode()
    dealt = [each.decode().split() for each in tens.make(SECRET, Random()).values()]
    rounds = [hand[at : at + 10] for at in range(0, len(dealt[0]), 10) for hand in dealt]
    assert [word for each in rounds for word in each] == SECRET.split()


@given(st.integers(0, 400), CHANCE)
def test_prose_has_that_many_words_and_reads_like_some(count: int, chance: Random) -> None:
    made = prose(count, chance)
    assert len(edits.words(made)) == count
    for sentence in edits.sentences(made):
        assert sentence[0].isupper()
        assert sentence.endswith(".")


def test_words_are_plain_and_all_different() -> None:
    assert len(set(WORDS)) == len(WORDS)
    assert all(each.isascii() and each.isalpha() and each.islower() for each in WORDS)


def test_prose_holds_nothing_of_prose_that_it_is_to_avoid() -> None:
    said = prose(3_000, Random(1))
    folded = fold(said.encode())
    shared = {folded[at : at + 20] for at in range(len(folded))}
    other = fold(prose(3_000, Random(1), pieces(said)).encode())
    assert not any(other[at : at + 20] in shared for at in range(len(other) - 19))
