"""Screens: what they find, what they refuse, and what they do not hold."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.errors import StoreCorrupt, StoreTooNew
from dlp.fingerprint import TEXT_SCALE, Selector, fold
from dlp.match import screen as matching
from dlp.match.screen import LEAST, ScreenMatcher
from dlp.model import PassageFinding, Text
from dlp.registry.screen import MAGIC, SPARE, Screen, screen_bytes, screen_from

KEY = bytes(range(32))
WORDS = random.Random(5)
SECRET = " ".join("".join(WORDS.choices("abcdefghijklmnopqrstuvwxyz", k=WORDS.randint(3, 9))) for _ in range(400))


def shingles(text: str) -> set[int]:
    selector = Selector(TEXT_SCALE)
    selector.feed(text.encode())
    return set(selector.finish()[0])


SCREEN = screen_from(screen_bytes(KEY, {"secret": shingles(SECRET)}), KEY, "s")


def found(text: str, size: int = 1 << 20, screen: Screen = SCREEN) -> list[PassageFinding]:
    listener = ScreenMatcher(screen, str.upper).listen(Text(("f",), "text", iter(()), []))
    assert listener
    data = text.encode()
    for at in range(0, len(data), size):
        listener.feed(data[at : at + size])
    return [each for each in listener.finish() if isinstance(each, PassageFinding)]


@settings(deadline=None)
@given(st.integers(0, 1500), st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_so_many_symbols_in_a_row_are_always_found(start: int, around: str) -> None:
    end = start
    while len(fold(SECRET[start:end].encode())) < LEAST:
        end += 1
    text = f"{around}\n{SECRET[start:end]}\n{around}"
    assert found(text)


def test_a_finding_names_label_place_and_amount_and_no_document() -> None:
    (one,) = found("nothing of it\n  " + SECRET[100:900] + "\nnothing of it")
    assert (one.document.label, one.document.name, one.span.line) == ("secret", "registered text", 2)
    assert 500 < one.evidence <= 800
    assert one.excerpt.isupper()


def test_where_the_text_is_cut_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\n".join(f"filler line {number}" for number in range(500)) + "\n" + SECRET[:300] + "\n" + "x y " * 3000
    whole = found(text)
    monkeypatch.setattr(matching, "WINDOW", 6000)
    cut = found(text, 1000)
    assert [each.span for each in cut] == [each.span for each in whole]


def test_other_text_is_not_found() -> None:
    other = " ".join("".join(WORDS.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(20_000))
    assert found(other) == []


def test_one_shingle_in_a_million_is_taken_for_another_s() -> None:
    many = Screen(KEY, []), screen_from(screen_bytes(KEY, {"l": set(range(1, 3000))}), KEY, "s")
    assert many[0].label(5) == -1
    assert all(many[1].label(each) == 0 for each in range(1, 3000))
    wrong = sum(many[1].label(each) >= 0 for each in range(1 << 40, (1 << 40) + 200_000))
    assert wrong <= 200_000 / 2**SPARE * 20 + 3


def test_golden() -> None:
    made = screen_bytes(KEY, {"a": {1, 2, 3}, "b": {4}})
    assert hashlib.sha256(made).hexdigest() == "4c51a39235252f1e7759ac8917015de00bba2265d42cd15258a642c53186ffdd"


@settings(deadline=None)
@given(st.data())
def test_a_torn_or_tampered_file_is_refused(data: st.DataObject) -> None:
    whole = screen_bytes(KEY, {"a": set(range(50))})
    at = data.draw(st.integers(0, len(whole) - 1))
    spoiled = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    for each in (spoiled, whole[:at]):
        with pytest.raises((StoreCorrupt, StoreTooNew)):
            screen_from(each, KEY, "s")
    with pytest.raises(StoreCorrupt, match="not the one"):
        screen_from(whole, bytes(32), "s")
    assert whole.startswith(MAGIC)


def test_without_its_key_it_says_nothing_of_a_guess(tmp_path: Path) -> None:
    one, other = (screen_bytes(key, {"a": shingles(SECRET)}) for key in (KEY, bytes(32)))
    assert one != other
    assert SECRET[:20].encode() not in one
