from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.extract import raw
from dlp.extract.json_text import unescaped

from .samples import read, words


def _text(data: bytes) -> str:
    texts, skipped = read(data)
    assert not skipped
    assert len(texts) == 1
    return texts[0].text


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (r'{"k": "K\u00f6ln"}', '{"k": "Köln"}'),
        (r'{"k": "one\ntwo\r\nthree\t4"}', '{"k": "one two  three 4"}'),
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


def test_lines_stay_those_of_the_source() -> None:
    assert _text(b'[\n"a\\nb",\n"c\\u000ad"]').split("\n") == ["[", '"a b",', '"c d"]']


def test_one_long_line_is_streamed() -> None:
    data = b'{"k": "' + b"x\\u00e4" * raw.HEAD + b'"}'
    assert _text(data).count("ä") == raw.HEAD


def test_escapes_far_behind_the_beginning_are_put_in() -> None:
    assert "Köln" in _text(b'{"k": "' + b"x" * 3 * raw.HEAD + b'K\\u00f6ln"}')


def test_other_charsets_are_read() -> None:
    assert "Köln" in words('{"k": "K\\u00f6ln"}'.encode("utf-16"))


@given(st.lists(st.text(max_size=30), max_size=20), st.booleans(), st.integers(1, 40))
def test_cuts_change_nothing(values: list[str], ascii_only: bool, size: int) -> None:
    data = json.dumps(values, ensure_ascii=ascii_only).encode("utf-8", "replace")
    whole = b"".join(bytes(each) for each in unescaped(iter([data])))
    cut = [data[at : at + size] for at in range(0, len(data), size)]
    assert b"".join(bytes(each) for each in unescaped(iter(cut))) == whole
    assert [each for each in unescaped(iter(cut)) if not each] == []
