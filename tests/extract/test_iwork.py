from __future__ import annotations

import gzip
import struct

import pytest

from dlp.extract.office.iwa import unsnap
from dlp.extract.office.xml_part import Refused
from dlp.limits import Limits
from dlp.model import Reason

from .samples import Drawn, read
from .samples_office import field, iwa, iwork, package, varint


def _main(data: bytes) -> Drawn:
    texts, skipped = read(data, "a.pages")
    assert not skipped
    return texts[0]


@pytest.mark.parametrize("block", [1, 7, 1000])
def test_words_at_any_depth_of_a_message_are_told(block: int) -> None:
    inner = field(1, 7) + field(3, field(2, b"\1" + bytes(3)) + field(5, "Grüße deep in".encode()))
    archive = iwa((1, field(3, b"plain words")), (2001, inner), (9, b""), block=block)
    main = _main(iwork({"Index/Slide-3.iwa": archive}))
    assert main.place("plain words") == "Index/Slide-3"
    assert main.place("Grüße deep in") == "Index/Slide-3"


def test_previews_and_other_parts_are_blobs() -> None:
    texts, _ = read(iwork({"preview.txt": "preview words"}), "a.key")
    assert any(text.provenance == ("a.key", "preview.txt") for text in texts)


def _tile(cells: bytes, offsets: list[int], fields: tuple[int, int]) -> bytes:
    places = struct.pack(f"<{len(offsets)}H", *offsets)
    row = field(1, 0) + field(2, 1) + field(fields[0], cells) + field(fields[1], places)
    return field(1, 1) + field(5, row)


def test_numbers_and_dates_of_tables_are_told() -> None:
    decimal = (4111111111111111).to_bytes(14, "little") + (0x1820 << 1).to_bytes(2, "little")
    cents = (1234).to_bytes(14, "little") + ((0x1820 - 2) << 1).to_bytes(2, "little")
    cells = b"".join(
        [
            b"\5\2" + bytes(6) + struct.pack("<I", 1) + decimal,
            b"\5\2" + bytes(6) + struct.pack("<I", 1) + cents,
            b"\5\5" + bytes(6) + struct.pack("<Id", 4, 86400.0),
        ]
    )
    tile = _tile(cells, [0, 0xFFFF, 28, 56], (6, 7))
    assert "4111111111111111\t12.34\t2001-01-02 00:00:00\n" in _main(iwork({"Index/Tile.iwa": iwa((6002, tile))})).text


def test_numbers_of_older_tables_are_told() -> None:
    old = b"\4\2\0\0" + struct.pack("<I", 0x26) + bytes(12) + struct.pack("<d", 4650.0)
    tile = _tile(old, [0], (3, 4))
    assert "4650\n" in _main(iwork({"Index/Tile.iwa": iwa((6002, tile))})).text


def test_snappy_is_unpacked() -> None:
    assert unsnap(varint(12) + b"\x08abc" + bytes([(6 - 4) << 2 | 1, 3, 3 - 1 << 2 | 2, 9, 0])) == b"abc" * 4
    assert unsnap(varint(6) + b"\x08abc" + bytes([(3 - 1) << 2 | 2, 3, 0])) == b"abcabc"
    assert unsnap(varint(9) + b"\x00a" + bytes([(8 - 1) << 2 | 2, 1, 0])) == b"a" * 9
    assert unsnap(varint(65) + bytes([60 << 2, 64]) + b"z" * 65) == b"z" * 65


@pytest.mark.parametrize(
    "packed",
    [
        varint(1 << 30),
        varint(3) + b"\x08ab",
        varint(3) + bytes([(3 - 1) << 2 | 2, 1, 0]),
        varint(1) + b"\x08abc",
        b"",
    ],
)
def test_damaged_blocks_are_refused(packed: bytes) -> None:
    with pytest.raises(Refused):
        unsnap(packed)


def test_a_broken_archive_is_said_and_read_as_far_as_it_goes() -> None:
    archive = iwa((1, field(3, b"words before")), (1, field(3, b"words" * 300)), block=100)
    texts, skipped = read(iwork({"Index/Cut.iwa": archive[:-50]}))
    assert "words before" in texts[0].text
    assert [(each.reason, each.provenance[-1]) for each in skipped] == [(Reason.CORRUPT, "Index/Cut.iwa")]


def test_messages_within_messages_have_a_limit() -> None:
    message = field(1, b"deep words")
    for _ in range(300):
        message = field(2, field(1, 1) + message)
    _main(iwork({"Index/Deep.iwa": iwa((1, message))}))


OLD = (
    '<sl:document xmlns:sl="l" xmlns:sf="f" xmlns:sfa="a"><sf:title><sf:string sfa:string="title words"/></sf:title>'
    '<sf:p>confid<sf:span>ential</sf:span> words<sf:br/></sf:p><sf:ct sfa:s="cell words"/>'
    '<sf:n sf:v="4111111111111111"/></sl:document>'
)


@pytest.mark.parametrize("packed", [False, True])
def test_xml_of_older_versions_is_read(packed: bool) -> None:
    parts = {"index.xml.gz": gzip.compress(OLD.encode())} if packed else {"index.xml": OLD}
    main = _main(package({"QuickLook/Thumbnail.jpg": "", **parts}))
    assert main.place("confidential words") == "index paragraph 1"
    for each in ("title words", "cell words", "4111111111111111"):
        assert main.place(each) in ("index", "index paragraph 1")


def test_packed_xml_has_a_limit() -> None:
    data = package({"QuickLook/Thumbnail.jpg": "", "index.apxl.gz": gzip.compress(b"<a>" + b" " * 100_000 + b"</a>")})
    assert not read(data)[1]
    _, skipped = read(data, limits=Limits(ratio_after=90_000, max_ratio=10))
    assert [(each.reason, each.provenance[-1]) for each in skipped] == [(Reason.LIMIT, "index.apxl.gz")]


def test_a_password_is_said() -> None:
    _, skipped = read(iwork({".iwph": "hint"}))
    assert [each.reason for each in skipped] == [Reason.ENCRYPTED]
