"""Encoded runs inside text: each encoding, alone and nested, where it is said to stand, and what it may cost."""

from __future__ import annotations

import base64
import binascii
import bz2
import codecs
import gzip
import io
import json
import lzma
import quopri
import random
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.extract import runs
from dlp.extract.media.picture import ICON
from dlp.extract.runs import with_runs
from dlp.limits import Limits
from dlp.model import Blob, Reason, Skipped, Text

from ..fingerprint.test_signs import mixture
from .samples import Drawn, draw, read
from .samples_data import png, png_chunk

TOKEN = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"
WORDS = f"The pump data of the third quarter is listed below, and the key is {TOKEN} which nobody knows."
DATA = WORDS.encode()
_85 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
_Z85 = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def lines(text: str, size: int, before: str = "", behind: str = "") -> str:
    return "\n".join(before + text[at : at + size] + behind for at in range(0, len(text), size))


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("inside.txt", data)
    return out.getvalue()


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def xxd(data: bytes) -> str:
    rows = []
    for at in range(0, len(data), 16):
        row = data[at : at + 16]
        pairs = " ".join(row[pair : pair + 2].hex() for pair in range(0, len(row), 2))
        rows.append(f"{at:08x}: {pairs:<41}{''.join(chr(c) if 32 <= c < 127 else '.' for c in row)}")
    return "\n".join(rows)


def hexdump(data: bytes) -> str:
    rows = []
    for at in range(0, len(data), 16):
        row = data[at : at + 16]
        rows.append(f"{at:08x}  {row.hex(' '):<48}  |{''.join(chr(c) if 32 <= c < 127 else '.' for c in row)}|")
    return "\n".join(rows)


def escaped(form: str, data: str = WORDS) -> str:
    return "".join(form % ord(char) for char in data)


LONG = DATA * 3
CASES: dict[str, str] = {
    "base64": b64(DATA),
    "base64 of the token alone": f'key = "{b64(TOKEN.encode())}"',
    "base64 without padding": b64(DATA + b"!").rstrip("="),
    "base64 for URLs": base64.urlsafe_b64encode(DATA + "üß¿??>>".encode()).decode(),
    "base64 in lines": base64.encodebytes(LONG).decode(),
    "base64 in lines of 40": lines(b64(LONG), 40),
    "base64 in a reply": lines(b64(LONG), 60, "> "),
    "base64 indented": lines(b64(LONG), 60, "      "),
    "base64 in literals on lines": lines(b64(LONG), 60, '    "', '"'),
    "base64 in added literals": lines(b64(LONG), 60, "    '", "' +"),
    "base64 with \\n": json.dumps({"a": base64.encodebytes(LONG).decode()}),
    "base64 with escaped slashes": "q" + b64(b"?>?>~~~\xff\xff\xfe" + DATA).replace("/", "\\/"),
    "base64 behind a word": f'k="prefix{b64(DATA)}"',
    "base64 backwards": b64(DATA)[::-1],
    "base64 in a data URI": f'<a href="data:text/plain;base64,{b64(DATA)}">',
    "base64 of UTF-16": b64(WORDS.encode("utf-16")),
    "base64 of UTF-16 without a mark": "powershell -enc " + b64(WORDS.encode("utf-16-le")),
    "base64 of UTF-7": b64(f"key {TOKEN.replace('_', '+AF8-')}".encode()),
    "base64, three times": b64(b64(b64(DATA).encode()).encode()),
    "base32": base64.b32encode(DATA).decode(),
    "base32 in small letters": base64.b32encode(DATA).decode().lower(),
    "base85": base64.b85encode(DATA).decode(),
    "base85 behind a name": "data=" + base64.b85encode(DATA).decode(),
    "Ascii85": base64.a85encode(DATA).decode(),
    "Ascii85 of Adobe": base64.a85encode(DATA, adobe=True, wrapcol=60).decode(),
    "Ascii85 in quotes": f"'{base64.a85encode(DATA).decode()}'",
    "Z85": base64.b85encode(DATA + b" " * (-len(DATA) % 4)).translate(bytes.maketrans(_85, _Z85)).decode(),
    "hex": DATA.hex(),
    "hex in capitals": DATA.hex().upper(),
    "hex in lines": lines(DATA.hex(), 64),
    "hex behind 0x": "0x" + DATA.hex(),
    "hex with colons": DATA.hex(":"),
    "hex with blanks": DATA.hex(" "),
    "hex of UTF-16": WORDS.encode("utf-16-le").hex(),
    "numbers of C": "char a[] = {" + ", ".join(map(hex, DATA)) + "};",
    "numbers of C in lines": lines(", ".join(f"0x{c:02x}" for c in DATA), 48),
    "xxd": xxd(DATA),
    "hexdump -C": hexdump(DATA),
    "decimal numbers": f"a = {list(DATA)}",
    "String.fromCharCode": f"String.fromCharCode({','.join(map(str, DATA))})",
    "percent": escaped("%%%02X"),
    "percent here and there": urllib.parse.quote(TOKEN).replace("C", "%43").replace("_", "%5F"),
    "entities": escaped("&#%d;"),
    "entities in hex": escaped("&#x%x;"),
    "entities by name": TOKEN.replace("_", "&lowbar;"),
    "quoted-printable": quopri.encodestring(TOKEN.encode()).decode() + " x=3D1 " + TOKEN.replace("C7", "=43=37"),
    "quoted-printable, a soft line end": f"key {TOKEN[:20]}=\n{TOKEN[20:]} end",
    "uuencoded": codecs.encode(DATA, "uu").decode(),
    "uuencoded, one short line": codecs.encode(TOKEN.encode(), "uu").decode(),
    "\\x": escaped("\\x%02x"),
    "\\u": escaped("\\u%04x"),
    "\\u{}": escaped("\\u{%x}"),
    "\\U": escaped("\\U%08x"),
    "octal": escaped("\\%03o"),
    "CSS": f"a::before{{content:'{escaped(chr(92) + '%06X ')}'}}",
    "UTF-7": f"key {TOKEN.replace('_', '+AF8-')}",
    "rot13": codecs.encode(WORDS, "rot13"),
    "rot13 of the token": "k = " + codecs.encode(TOKEN, "rot13"),
    "backwards": WORDS[::-1],
    "the token backwards": f"k = '{TOKEN[::-1]}'",
    "literals with +": f'a = "{TOKEN[:17]}" + "{TOKEN[17:]}"',
    "literals with a dot": f"a = '{TOKEN[:17]}' . '{TOKEN[17:]}'",
    "literals of C": f'a = "{TOKEN[:17]}" "{TOKEN[17:]}"',
    "literals on lines": f'a = ("{TOKEN[:17]}"\n     "{TOKEN[17:]}")',
    "a line that goes on": f"a={TOKEN[:17]}\\\n{TOKEN[17:]}",
    "base64 of hex in percent": urllib.parse.quote(b64(DATA.hex().encode())),
    "base64 in JSON in a zip in base64 in JSON": json.dumps({"z": b64(zipped(json.dumps({"y": b64(DATA)}).encode()))}),
    "rot13 in base64": b64(codecs.encode(WORDS, "rot13").encode()),
    **{
        f"{name} in {way}": encode(pack(DATA))
        for name, pack in (
            *(("gzip", gzip.compress), ("zlib", zlib.compress), ("bzip2", bz2.compress), ("xz", lzma.compress)),
            ("zip", zipped),
        )
        for way, encode in (
            ("base64", b64),
            ("hex", bytes.hex),
            ("base85", lambda data: base64.b85encode(data).decode()),
        )
    },
    "deflate in base64": b64(deflated(bytes(random.Random(1).choices(range(97, 110), k=400)) + DATA)),
}


def found(texts: list[Drawn]) -> list[Drawn]:
    return [text for text in texts if TOKEN in text.text]


PROSE = "Some line of prose, and another one behind it.\n"


@pytest.mark.parametrize("around", ["", PROSE * 700], ids=["alone", "in a long text"])
@pytest.mark.parametrize("case", CASES)
def test_what_is_encoded_is_read(case: str, around: str) -> None:
    texts, skipped = read(f"{around}k:\n{CASES[case]}\n{around}".encode())
    assert found(texts)
    assert not skipped


@pytest.mark.parametrize("size", [1, 7, 64, 4096, 5000])
@pytest.mark.parametrize("case", CASES)
def test_it_is_read_however_the_text_is_cut(case: str, size: int) -> None:
    data = f"{PROSE * 20}k:\n{CASES[case]}\n{PROSE}".encode()
    chunks = (data[at : at + size] for at in range(0, len(data), size))
    texts, _, blobs = draw(with_runs(iter([Text(("a",), "text", chunks, [])]), Limits()))
    assert b"".join([texts[0].data]) == data
    assert found(texts) or any(TOKEN.encode() in _whole(blob) for blob in blobs)


def _whole(blob: Blob) -> bytes:
    inner, _ = read(blob.stream.read(), "blob")
    return b"\n".join(text.data for text in inner)


def test_a_person_is_told_where_it_stands() -> None:
    texts, _ = read(f"{PROSE * 11}k: {b64(DATA)}\n{PROSE}k: {b64(zipped(DATA))}\n%5B{TOKEN[:9]}%5F".encode())
    assert [each.provenance for each in found(texts)] == [
        ("sample", "base64 at line 14", "inside.txt"),
        ("sample", "base64"),
    ]
    assert found(texts)[1].place(TOKEN) == "line 12"
    decoded = next(each for each in texts if each.marks and each.marks[0].locator == "line 15, decoded")
    assert decoded.provenance == ("sample",)


def test_a_block_over_many_chunks_is_one() -> None:
    big = random.Random(2).randbytes(3 << 20)
    data = f"x = '{b64(gzip.compress(big + DATA))}'\n".encode()
    texts, skipped = read(data)
    assert found(texts)
    assert {each.reason for each in skipped} <= {Reason.UNSUPPORTED}  # noise is said


def test_a_million_short_runs_become_one_text() -> None:
    data = b"".join(b"%s\n- " % base64.b64encode(b"word number %07d" % number) for number in range(100_000))
    texts, skipped = read(data)
    assert not skipped
    assert [each.provenance for each in texts] == [("sample",), ("sample", "base64")]
    assert texts[1].text.startswith("word number 0000000\nword number 0000001\n")
    assert len(texts[1].text) == 20 * 100_000
    assert texts[1].place("word number 0099999") == "line 100000"


def test_what_is_kept_of_a_text_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"".join(b"%s\n- " % base64.b64encode(b"word number %07d" % number) for number in range(1000))
    for most, whole in ((100_000, True), (10_000, False)):
        monkeypatch.setattr(runs, "PENDING", most)
        texts, skipped = read(data)
        assert [each.reason for each in skipped] == ([] if whole else [Reason.LIMIT])
        assert ("number 0000999" in texts[-1].text) == whole


@pytest.mark.parametrize(("depth", "whole"), [(4, True), (3, False)])
def test_encodings_inside_one_another_have_a_limit(depth: int, whole: bool) -> None:
    data = DATA
    for _ in range(3):
        data = base64.b64encode(data)
    texts, skipped = read(data, limits=Limits(max_depth=depth))
    assert bool(found(texts)) == whole
    assert [each.reason for each in skipped] == ([] if whole else [Reason.LIMIT])


def test_blobs_count_as_parts_of_the_file() -> None:
    data = b" ; ".join(base64.b64encode(zipped(b"words %d" % number)) for number in range(5))
    _, skipped = read(data, limits=Limits(max_members=4))
    assert Reason.LIMIT in [each.reason for each in skipped]


def test_a_stream_that_unpacks_to_too_much_or_ends_early_is_said() -> None:
    bomb = zlib.compress(bytes(50 << 20), 9)
    _, skipped = read(b64(bomb).encode())
    assert [each.reason for each in skipped] == [Reason.LIMIT]
    _, skipped = read(b64(zlib.compress(DATA * 9)[:-9]).encode())
    assert [each.reason for each in skipped] == [Reason.CORRUPT]


@pytest.mark.parametrize(
    "plain",
    [
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "integrity sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
        "x" * 5000,
        "getElementsByTagNameNamespaceAndEverythingElse(thisIsAVeryLongNameOfAVariable)",
        "-----BEGIN CERTIFICATE-----\n" + lines(b64(b"\x30\x82\x03\x01" + random.Random(3).randbytes(700)), 64),
        "The rain in Spain, and the sequence of its frequency: " * 9,
    ],
)
def test_what_is_no_text_is_dropped_in_silence(plain: str) -> None:
    texts, skipped = read(plain.encode())
    assert [each.text for each in texts] == [plain]
    assert not skipped


CODINGS: tuple[Callable[[bytes], bytes], ...] = (
    base64.b64encode,
    base64.b32encode,
    base64.b85encode,
    binascii.hexlify,
    lambda data: b"".join(b"%%%02X" % byte for byte in data),
    lambda data: b"".join(b"\\x%02x" % byte for byte in data),
    lambda data: data.hex(" ").encode(),
)

PACKINGS: tuple[Callable[[bytes], bytes], ...] = (bytes, bytes, gzip.compress, zlib.compress, zipped)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(PACKINGS), st.sampled_from(CODINGS)), max_size=4))
def test_any_nesting_is_read(steps: list[tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]]) -> None:
    data = DATA
    for packing, coding in steps:
        data = coding(packing(data))
    assert found(read(data)[0])


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 2**32).map(random.Random), st.sampled_from((200, 3000)), st.integers(1, 900))
def test_nothing_raises_and_the_text_itself_is_as_it_was(chance: random.Random, size: int, chunk: int) -> None:
    data = mixture(chance, size)

    def cut() -> Iterator[bytes]:
        return (data[at : at + chunk] for at in range(0, len(data), chunk))

    items = list[Text | Blob | Skipped]
    made: items = [Text(("a",), "text", cut(), [])]
    texts, skipped, _ = draw(with_runs(iter(made), Limits(max_depth=5)))
    assert texts[0].data == data
    assert texts[0].marks == []
    assert all(each.reason in (Reason.LIMIT, Reason.CORRUPT) for each in skipped)
    for text in texts[1:]:
        assert text.marks
        assert [mark.start for mark in text.marks] == sorted(mark.start for mark in text.marks)
        assert text.marks[-1].start < len(text.text)


def test_files_one_after_another_are_read_each() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "hidden words")
    while len(out.getvalue()) % 3:
        out.write(b"\n")
    block = base64.b64encode(out.getvalue()).decode()
    texts, skipped = read(f"drawings\n{block}\n\n{block}\n\nend\n".encode())
    assert sum(text.text.count("hidden words") for text in texts if len(text.provenance) > 1) >= 2
    assert not skipped


def test_a_block_goes_on_behind_a_line_end_in_an_attribute() -> None:
    lines = base64.encodebytes(b"hidden words and more of them " * 9).decode().strip().replace("\n", "&#xA;")
    texts, _ = read(f'<x y="{lines}&#xA;"/>'.encode())
    assert any("hidden words and more of them " * 9 in text.text for text in texts)


def test_a_long_block_in_an_element_is_whole_or_left_out() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "hidden words " * 700)
    lines = base64.encodebytes(out.getvalue()).decode()
    assert read(f"<x><y>\n{lines}</y></x>".encode())[1] == []


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (png(), False),
        (png(png_chunk(b"IDAT", bytes(ICON - len(png()) - 12))), False),
        (png(png_chunk(b"IDAT", bytes(ICON - len(png()) - 11))), True),
        (png(png_chunk(b"tEXt", b"Comment\0words beside the pixels")), True),
    ],
    ids=["icon", "largest icon", "larger", "with words"],
)
def test_that_an_icon_in_a_text_was_not_read_is_not_said(picture: bytes, said: bool) -> None:
    _, skipped = read(f'url("data:image/png;base64,{b64(picture)}")'.encode())
    assert [each.reason for each in skipped] == ([Reason.PICTURE] if said else [])
    assert [each.reason for each in read(picture)[1]] == [Reason.PICTURE]


@pytest.mark.parametrize("char", "\u00ad\u200b\u200c\u200d\u2060\ufeff")
@pytest.mark.parametrize("before", [b"", b"words and " * 40_000])
def test_what_nobody_sees_does_not_cut_a_token(char: str, before: bytes) -> None:
    token = f"ab12{char}cd34{char}{char}ef56"
    texts, skipped = read(before + f"key = {token}\n".encode())
    assert not skipped
    assert any("key = ab12cd34ef56" in text.text for text in texts)
    assert len(read(before + f"Wort{char}teil ohne Zahl\n".encode())[0]) == 1
