from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.extract import raw
from dlp.extract.markup import json_text
from dlp.extract.markup.json_text import unescaped
from dlp.extract.runs import DECODED

from .samples import read, words


def _text(data: bytes) -> str:
    texts, skipped = read(data)
    assert not skipped
    assert all(each.marks[0].locator.endswith(DECODED) for each in texts[1:])
    return texts[0].text


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (r'{"k": "K\u00f6ln"}', '{"k": "Köln"}'),
        (r'{"k": "one\ntwo\r\nthree\t4"}', '{"k": "one\ntwo\r\nthree\t4"}'),
        (r'{"k": "https:\/\/example.org\/x"}', '{"k": "https://example.org/x"}'),
        (r'{"k": "C:\\new\\u0041"}', r'{"k": "C:\new\u0041"}'),
        (r'["\ud83d\ude00 \ud83d x"]', '["\U0001f600 ? x"]'),
        (r'{"\u006bey": 1}', '{"key": 1}'),
        (r'[{"not": "json" \u0041 "', '[{"not": "json" A "'),
        (r'{"regex": "\d+\x41"}', r'{"regex": "\d+\x41"}'),
    ],
)
def test_escapes_are_put_in(source: str, found: str) -> None:
    assert _text(source.encode()) == found


def test_marks_say_which_line_of_the_source_it_is() -> None:
    texts, _ = read('["ä",\n"a\\nb", "ö\\u000ac",\r\n"d"]'.encode())
    assert texts[0].text == '["ä",\n"a\nb", "ö\nc",\r\n"d"]'
    places = [texts[0].place(each) for each in ("ä", "b", "c", "d")]
    assert places == ["line 1", "line 2", "line 2", "line 3"]


def test_there_are_no_marks_without_line_breaks_among_the_escapes() -> None:
    texts, _ = read(b'["a\\tb",\n"\\u00e4"]')
    assert not texts[0].marks


def test_marks_begin_where_the_first_line_break_is_among_the_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "_EACH", 90_000)
    source = "[" + '"\\u00e4",\n' * 80_000 + '"first\\nbreak",\n' + '"xyz",\n' * 20_000 + '"the end"]'
    texts, _ = read(source.encode())
    assert texts[0].text == source.replace("\\n", "\n").replace("\\u00e4", "ä")
    assert texts[0].marks[0].start > texts[0].text.index("ä", 1000)  # lines before it are counted
    assert texts[0].place("first") == "line 80001"
    assert texts[0].place("the end") == "lines 99968 to 100031"


def test_one_long_line_is_streamed() -> None:
    data = b'{"k": "' + b"x\\u00e4" * raw.HEAD + b'"}'
    assert _text(data).count("ä") == raw.HEAD


def test_escapes_far_behind_the_beginning_are_put_in() -> None:
    assert "Köln" in _text(b'{"k": "' + b"x" * 3 * raw.HEAD + b'K\\u00f6ln"}')


def test_other_charsets_are_read() -> None:
    assert "Köln" in words('{"k": "K\\u00f6ln"}'.encode("utf-16"))


TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), max_size=20)


@given(TEXTS, st.booleans(), st.integers(1, 40))
def test_cuts_change_nothing(values: list[str], ascii_only: bool, size: int) -> None:
    data = json.dumps(values, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    whole = b"".join(put for _, put in unescaped(iter([data])))
    assert json.loads(data) == values
    pieces = list(unescaped(iter([data[at : at + size] for at in range(0, len(data), size)])))
    assert b"".join(put for _, put in pieces) == whole
    assert b"".join(source for source, _ in pieces) == data
