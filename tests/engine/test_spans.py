"""Where a passage is said to stand, it stands: in the scanned text and in the document."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.fingerprint import TEXT_SCALE
from dlp.model import PassageFinding

from .conftest import SECRET
from .disguise import disguised
from .engine import Engine, folded, prose

EDGE = TEXT_SCALE.w - 1
"""Symbols at either end of a run that winnowing may leave out, or a part of a word."""

PLACES = st.integers(0, len(SECRET) - 400)
AROUND = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


def check_lines(text: str, found: PassageFinding) -> None:
    before = text[: found.span.start]
    assert found.span.line == before.count("\n") + 1
    assert found.span.column == found.span.start - (before.rfind("\n") + 1) + 1


@settings(max_examples=200, deadline=None)
@given(start=PLACES, length=st.integers(80, 320), before=AROUND, after=AROUND)
def test_both_spans_of_a_verbatim_copy_hold_the_same_symbols(
    registered: Engine, start: int, length: int, before: str, after: str
) -> None:
    excerpt = SECRET[start : start + length]
    text = f"{before} 9876543210\n{excerpt}\n0123456789 {after}"
    (found,) = registered.passages(text)
    symbols = folded(text[found.span.start : found.span.end])
    assert symbols[2 * EDGE : -2 * EDGE] in folded(SECRET[found.source_span.start : found.source_span.end])
    assert folded(excerpt)[2 * EDGE : -2 * EDGE] in symbols
    assert 0 <= len(symbols) - found.length <= 4  # a passage may begin and end within a letter of several symbols
    assert found.similarity > 0.9  # a word that the excerpt cuts off is paired with the whole one
    check_lines(text, found)


@settings(max_examples=200, deadline=None)
@given(start=PLACES, seed=st.integers(0, 1 << 32), letters=st.floats(0, 1), between=st.floats(0, 1), before=AROUND)
def test_both_spans_of_a_disguised_copy_hold_the_same_symbols(
    registered: Engine, start: int, seed: int, letters: float, between: float, before: str
) -> None:
    excerpt = SECRET[start : start + 100]
    text = f"{before} 9876543210\n{disguised(excerpt, seed, letters=letters, between=between)}\n0123456789"
    (found,) = registered.passages(text)
    symbols = folded(text[found.span.start : found.span.end])
    assert symbols[2 * EDGE : -2 * EDGE] in folded(SECRET[found.source_span.start : found.source_span.end])
    assert folded(excerpt)[2 * EDGE : -2 * EDGE] in symbols
    check_lines(text, found)


def test_characters_are_counted_as_python_reads_them_in_every_charset(registered: Engine) -> None:
    text = "💧 Ünïcödé \r\n\u2028 \x85 e\u0301\n" * 9 + SECRET[1000:1400] + "\n💧"
    expected = text.index(SECRET[1000:1400])
    spans = [registered.passages(text.encode(codec))[0].span for codec in ("utf-8", "utf-8-sig", "utf-16", "utf-32")]
    assert spans == [spans[0]] * 4
    assert 0 <= spans[0].start - expected <= 2 * EDGE
    assert (spans[0].line, spans[0].column) == (19, spans[0].start - expected + 1)


def test_the_place_in_the_document_is_a_line_of_it(engine: Engine) -> None:
    lines = [prose(line, 40) for line in range(30)]
    engine.register("\n".join(lines), name="lines")
    (found,) = engine.passages("see:\n\n" + lines[17])
    assert (found.span.locator, found.source_span.locator) == ("line 3", "line 18")


def test_findings_stand_in_the_order_of_the_text(engine: Engine) -> None:
    documents = [prose(20 + number, 60) for number in range(5)]
    engine.register(*documents)
    found = engine.passages("\n\n".join(documents[number] for number in (3, 0, 4, 1, 2)))
    assert [each.document.name for each in found] == [f"document-{number}" for number in (3, 0, 4, 1, 2)]


def test_an_excerpt_shows_no_two_letters_in_a_row(registered: Engine) -> None:
    for each in registered.passages(SECRET):
        assert each.excerpt
        shown = "".join(letter if letter.isalnum() else " " for letter in each.excerpt)
        assert max(map(len, shown.split()), default=0) <= 1
