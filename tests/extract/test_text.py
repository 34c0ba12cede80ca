# ruff: noqa: RUF001  # the samples are in the scripts they are in

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.extract.raw import HEAD
from dlp.extract.recursion import extract
from dlp.extract.text import RAW, TextExtractor
from dlp.limits import Limits
from dlp.model import Blob, Reason, Skipped

from .samples import Drawn, blob, draw, read

FRENCH = "Le présent contrat est conclu entre la société Dupont, ci-après dénommée l'acheteur, et le vendeur. Ça ira. "
GERMAN = (
    "Dieser Vertrag über Geschäftsgeheimnisse wird für die Dauer geschlossen; Änderungen bedürfen der Schriftform. "
)
ENGLISH = "This Agreement’s “confidential” terms – as they stand – bind the parties’ successors. "
TURKISH = "Bu sözleşme taraflar arasında imzalanmış olup gizli bilgilerin korunmasına ilişkin şartları belirler. "
RUSSIAN = "Настоящий договор заключён между сторонами о поставке оборудования и услуг в срок до конца года. "
JAPANESE = "本契約は当事者間で締結され、秘密情報の取り扱いについて定めるものとする。\n"
KOREAN = "본 계약은 당사자 간에 체결되며 비밀 정보의 취급에 관하여 정한다. "
CHINESE = "本合同由双方签订,就保密信息的处理作出规定,任何一方不得泄露。\n"
TAIWAN = "本合約由雙方簽訂,就保密資訊之處理作出規定,任何一方不得洩露。\n"
POLISH = (
    "Niniejsza umowa została zawarta pomiędzy stronami, które zobowiązują się do zachowania poufności. Źródłowych. "
)
GREEK = "Η παρούσα σύμβαση συνάπτεται μεταξύ των μερών και ρυθμίζει την εμπιστευτικότητα των πληροφοριών. "
HEBREW = "הסכם זה נכרת בין הצדדים וקובע את סודיות המידע שיועבר ביניהם. "
ARABIC = "أبرم هذا العقد بين الطرفين وينظم سرية المعلومات المتبادلة بينهما. "

CHARSETS = [
    *[(text, codec) for text in (FRENCH, RUSSIAN, JAPANESE, CHINESE) for codec in ("utf-8", "utf-8-sig")],
    *[
        (text, codec)
        for text in (FRENCH, RUSSIAN, JAPANESE)
        for codec in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
    ],
    (FRENCH, "cp1252"),
    (FRENCH, "iso8859_1"),
    (FRENCH, "mac_roman"),
    (ENGLISH, "cp1252"),
    (TURKISH, "cp1254"),
    (GERMAN, "cp850"),
    (POLISH, "cp1250"),
    (GERMAN, "cp1252"),
    (POLISH, "iso8859_2"),
    (RUSSIAN, "cp1251"),
    (RUSSIAN, "koi8_r"),
    (RUSSIAN, "iso8859_5"),
    (JAPANESE, "shift_jis"),
    (JAPANESE, "euc_jp"),
    (JAPANESE, "iso2022_jp"),
    (KOREAN, "euc_kr"),
    (KOREAN, "iso2022_kr"),
    (CHINESE, "gb18030"),
    (TAIWAN, "big5"),
    (GREEK, "cp1253"),
    (HEBREW, "cp1255"),
    (ARABIC, "cp1256"),
]


def _texts(data: bytes, chunk: int = 1 << 18) -> list[Drawn]:
    texts, skipped, blobs = draw(TextExtractor(chunk).extract(blob(data), Limits()))
    assert not skipped
    assert not blobs
    return texts


@pytest.mark.parametrize(("text", "codec"), CHARSETS)
@pytest.mark.parametrize("length", [600, 5000, 150_000])
def test_a_text_is_read_whatever_its_charset(text: str, codec: str, length: int) -> None:
    content = (text * (length // len(text) + 1))[:length]
    assert _texts(content.encode(codec))[0].text == content


@pytest.mark.parametrize(("text", "codec"), CHARSETS)
def test_the_recursion_takes_every_charset_for_text(text: str, codec: str) -> None:
    content = text * 20
    texts, skipped = read(content.encode(codec))
    assert texts[0].text == content
    assert not skipped


@settings(max_examples=60, deadline=None)
@given(
    start=st.sampled_from(["", "plain ascii\n" * 9000, "\x1b[31mred\x1b[0m\n" * 8000]),
    sample=st.sampled_from(CHARSETS),
    junk=st.binary(max_size=40),
    chunk=st.integers(1, 300),
)
def test_no_chunk_size_changes_the_answer(start: str, sample: tuple[str, str], junk: bytes, chunk: int) -> None:
    data = (start + sample[0] * 5).encode(sample[1]) + junk
    assert _texts(data, chunk) == _texts(data)


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=200), chunk=st.integers(1, 50))
def test_no_chunk_size_changes_what_is_made_of_junk(data: bytes, chunk: int) -> None:
    assert _texts(data, chunk) == _texts(data)


@settings(max_examples=200, deadline=None)
@given(text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=300))
def test_utf8_is_passed_on_as_the_bytes_it_is(text: str) -> None:
    data = text.encode()
    texts, _ = read(data)
    assert not data or any(each.data.endswith(data.removeprefix(b"\xef\xbb\xbf")) for each in texts)


def test_the_charset_is_decided_where_the_first_foreign_byte_stands() -> None:
    content = "plain\n" * HEAD + RUSSIAN * 50
    assert _texts(content.encode("cp1251"))[0].text == content


def test_a_byte_order_mark_is_no_character() -> None:
    assert _texts(b"\xef\xbb\xbfabc")[0].data == b"abc"
    assert _texts("abc\r\n".encode("utf-16"))[0].data == b"abc\r\n"


def test_bad_bytes_in_utf8_are_passed_on() -> None:
    data = RUSSIAN.encode() * 20 + b"\xff" + b"tail"
    assert [text.data for text in _texts(data)] == [data]


def test_lone_surrogates_do_not_stop_a_text() -> None:
    data = "before and then ".encode("utf-16-le") + b"\x00\xd8" + " after it all".encode("utf-16-le")
    assert _texts(data)[0].text == "before and then \ufffd after it all"


PLAIN = b"The quick brown fox jumps over the lazy dog, again and again.\n"


@pytest.mark.parametrize(
    "prefix",
    [
        b"\xff\xfe",
        b"\xfe\xff",
        b"\xff\xfe\0\0",
        b"\0\0\xfe\xff",
        b"\0",
        b"\0\0\0",
        b"\x1b$B",
        b"%PDF-1.4\n",
        b"%PDF-1.7 obj\n",
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"\x1f\x8b\x08",
        b"\x89PNG\r\n\x1a\n",
        bytes(range(256)) * 256,
    ],
)
@pytest.mark.parametrize("text", [PLAIN[:20], PLAIN, PLAIN * 100, RUSSIAN.encode() * 5])
def test_no_forged_beginning_hides_a_text(prefix: bytes, text: bytes) -> None:
    texts, _ = read(prefix + text)
    assert any(text in each.data for each in texts if each.alphabet == "text")


@pytest.mark.parametrize("prefix", [b"\xff\xfe", b"\xfe\xff", b"\x1b$B"])
@pytest.mark.parametrize(("text", "codec"), [(RUSSIAN, "cp1251"), (RUSSIAN, "koi8_r"), (FRENCH, "cp1252")])
def test_no_forged_mark_hides_a_text_in_a_legacy_charset(prefix: bytes, text: str, codec: str) -> None:
    texts, _ = read(prefix + (text * 30).encode(codec))
    assert any(text * 29 in each.text for each in texts if each.alphabet == "text")


def test_a_text_behind_utf16_is_read_as_well() -> None:
    for text in (PLAIN, RUSSIAN.encode()):
        texts = _texts("Foreign words first. ".encode("utf-16") * 4000 + text)
        assert texts[-1].data.endswith(text)


def test_utf8_behind_a_legacy_beginning_is_read_as_well() -> None:
    data = RUSSIAN.encode("cp1251") * 1000 + RUSSIAN.encode() * 3
    texts = _texts(data)
    assert RUSSIAN in texts[-1].text
    assert [mark.locator for mark in texts[-1].marks] == [RAW]


def test_a_text_in_a_sure_charset_is_read_once() -> None:
    for codec in ("utf-8", "utf-16", "cp1251"):
        assert len(_texts((RUSSIAN * 30).encode(codec))) == 1


def test_an_empty_file_is_complete_and_yields_nothing() -> None:
    assert read(b"") == ([], [])


def test_one_line_without_end_is_streamed_in_pieces() -> None:
    class Endless(io.RawIOBase):
        left = 64 << 20

        def readable(self) -> bool:
            return True

        def seekable(self) -> bool:
            return True

        def seek(self, offset: int, whence: int = 0) -> int:
            self.left = (64 << 20) - offset
            return offset

        def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
            count = min(len(buffer), self.left)
            buffer[:count] = b"a" * count
            self.left -= count
            return count

    total = longest = 0
    for item in extract(Blob(("long",), Endless(), 64 << 20), Limits()):  # type: ignore[arg-type]
        assert not isinstance(item, Skipped)
        for chunk in item.chunks:
            total += len(chunk)
            longest = max(longest, len(chunk))
    assert total == 64 << 20
    assert longest <= 1 << 18


def test_holes_cost_nothing_and_places_are_bytes_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as out:
        out.write(b"At the start." + bytes(4096 - 13))
        out.seek(1 << 40)
        out.write(b"Far away.")
    if os.stat(path).st_blocks * 512 > 1 << 20:
        pytest.skip("this file system has no holes")
    with path.open("rb", buffering=0) as stream:
        texts, skipped, _ = draw(extract(Blob(("sparse",), stream, 1 << 40), Limits()))
    assert not skipped
    for text in texts:
        assert text.place("Far away." if text.alphabet == "text" else "Far") == f"byte {1 << 40}"
        assert text.text.startswith("At the start.")


@pytest.mark.parametrize("change", ["grows", "shrinks"])
def test_a_file_that_changes_meanwhile_is_said_to(tmp_path: Path, change: str) -> None:
    path = tmp_path / "log"
    path.write_bytes(PLAIN * 20_000)
    with path.open("rb", buffering=0) as stream:
        skipped = []
        for item in extract(Blob(("log",), stream, path.stat().st_size), Limits()):
            if isinstance(item, Skipped):
                skipped.append(item)
                continue
            for number, _ in enumerate(item.chunks):
                if number == 0:
                    os.truncate(path, 100 if change == "shrinks" else path.stat().st_size + 1)
    assert [each.reason for each in skipped] == [Reason.CHANGED]
