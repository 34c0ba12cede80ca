from __future__ import annotations

import base64
import struct
import zlib

import pytest

from dlp.model import Reason

from .samples import read
from .samples_data import box, comments, flac, id3, ogg, png, riff, xmp
from .test_picture import place

FTYP = box(b"ftyp", b"M4A \0\0\0\0")
META = box(b"hdlr", bytes(20))


def tag(words: bytes, kind: int = 1) -> bytes:
    item = box(b"ilst", box(b"\xa9nam", box(b"data", struct.pack(">II", kind, 0), words)))
    return FTYP + box(b"moov", box(b"udta", box(b"meta", bytes(4), META, item)))


CORNERS = {
    "id3": (id3((b"TIT2", b"\3marker words")), "ID3 TIT2"),
    "id3 in UTF-16": (id3((b"TIT2", b"\1" + "marker words".encode("utf-16"))), "ID3 TIT2"),
    "id3 big-endian": (id3((b"TPE1", b"\2" + "marker words".encode("utf-16-be"))), "ID3 TPE1"),
    "id3 comment": (id3((b"COMM", b"\3eng\0marker words")), "ID3 COMM"),
    "id3 of the user's": (id3((b"TXXX", b"\3name\0marker words")), "ID3 TXXX"),
    "id3 private": (id3((b"PRIV", b"owner\0marker words")), "ID3 PRIV"),
    "id3 xmp": (id3((b"PRIV", b"XMP\0" + xmp("marker words"))), "XMP title"),
    "mp4 tag": (tag(b"marker words"), "tag"),
    "mp4 tag in UTF-16": (tag("marker words".encode("utf-16-be"), 2), "tag"),
    "quicktime user data": (
        FTYP + box(b"moov", box(b"udta", box(b"\xa9cmt", struct.pack(">HH", 12, 0), b"marker words"), bytes(4))),
        "tag cmt",
    ),
    "mp4 xmp": (
        FTYP + box(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac"), xmp("marker words")),
        "XMP title",
    ),
    "quicktime keys": (
        FTYP + box(b"moov", box(b"meta", META, box(b"keys", b"\0\0\0\1marker words"))),
        "user data keys",
    ),
    "flac": (flac("TITLE=marker words"), "comment TITLE"),
    "ogg": (ogg(b"\3vorbis" + comments("TITLE=marker words")), "comment TITLE"),
    "ogg over pages": (ogg(b"OpusTags" + comments("A=" + "x" * 60_000, "TITLE=marker words")), "comment TITLE"),
    "wav": (riff(b"WAVE", (b"LIST", b"INFOINAM\x0c\0\0\0marker words")), "RIFF name"),
    "broadcast wav": (riff(b"WAVE", (b"bext", b"marker words".ljust(600, b"\0"))), "RIFF bext"),
    "behind a wav": (riff(b"WAVE", (b"data", b"xx"), behind=b"\nmarker words\n"), "data behind the file"),
}


@pytest.mark.parametrize("corner", CORNERS)
def test_words_are_found_in_every_tag(corner: str) -> None:
    data, where = CORNERS[corner]
    assert place(data, "marker words") == where
    assert [each.reason for each in read(data)[1]] == [Reason.UNSUPPORTED]


def test_words_torn_by_pages_are_joined() -> None:
    packet = b"\3vorbis" + comments("TITLE=" + "x" * 50_965 + " marker words " + "y" * 400)
    data = ogg(packet)
    assert b" marker words " not in data
    assert place(data, " marker words ") == "comment TITLE"


def test_unsynchronised_and_packed_frames_are_read() -> None:
    packed = id3((b"TIT2", b""))
    body = zlib.compress(b"\3marker words")
    frame = b"TIT2" + bytes([0, 0, 0, len(body) + 4]) + b"\0\x09" + bytes([0, 0, 0, 13]) + body
    packed = b"ID3\4\0\0" + bytes([0, 0, 0, len(frame)]) + frame
    assert place(packed, "marker words") == "ID3 TIT2"
    words = "marker words".encode("utf-16").replace(b"\xff", b"\xff\0")
    frame = b"TIT2" + struct.pack(">I", len(words) + 1) + b"\0\0" + b"\1" + words
    assert place(b"ID3\3\0\x80" + bytes([0, 0, 0, len(frame)]) + frame, "marker words") == "ID3 TIT2"


def test_covers_are_blobs() -> None:
    picture = png()
    block = struct.pack(">II", 3, 9) + b"image/png" + struct.pack(">I", 0) + bytes(16) + struct.pack(">I", len(picture))
    in_ogg = ogg(b"OpusTags" + comments("METADATA_BLOCK_PICTURE=" + base64.b64encode(block + picture).decode()))
    for data in (id3((b"APIC", b"\0image/png\0\3\0" + picture)), in_ogg):
        texts, skipped = read(data)
        assert next(text.data for text in texts if text.provenance[-1] == "cover") == picture
        assert Reason.PICTURE in [each.reason for each in skipped]


def test_an_encrypted_frame_is_said() -> None:
    frame = b"TIT2" + bytes([0, 0, 0, 5]) + b"\0\x04" + b"\3seal"
    _, skipped = read(b"ID3\4\0\0" + bytes([0, 0, 0, len(frame)]) + frame)
    assert Reason.ENCRYPTED in [each.reason for each in skipped]
