"""The two sides of a passage are laid word beside word."""

from __future__ import annotations

import time
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.fingerprint import fold, split_words
from dlp.match.places import decode as _characters
from dlp.match.sides import FILLER, MOST_CHARACTERS, MOST_WORDS, alone, pair, pair_with_sketch
from dlp.model import Sides

SOURCE = "Charge the resin into the vessel, and stir at 60 degrees until the grind gauge reads seven."


def operations(sides: Sides) -> list[tuple[str, str, str | None]]:
    return [
        (
            each.kind,
            sides.scanned[slice(*each.scanned)].strip(),
            None if each.source is None or sides.source is None else sides.source[slice(*each.source)].strip(),
        )
        for each in sides.operations
    ]


def codes(text: str) -> array[int]:
    return split_words(text.encode())[0]


def test_what_is_gone_and_what_was_added_stand_between_what_both_have() -> None:
    scanned = "Charge the resin in the vessel, and slowly stir at 60 degrees until the gauge reads seven."
    assert operations(pair(scanned, SOURCE)) == [
        ("equal", "Charge the resin", "Charge the resin"),
        ("delete", "", "into"),
        ("insert", "in", ""),
        ("equal", "the vessel, and", "the vessel, and"),
        ("insert", "slowly", ""),
        ("equal", "stir at 60 degrees until the", "stir at 60 degrees until the"),
        ("delete", "", "grind"),
        ("equal", "gauge reads seven.", "gauge reads seven."),
    ]


def test_words_that_are_only_written_otherwise_are_the_same() -> None:
    scanned = "CHARGE the r\u0435sin into\u200b the\n\nvessel; and stir"
    kinds = {kind: text for kind, text, _ in operations(pair(scanned, "Charge the resin into the vessel, and stir"))}
    assert set(kinds) == {"equal", "same"}
    assert [text for kind, text, _ in operations(pair(scanned, SOURCE[:42])) if kind == "same"] == [
        "CHARGE", "r\u0435sin into\u200b", "vessel;",
    ]  # fmt: skip


texts = st.text(st.sampled_from("ab \n.\u200b\u0301é配合\ufffd"), max_size=60)


@given(texts, texts)
def test_the_operations_are_all_of_both_sides_in_order(scanned: str, source: str) -> None:
    sides = pair(scanned, source)
    for which, text, given_text in (("scanned", sides.scanned, scanned), ("source", sides.source, source)):
        assert text in (given_text, "")
        at = 0
        for operation in sides.operations:
            start, end = getattr(operation, which)
            assert start == at <= end
            at = end
        assert at == len(text or "")
    assert not sides.cut
    for operation in sides.operations:
        one, other = sides.scanned[slice(*operation.scanned)], (sides.source or "")[slice(*operation.source or ())]
        if operation.kind in ("equal", "same"):
            assert fold(one.encode()) == fold(other.encode()) != b""
        else:
            assert "" in (one, other)


def test_the_words_in_common_are_as_many_as_can_be() -> None:
    sides = pair("a1 b2 c3 d4 e5 f6", "b2 d4 a1 c3 e5 d4 f6")
    assert sum(each.words for each in sides.operations if each.kind == "equal") == 4


def test_a_word_or_two_of_nothing_do_not_pair_amid_words_that_differ() -> None:
    sides = pair("Charge a vessel with resin of ours and stir", "Charge the kettle by hand of old and stir")
    assert [kind for kind, _, _ in operations(sides)] == ["equal", "delete", "insert", "equal"]


def test_a_long_side_is_cut_and_that_is_said() -> None:
    sides = pair("word " * (MOST_WORDS + 1), "word " * MOST_WORDS)
    assert (sides.cut, len(sides.scanned)) == (True, 5 * MOST_WORDS)
    assert not pair("word " * MOST_WORDS, "word " * MOST_WORDS).cut
    assert pair("x" * (MOST_CHARACTERS + 1), "x").cut


@pytest.mark.parametrize(
    ("scanned", "source"),
    [
        ("a " * MOST_WORDS, "a " * MOST_WORDS),
        ("a b " * 2500, "b a " * 2500),
        ("a b a a b " * 1000, "b a b b a " * 1000),
        (" ".join(f"w{n % 7 * n % 11}" for n in range(5000)), " ".join(f"w{n % 5 * n % 13}" for n in range(5000))),
    ],
)
def test_no_text_takes_long(scanned: str, source: str) -> None:
    begun = time.monotonic()
    pair(scanned, source)
    assert time.monotonic() - begun < 2


def test_a_sketch_tells_which_words_have_a_pair_and_how_many_are_gone() -> None:
    document = "Before it stands something else. " * 30 + SOURCE + " And something else stands behind it." * 30
    scanned = "Charge the resin into the vessel, and slowly stir at 60 degrees until the gauge reads seven."
    sides = pair_with_sketch(scanned, codes(document))
    assert (sides.source, sides.paired) == (None, True)
    assert operations(sides) == [
        ("equal", "Charge the resin into the vessel, and", None),
        ("insert", "slowly", None),
        ("equal", "stir at 60 degrees until the", None),
        ("delete", "", None),
        ("equal", "gauge reads seven.", None),
    ]
    assert [each.words for each in sides.operations if each.kind == "delete"] == [1]


def test_where_nothing_stands_between_the_texts_of_a_document_nothing_is_gone() -> None:
    document = codes("one two three four") + array("H", [FILLER]) + codes("five six seven eight")
    sides = pair_with_sketch("one two three four five six seven eight", document)
    assert {each.kind for each in sides.operations} == {"equal"}


def test_without_a_pair_the_words_stand_alone() -> None:
    for sides in (pair_with_sketch(SOURCE, codes("nothing of it at all")), alone(SOURCE)):
        assert operations(sides) == [("equal", SOURCE, None)]
        assert not sides.paired


@given(st.binary(max_size=40))
def test_characters_are_counted_as_the_kernel_counts_them(data: bytes) -> None:
    assert len(_characters(bytearray(data))) == sum(byte & 0xC0 != 0x80 for byte in data)
