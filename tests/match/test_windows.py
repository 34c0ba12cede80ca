"""Windows of a text: what stands at a place is the same, however the text comes in chunks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dlp.match.places import decode
from dlp.match.windows import Window, Windows


@given(
    data=st.one_of(st.text(max_size=120).map(str.encode), st.binary(max_size=120)),
    places=st.lists(st.tuples(st.integers(0, 130), st.integers(0, 40)), max_size=6),
    cuts=st.lists(st.integers(1, 9), min_size=1, max_size=20),
    around=st.integers(0, 8),
    longest=st.integers(1, 30),
)
def test_a_window_is_what_slicing_the_whole_text_gives(
    data: bytes, places: list[tuple[int, int]], cuts: list[int], around: int, longest: int
) -> None:
    whole = decode(data)
    wanted = [(start, start + length + 1) for start, length in places]
    windows = Windows(wanted, around, longest)
    at, turn = 0, 0
    while at < len(data):
        step = cuts[turn % len(cuts)]
        windows.feed(data[at : at + step])
        at, turn = at + step, turn + 1
    expected = {}
    for start, end in wanted:
        if start < len(whole):
            to = min(end, start + longest)
            before, after = whole[max(0, start - around) : start], whole[to : to + around]
            expected[start, end] = Window(before, whole[start:to], after, end - start > longest)
    assert windows.finish() == expected
