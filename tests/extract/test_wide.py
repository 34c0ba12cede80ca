from __future__ import annotations

import pytest

from dlp.extract.wide import WINDOW, wide_strings
from dlp.model import Mark

from .samples import read

SAMPLES = {
    "English": "marker words, all of them",
    "German": "Größe und Maße der Tür",
    "Russian": "Договор поставки оборудования",
    "Greek": "Συμφωνία εμπιστευτικότητας",
    "Arabic": "اتفاقية السرية بين الطرفين",
    "Japanese": "秘密保持契約書東京都千代田区丸の内一丁目",
    "Korean": "비밀유지계약서",
}
NOISE = b"\xf0\x01\xe3\x02\xfb\x11\xf7\x12" * 16


def found(data: bytes, piece: int = 1 << 16) -> tuple[str, list[Mark]]:
    marks: list[Mark] = []
    pieces = (data[at : at + piece] for at in range(0, len(data), piece))
    return b"".join(wide_strings(pieces, marks)).decode(), marks


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("language", SAMPLES)
@pytest.mark.parametrize("before", [0, 2, 128, WINDOW - 64, WINDOW - 10, WINDOW])
def test_strings_are_found_wherever_they_stand(codec: str, language: str, before: int) -> None:
    words = SAMPLES[language]
    data = (NOISE * (before // len(NOISE) + 1))[:before] + words.encode(codec) + b"\0\0" + NOISE
    text, _ = found(data)
    assert [line for line in text.splitlines() if words in line] != []
    assert text.count(words) == 1


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-32-le"])
@pytest.mark.parametrize("before", [1, 3, 7, WINDOW - 31])
def test_latin_strings_are_found_at_odd_bytes(codec: str, before: int) -> None:
    data = (NOISE * (before // len(NOISE) + 1))[:before] + "marker words".encode(codec) + b"\1\2\3" + NOISE
    assert found(data)[0].splitlines() == ["marker words"]


@pytest.mark.parametrize("piece", [1, 7, 1000, WINDOW])
def test_pieces_make_no_difference(piece: int) -> None:
    data = b"\1\2\3\4".join(words.encode("utf-16-le") for words in SAMPLES.values()) * 3
    assert found(data, piece) == found(data, len(data))


def test_a_string_longer_than_any_window_is_whole() -> None:
    words = " ".join(f"word{n}" for n in range(200_000))
    assert found(NOISE + words.encode("utf-16-le"))[0].replace("\n", "") == words


def test_marks_say_where() -> None:
    data = bytes(10_000) + "first words".encode("utf-16-le") + bytes(100_000) + "second words".encode("utf-16-le")
    text, marks = found(data)
    assert text == "first words\nsecond words\n"
    assert marks == [Mark(0, "UTF-16 text near byte 10000"), Mark(12, "UTF-16 text near byte 110022")]


@pytest.mark.parametrize("data", [bytes(100_000), b"plain words\n" * 5000, b"\xff" * 9999, b"a\0b\0c\0\1\2"])
def test_what_holds_no_such_strings_yields_nothing(data: bytes) -> None:
    assert found(data) == ("", [])


@pytest.mark.parametrize("before", [0, 1])
def test_what_looks_like_ideographs_hides_nothing(before: int) -> None:
    around = b"\x77\x55\x66\x88" * 40
    text, _ = found(bytes(before) + around + "marker words".encode("utf-16-le") + around)
    assert "marker words" in text


def test_strings_of_a_binary_file_are_read_once() -> None:
    texts, _ = read(b"\x7fELF\2\1\1" + NOISE + "marker words".encode("utf-16-le") + NOISE)
    assert [text.text.count("marker words") for text in texts if text.alphabet == "text"] == [0, 1]
