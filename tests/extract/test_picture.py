from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest

from dlp.limits import Limits
from dlp.model import Reason

from .samples import read
from .samples_data import (
    blocks,
    emf,
    gif,
    heic,
    iptc,
    jpeg,
    png,
    png_chunk,
    resource,
    riff,
    segment,
    tiff,
    xmp,
)

XAP = b"http://ns.adobe.com/xap/1.0/\0"
MORE = b"http://ns.adobe.com/xmp/extension/\0"


def exif(*entries: tuple[int, int, bytes]) -> bytes:
    return segment(0xE1, b"Exif\0\0" + tiff(entries))


def place(data: bytes, words: str) -> str:
    """The locator of `words` in the first text that has them."""
    for text in read(data)[0]:
        if text.alphabet == "text" and words in text.text:
            return text.place(words)
    raise AssertionError(f"{words} not found")


def zipped(words: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("a.txt", words)
    return out.getvalue()


def _with_thumbnail(small: bytes) -> bytes:
    head = b"II*\0" + struct.pack("<IH", 8, 2)
    at = 8 + 2 + 24 + 4
    head += struct.pack("<HHII", 0x0201, 4, 1, at) + struct.pack("<HHII", 0x0202, 4, 1, len(small))
    return head + bytes(4) + small


def psd(*resources: bytes, layers: bytes = b"") -> bytes:
    body = b"".join(resources)
    return b"8BPS\0\1" + bytes(20) + bytes(4) + struct.pack(">I", len(body)) + body + bytes(8) + layers


CORNERS = {
    "jpeg comment": (jpeg(segment(0xFE, b"marker words")), "JPEG comment"),
    "exif string": (jpeg(exif((0x010E, 2, b"marker words\0"))), "EXIF image description"),
    "exif, big-endian": (
        jpeg(segment(0xE1, b"Exif\0\0" + tiff([(0x013B, 2, b"marker words\0")], order=">"))),
        "EXIF artist",
    ),
    "exif sub-directory": (
        jpeg(segment(0xE1, b"Exif\0\0" + tiff([], {0x8769: [(0x9286, 7, b"ASCII\0\0\0marker words")]}))),
        "EXIF user comment",
    ),
    "exif UTF-16 comment": (
        jpeg(exif((0x9286, 7, b"UNICODE\0" + "marker words".encode("utf-16-le")))),
        "EXIF user comment",
    ),
    "windows title": (jpeg(exif((0x9C9B, 1, "marker words\0".encode("utf-16-le")))), "EXIF title"),
    "maker note": (jpeg(exif((0x927C, 7, b"\1\2\0marker words\0\7"))), "EXIF maker note"),
    "unknown tag": (jpeg(exif((0xEEEE, 2, b"marker words\0"))), "EXIF tag 0xeeee"),
    "tiff": (tiff([(0x010D, 2, b"marker words\0")]), "TIFF document name"),
    "tiff sub-directory": (tiff([], {0x014A: [(0x010E, 2, b"marker words\0")]}), "TIFF image description"),
    "tiff XMP": (tiff([(0x02BC, 1, xmp("marker words"))]), "XMP title"),
    "tiff IPTC": (tiff([(0x83BB, 7, iptc(caption="marker words"))]), "IPTC caption"),
    "xmp": (jpeg(segment(0xE1, XAP + xmp("marker words"))), "XMP title"),
    "xmp attribute": (jpeg(segment(0xE1, XAP + xmp("x", "marker words"))), "XMP CreatorTool"),
    "xmp entities": (jpeg(segment(0xE1, XAP + xmp("m&#97;rker w&#x6f;rds"))), "XMP title"),
    "iptc": (jpeg(segment(0xED, b"Photoshop 3.0\0" + resource(0x0404, iptc(keyword="marker words")))), "IPTC keyword"),
    "png text": (png(png_chunk(b"tEXt", b"Comment\0marker words")), "PNG text Comment"),
    "png packed text": (png(png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"marker words"))), "PNG text Comment"),
    "png unicode text": (
        png(png_chunk(b"iTXt", b"Title\0\0\0de\0Titel\0marker words")),
        "PNG text Title",
    ),
    "png packed unicode text": (
        png(png_chunk(b"iTXt", b"Title\0\1\0de\0Titel\0" + zlib.compress(b"marker words"))),
        "PNG text Title",
    ),
    "png exif": (png(png_chunk(b"eXIf", tiff([(0x010E, 2, b"marker words\0")]))), "EXIF image description"),
    "png xmp": (png(png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp("marker words"))), "XMP title"),
    "png profile": (
        png(
            png_chunk(
                b"zTXt",
                b"Raw profile type exif\0\0"
                + zlib.compress(
                    b"\nexif\n    99\n" + (b"Exif\0\0" + tiff([(0x010E, 2, b"marker words\0")])).hex().encode()
                ),
            )
        ),
        "EXIF image description",
    ),
    "png colour profile": (
        png(png_chunk(b"iCCP", b"name\0\0" + zlib.compress(b"\0\1marker words\0"))),
        "PNG colour profile",
    ),
    "gif comment": (gif(b"!\xfe" + blocks(b"x" * 250 + b" marker words")), "GIF comment"),
    "gif text": (gif(b"!\x01" + blocks(bytes(12))[:-1] + blocks(b"marker words")), "GIF text"),
    "gif xmp": (
        gif(b"!\xff\x0bXMP DataXMP" + xmp("marker words") + b"\1" + bytes(range(255, -1, -1)) + b"\0"),
        "XMP title",
    ),
    "webp xmp": (riff(b"WEBP", (b"VP8 ", b"x"), (b"XMP ", xmp("marker words"))), "XMP title"),
    "webp exif": (riff(b"WEBP", (b"EXIF", tiff([(0x010E, 2, b"marker words\0")]))), "EXIF image description"),
    "heic exif": (heic(tiff([(0x010E, 2, b"marker words\0")]), xmp("x")), "EXIF image description"),
    "heic xmp": (heic(tiff([]), xmp("marker words")), "XMP title"),
    "emf": (emf((1, "marker words")), "drawn text"),
    "emf letter by letter": (emf(*((1, letter) for letter in "marker words")), "drawn text"),
    "emf word by word": (emf((1, "marker"), (1, "words"), (2, "next")), "drawn text"),
    "psd resource": (psd(resource(0x0404, iptc(headline="marker words"))), "IPTC headline"),
    "psd layer": (
        psd(layers=b"8BIMluni" + struct.pack(">II", 28, 12) + "marker words".encode("utf-16-be")),
        "layer 1 name",
    ),
    "thumbnail's comment": (
        jpeg(segment(0xE1, b"Exif\0\0" + _with_thumbnail(jpeg(segment(0xFE, b"marker words"))))),
        "thumbnail JPEG comment",
    ),
    "behind a jpeg": (jpeg(behind=b"\nmarker words\n"), "data behind the image"),
    "behind a png": (png(behind=b"\nmarker words\n"), "data behind the image"),
    "behind a gif": (gif(behind=b"\nmarker words\n"), "data behind the image"),
}


@pytest.mark.parametrize("corner", CORNERS)
def test_words_are_found_in_every_corner_of_a_picture(corner: str) -> None:
    data, where = CORNERS[corner]
    assert place(data, "marker words") == where
    _, skipped = read(data)
    assert [each.reason for each in skipped] == ([] if corner.startswith("emf") else [Reason.PICTURE])


def test_xmp_over_several_segments_is_joined_in_order() -> None:
    packet = xmp("marker words that are torn")
    cut = packet.index(b"words")
    guid = b"0" * 32
    parts = [(cut, packet[cut:]), (0, packet[:cut])]
    data = jpeg(*(segment(0xE1, MORE + guid + struct.pack(">II", len(packet), at) + part) for at, part in parts))
    assert place(data, "marker words that are torn") == "XMP title"


def test_a_resource_torn_over_two_segments_is_joined() -> None:
    block = resource(0x0404, iptc(caption="marker words that are torn"))
    parts = block[:25], block[25:]
    data = jpeg(*(segment(0xED, b"Photoshop 3.0\0" + part) for part in parts))
    assert place(data, "marker words that are torn") == "IPTC caption"


@pytest.mark.parametrize(
    "make",
    [
        lambda behind: jpeg(behind=behind),
        lambda behind: png(behind=behind),
        lambda behind: gif(behind=behind),
        lambda behind: riff(b"WEBP", (b"VP8 ", b"xx"), behind=behind),
        lambda behind: heic(tiff([]), xmp("x"), behind=behind),
    ],
)
def test_an_archive_behind_a_picture_is_read_once(make: object) -> None:
    assert callable(make)
    texts, _ = read(make(zipped("marker words")))
    assert [text.provenance[1:] for text in texts if "marker words" in text.text] == [("a.txt",)]


def test_a_picture_behind_a_picture_is_a_blob() -> None:
    texts, _ = read(jpeg(behind=png(png_chunk(b"zTXt", b"a\0\0" + zlib.compress(b"marker words")))))
    assert [text.provenance[1:] for text in texts if "marker words" in text.text] == [("data behind the image",)]


def test_a_picture_is_said_not_to_be_read_and_its_bytes_are_there() -> None:
    data = png()
    texts, skipped = read(data)
    assert [text.data for text in texts if text.alphabet == "bytes"] == [data]
    assert [(each.reason, each.detail) for each in skipped] == [
        (Reason.PICTURE, "PNG image: text in a picture is not read")
    ]


@pytest.mark.parametrize("data", [jpeg()[:-9], png()[:-20], gif()[:-9], tiff([(0x010E, 2, b"x" * 20)])[:15]])
def test_a_picture_cut_short_is_said(data: bytes) -> None:
    assert Reason.CORRUPT in [each.reason for each in read(data)[1]]


@pytest.mark.parametrize(("size", "whole"), [(1 << 25, True), ((1 << 25) + 1, False)])
def test_a_packed_text_has_a_limit(size: int, whole: bool) -> None:
    _, skipped = read(png(png_chunk(b"zTXt", b"a\0\0" + zlib.compress(b"z" * size))))
    assert (Reason.LIMIT in [each.reason for each in skipped]) is not whole


def test_damaged_packed_text_is_said_and_what_comes_out_is_read() -> None:
    packed = bytearray(zlib.compress(b"marker words " + bytes(range(256)) * 40))
    packed[-20:] = b"\xff" * 20
    data = png(png_chunk(b"zTXt", b"a\0\0" + bytes(packed)))
    assert place(data, "marker words") == "PNG text a"
    assert Reason.CORRUPT in [each.reason for each in read(data)[1]]


def test_directories_that_point_in_a_circle_end() -> None:
    data = bytearray(tiff([(0x010E, 2, b"marker words\0")]))
    struct.pack_into("<I", data, 8 + 2 + 12, 8)
    assert place(bytes(data), "marker words") == "TIFF image description"


def test_entries_that_all_point_to_one_place_are_read_within_bounds() -> None:
    words = b"marker words " * 10_000
    entries = b"".join(struct.pack("<HHII", 0xC000 + n, 2, len(words), 8 + 6 + 12 * 2000) for n in range(2000))
    data = b"II*\0" + struct.pack("<IH", 8, 2000) + entries + bytes(4) + words
    texts, _ = read(data)
    assert sum(len(text.data) for text in texts) < 8 * len(data)


def test_metadata_has_a_limit() -> None:
    data = jpeg(segment(0xFE, b"x" * 600), segment(0xFE, b"y" * 600))
    for most, whole in ((1200, True), (1199, False)):
        _, skipped = read(data, limits=Limits(max_text=most))
        assert (Reason.LIMIT in [each.reason for each in skipped]) is not whole


def test_a_broken_xmp_packet_is_told_as_it_stands() -> None:
    assert place(jpeg(segment(0xE1, XAP + b"<x:xmpmeta><a>marker words")), "marker words") == "XMP"
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b; marker words</a>'
    assert place(jpeg(segment(0xE1, XAP + bomb)), "marker words") == "XMP"


def test_glyph_numbers_are_said_not_to_be_read() -> None:
    data = bytearray(emf((1, "abcd")))
    struct.pack_into("<I", data, 108 + 52, 0x10)
    assert [each.reason for each in read(bytes(data))[1]] == [Reason.UNSUPPORTED]
