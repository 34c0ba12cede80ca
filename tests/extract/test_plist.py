from __future__ import annotations

import plistlib

import pytest

from dlp.model import Reason

from .samples import docx, paragraph, read
from .test_picture import place


def plist(value: object) -> bytes:
    return plistlib.dumps(value, fmt=plistlib.FMT_BINARY)


@pytest.mark.parametrize("words", ["marker words", "Größe des marker", "東京都千代田区", "x" * 5000])
def test_strings_of_either_kind_are_found(words: str) -> None:
    data = plist({"key": [1, {"inner": words}], "other": b"\0\1"})
    texts, skipped = read(data)
    assert not skipped
    assert words in texts[0].text.splitlines()
    assert place(data, words).startswith("object ")


def test_a_string_is_not_read_with_its_length() -> None:
    assert "k" * 97 in read(plist(["k" * 97]))[0][0].text.splitlines()


def test_files_in_data_are_blobs_and_text_in_data_is_text() -> None:
    texts, _ = read(plist({"a": docx(paragraph("marker words")), "b": b"text in data"}))
    assert "text in data" in texts[0].text
    assert any(len(text.provenance) == 2 and "marker words" in text.text for text in texts)


def test_keys_are_words_too() -> None:
    assert "marker-key" in read(plist({"marker-key": 1}))[0][0].text


@pytest.mark.parametrize("cut", [9, 20, 39, 100])
def test_a_list_cut_short_is_said_and_its_bytes_are_read(cut: int) -> None:
    data = plist({"key": "marker words", "other": list(range(50))})
    texts, skipped = read(data[: len(data) - cut])
    assert [each.reason for each in skipped] == [Reason.CORRUPT]
    assert any("marker words" in text.text for text in texts if text.alphabet == "text")


def test_objects_that_all_lie_in_one_place_are_read_within_bounds() -> None:
    data = bytearray(plist(["y" * 5000, *(f"{n}" for n in range(2000))]))
    table = int.from_bytes(data[-8:], "big")
    width = data[-26]
    large = bytes(data).index(b"\x5f\x11\x13\x88")
    for number in range(2001):
        data[table + number * width : table + (number + 1) * width] = large.to_bytes(width, "big")
    texts, skipped = read(bytes(data))
    assert sum(len(text.data) for text in texts) < 6 * len(data)
    assert Reason.CORRUPT in [each.reason for each in skipped]
