"""A masked excerpt shows where, never what."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dlp.report.excerpt import LIMIT, mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("", ""),
        ("The resin holds 38.5 % of PX-4411 (by mass).", "••• r•••• h•••• ••.• % •• ••-•••• (•• m•••)."),
        ("s e c r e t", "• • • • • •"),
        ("line one\n\tline two\u2028line\x1b[31m three", "l••• ••• l••• ••• l••••••• t••••"),
        ("p@$$w0rd! hunter2", "p•••••••• h••••••"),
        ("se\u200bcr\u200bet \u202etxt.exe", "s••••• •••.•••"),
        ("\ufdfa\ufdfa\ufdfa\ufdfa", "••••"),
        ("配合表と工程条件", "配•••••••"),
    ],
)
def test_masking(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_a_long_text_shows_both_ends_by_whole_words() -> None:
    text = "Charge the resin into the vessel " + "and stir " * 100_000 + "until the grind gauge reads seven"
    assert mask(text) == "C••••• ••• r•••• i••• ••• v••••• ••• … g•••• r•••• s••••"


def test_an_excerpt_has_a_least_size() -> None:
    assert len(mask("word " * 100, 12)) <= 12
    with pytest.raises(ValueError, match="12 characters or more"):
        mask("", 11)


any_text = st.text(st.characters(codec=None, exclude_categories=()), max_size=300)


@given(st.one_of(any_text, st.text("aB1 .-@\u200b\u0301", max_size=300)), st.integers(12, 100))
@example("Abcd" * 50, LIMIT)
@example("a1" * 3000, LIMIT)
def test_no_two_letters_or_digits_stay_together(text: str, limit: int) -> None:
    masked = mask(text, limit)
    assert len(masked) <= limit
    assert masked.isprintable()
    assert not re.search(r"[^\W_]{2}", masked)
    assert not any(char.isdigit() for char in masked)
    # nor do they when the reader closes the gaps: between any two letters shown, three at least are hidden
    shown = re.sub(r"[^\w•…]", "", masked)
    assert not re.search(r"[^\W_]•{0,2}[^\W_]", shown)
