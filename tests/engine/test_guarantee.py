"""THE guarantee: any t folded symbols of a registered document in a row are found, however they are written."""

from __future__ import annotations

import codecs
import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.fingerprint import BYTES_SCALE, Alphabet
from dlp.match.passage import LEAST

from .conftest import SECRET
from .disguise import BETWEEN, LOOK_ALIKE, disguised
from .engine import Engine, Listener, folded, prose

PLACES = st.integers(0, len(SECRET) - 80)
SEEDS = st.integers(0, 1 << 32)
AROUND = st.text(max_size=60) | st.sampled_from(["", "\n", "12345", prose(7, 30), "\0" * 9, "ab" * 20, "💧" * 5])


def shortest(start: int) -> str:
    """The shortest excerpt from character `start` on that has t folded symbols."""
    end = start + 1
    while len(folded(SECRET[start:end])) < LEAST:
        end += 1
    return SECRET[start:end]


@settings(max_examples=300, deadline=None)
@given(start=PLACES, before=AROUND, after=AROUND)
def test_an_excerpt_of_t_symbols_is_found_between_anything(
    listener: Listener, start: int, before: str, after: str
) -> None:
    text = before + shortest(start) + after
    assert listener.passages([text.encode("utf-8", "surrogatepass")])


@settings(max_examples=300, deadline=None)
@given(start=PLACES, seed=SEEDS, letters=st.floats(0, 1), between=st.floats(0, 1), around=AROUND)
def test_an_excerpt_of_t_symbols_is_found_in_any_disguise(
    listener: Listener, start: int, seed: int, letters: float, between: float, around: str
) -> None:
    text = around + disguised(shortest(start), seed, letters=letters, between=between) + "." + around
    assert listener.passages([text.encode("utf-8", "surrogatepass")])


@pytest.mark.parametrize("letter", sorted(LOOK_ALIKE))
def test_each_look_alike_counts_as_the_letter(letter: str) -> None:
    assert {shape: folded(shape) for shape in LOOK_ALIKE[letter]} == dict.fromkeys(LOOK_ALIKE[letter], folded(letter))


def test_what_shows_nothing_counts_for_nothing() -> None:
    assert {between: folded(between) for between in BETWEEN} == dict.fromkeys(BETWEEN, b"")


@settings(max_examples=200, deadline=None)
@given(start=PLACES, around=AROUND, cuts=st.lists(st.integers(0, 400), max_size=12))
def test_an_excerpt_is_found_wherever_a_chunk_ends(
    listener: Listener, start: int, around: str, cuts: list[int]
) -> None:
    content = (around + shortest(start) + around).encode("utf-8", "surrogatepass")
    places = sorted({0, len(content), *(cut for cut in cuts if cut < len(content))})
    chunks = [content[begin:end] for begin, end in itertools.pairwise(places)]
    found = listener.passages(chunks)
    assert found
    assert found == listener.passages([content]) == listener.passages([bytes([byte]) for byte in content])


@settings(max_examples=60, deadline=None)
@given(
    start=PLACES,
    charset=st.sampled_from(
        [
            ("utf-8", b""),
            ("utf-8", codecs.BOM_UTF8),
            ("utf-16-le", codecs.BOM_UTF16_LE),
            ("utf-16-be", codecs.BOM_UTF16_BE),
            ("utf-32-le", codecs.BOM_UTF32_LE),
            ("utf-32-be", codecs.BOM_UTF32_BE),
            ("utf-16-le", b""),
        ]
    ),
    seed=SEEDS,
)
def test_an_excerpt_is_found_in_any_unicode_charset(
    registered: Engine, start: int, charset: tuple[str, bytes], seed: int
) -> None:
    codec, mark = charset
    text = prose(seed + 2, 60) + "\n" + shortest(start) + "\n" + prose(seed + 3, 60)
    found = registered.passages(mark + text.encode(codec))
    assert [each.document.name for each in found] == ["secret"]
    assert registered.passages(text) == found


@pytest.mark.parametrize(
    ("codec", "line"),
    [("cp1252", 0), ("latin-1", 0), ("cp1252", 1), ("cp1251", 2), ("koi8-r", 2), ("iso8859-5", 2), ("cp1253", 3),
     ("cp1250", 4), ("iso8859-2", 4), ("gb18030", 5), ("cp932", 6), ("euc_jp", 6), ("cp949", 7)],
)  # fmt: skip
def test_a_paragraph_is_found_in_a_charset_of_its_country(registered: Engine, codec: str, line: int) -> None:
    paragraph = SECRET.splitlines()[1 + line]
    assert registered.passages(paragraph.encode(codec, "replace"))


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, start=st.integers(0, 4000 - BYTES_SCALE.threshold), before=st.integers(0, 200))
def test_63_bytes_of_a_file_without_text_are_found(binary: Engine, seed: int, start: int, before: int) -> None:
    excerpt = BINARY[start : start + BYTES_SCALE.threshold]
    carrier = HEAD + random.Random(seed + 12).randbytes(before) + excerpt + random.Random(seed + 13).randbytes(300)
    (found,) = binary.passages(carrier)
    assert found.document.name == "part"
    stretch = carrier[found.span.start : found.span.end]
    assert stretch == BINARY[found.source_span.start : found.source_span.end]


@settings(max_examples=60, deadline=None)
@given(start=st.integers(0, 4000 - BYTES_SCALE.threshold), cuts=st.lists(st.integers(1, 499), max_size=8))
def test_bytes_are_found_wherever_a_chunk_ends(bytes_listener: Listener, start: int, cuts: list[int]) -> None:
    content = bytes(range(200)) + BINARY[start : start + BYTES_SCALE.threshold] + bytes(240)
    places = sorted({0, *cuts, len(content)})
    chunks = [content[begin:end] for begin, end in itertools.pairwise(places)]
    found = bytes_listener.passages(chunks, Alphabet.BYTES)
    assert found
    assert found == bytes_listener.passages([content], Alphabet.BYTES)


HEAD = b"\0\xffpart\0\x01\x02\x03"
BINARY = HEAD + random.Random(11).randbytes(3990)


@pytest.fixture(scope="module")
def binary(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    engine = Engine(tmp_path_factory.mktemp("binary"))
    assert engine.register(BINARY, name="part") == ["new"]
    return engine


@pytest.fixture(scope="module")
def bytes_listener(binary: Engine) -> Listener:
    return Listener(binary)
