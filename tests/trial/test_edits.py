"""Edits: what is asked for is done, to the word, and nothing else."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.trial import edits

TEXTS = st.text("abcXYZ0_.,-é(中文の\u0301 \n", max_size=200)
SHARES = st.floats(0, 1)
CHANCE = st.integers(0, 99).map(Random)


def test_a_word_is_without_the_punctuation_around_it_and_with_that_inside() -> None:
    assert edits.words("“Well,” it's (half-done): 3.5 % — e.g. 中文 x_y _") == [
        "Well", "it's", "half-done", "3.5", "e.g", "中", "文", "x_y"
    ]  # fmt: skip


@given(TEXTS, SHARES, CHANCE)
def test_that_share_of_the_words_is_replaced_and_the_others_stand(text: str, share: float, chance: Random) -> None:
    before, after = edits.words(text), edits.words(edits.replaced(text, share, chance))
    assert len(after) == len(before)
    assert sum(a != b for a, b in zip(before, after, strict=True)) == round(share * len(before))


@given(TEXTS, SHARES, CHANCE)
def test_that_share_of_words_is_inserted_among_those_that_were_there(text: str, share: float, chance: Random) -> None:
    before, after = edits.words(text), edits.words(edits.inserted(text, share, chance))
    assert len(after) == len(before) + round(share * len(before))
    rest = iter(after)
    assert all(word in rest for word in before)


@given(TEXTS, SHARES, CHANCE)
def test_that_share_of_the_words_is_deleted(text: str, share: float, chance: Random) -> None:
    before, after = edits.words(text), edits.words(edits.deleted(text, share, chance))
    assert len(after) == len(before) - round(share * len(before))
    rest = iter(before)
    assert all(word in rest for word in after)


@given(st.integers(0, 300), SHARES, CHANCE)
def test_that_share_of_the_words_changes_places_with_a_neighbour(count: int, share: float, chance: Random) -> None:
    before = [f"w{number}" for number in range(count)]
    after = edits.words(edits.swapped(" ".join(before), share, chance))
    assert sorted(after) == sorted(before)
    moved = [number for number, word in enumerate(after) if word != before[number]]
    assert len(moved) == 2 * min(round(share * count / 2), count // 2)
    assert all(abs(before.index(after[number]) - number) == 1 for number in moved)


@given(TEXTS, CHANCE)
def test_swapping_keeps_the_words_of_any_script(text: str, chance: Random) -> None:
    assert Counter(edits.words(edits.swapped(text, 1, chance))) == Counter(edits.words(text))


@given(st.integers(0, 100), st.integers(1, 12), CHANCE)
def test_a_letter_stands_in_every_nth_word(count: int, every: int, chance: Random) -> None:
    before = [f"w{number}" for number in range(count)]
    after = edits.words(edits.lettered(" ".join(before), every, chance))
    assert [number for number in range(count) if after[number] != before[number]] == list(
        range(every - 1, count, every)
    )
    assert all(len(a) - len(b) in (0, 1) for a, b in zip(after, before, strict=True))


@given(TEXTS, st.integers(1, 40), CHANCE)
def test_an_excerpt_has_that_many_words_of_the_text_as_it_stands(text: str, count: int, chance: Random) -> None:
    if len(edits.words(text)) < count:
        with pytest.raises(ValueError, match="words, and an excerpt of"):
            edits.excerpt(text, count, chance)
        return
    made = edits.excerpt(text, count, chance)
    assert made in text
    assert len(edits.words(made)) == count


@given(st.text("ab ", min_size=1), st.integers(2, 50), CHANCE)
def test_what_is_planted_stands_in_the_carrier_and_leaves_it_as_it_was(
    passage: str, count: int, chance: Random
) -> None:
    carrier = " ".join(["other"] * count)
    made = edits.planted(f"<{passage}>", carrier, chance)
    assert made.count(f"<{passage}>") == 1
    assert made.replace(f"<{passage}> ", "") == carrier
    assert made.startswith("other")
    with pytest.raises(ValueError, match="carrier"):
        edits.planted(passage, "one", chance)


@given(TEXTS, st.integers(1, 12))
def test_fragments_add_up_to_the_text(text: str, count: int) -> None:
    made = edits.fragments(text, count)
    assert "".join(made) == text
    assert [len(edits.words(each)) for each in made[:-1]] == [count] * (len(made) - 1)
    assert len(edits.words(made[-1])) <= count


@given(st.lists(st.text("ab")), st.integers(1, 12))
def test_all_parts_are_dealt_and_no_hand_is_empty(parts: list[str], hands: int) -> None:
    made = [hand.split("\n") for hand in edits.dealt(parts, hands)]
    assert len(made) == min(hands, len(parts))
    assert [made[number % hands][number // hands] for number in range(len(parts))] == parts


@given(TEXTS)
def test_sentences_hold_all_that_is_said(text: str) -> None:
    assert "".join("".join(edits.sentences(text)).split()) == "".join(text.split())
