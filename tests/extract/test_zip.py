from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib

import pytest
import zstandard

from dlp.limits import Limits
from dlp.model import Reason

from .samples import Drawn, docx, paragraph, pdf, read, words
from .samples_archives import WORDS, deflated, gzipped, tarred, zip_end, zip_entry, zip_member, zipped


def where(texts: list[Drawn], planted: bytes) -> list[tuple[str, ...]]:
    """The provenances of the texts that hold the words."""
    return [text.provenance for text in texts if text.alphabet == "text" and planted in text.data]


def one(data: bytes, name: bytes = b"a.txt", **entry: object) -> bytes:
    """An archive of a member given whole, listed as `entry` says."""
    return data + zip_end(zip_entry(name, WORDS, 0, **entry), 1, len(data))  # type: ignore[arg-type]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_are_read_by_every_method(method: int) -> None:
    for content in (WORDS, WORDS + bytes(range(256)) * 600 + WORDS):
        texts, skipped = read(zipped({"folder/a.txt": content}, method), "x.zip")
        assert not skipped
        assert ("x.zip", "folder/a.txt") in where(texts, WORDS.strip())


@pytest.mark.parametrize(
    ("method", "packed"),
    [(93, zstandard.compress(WORDS)), (20, zstandard.compress(WORDS)), (95, lzma.compress(WORDS))],
)
def test_methods_that_zipfile_does_not_know(method: int, packed: bytes) -> None:
    data = one(zip_member(b"a.txt", WORDS, method=method, packed=packed), method=method, packed=len(packed))
    texts, skipped = read(data)
    assert not skipped
    assert where(texts, WORDS) == [("sample", "a.txt")]


def test_deflate64_is_deflate_for_what_has_no_long_matches() -> None:
    packed = deflated(WORDS * 3)
    data = WORDS * 3
    whole = zip_member(b"a", data, method=9, packed=packed)
    texts, skipped = read(whole + zip_end(zip_entry(b"a", data, 0, method=9, packed=len(packed)), 1, len(whole)))
    assert not skipped
    assert where(texts, WORDS * 3) == [("sample", "a")]


def test_names_and_comments_are_text() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("planted-name.txt")
        info.comment = b"planted member comment"
        archive.writestr(info, b"x")
        archive.writestr("Gr\u00fc\u00dfe/", b"")
        archive.comment = b"planted archive comment"
    texts, skipped = read(out.getvalue())
    assert not skipped
    listing = texts[0]
    assert listing.place("planted-name.txt") == "list of members"
    assert listing.place("planted member comment") == "list of members"
    assert where(texts, b"planted archive comment") == [("sample", "zip comment")]


def test_names_of_before_utf8() -> None:
    member = zip_member("Grüße.txt".encode("cp437"), WORDS)
    texts, _ = read(one(member, "Grüße.txt".encode("cp437")))
    assert where(texts, WORDS) == [("sample", "Gr\\x81\\xe1e.txt")]
    assert "Grüße.txt" in texts[0].text


def test_data_descriptors_and_zip64() -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            self.data += data  # type: ignore[operator]
            return len(data)  # type: ignore[arg-type]

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]
        with archive.open("a.txt", "w", force_zip64=True) as member:
            member.write(WORDS)
        archive.writestr("b.txt", b"the other words")
    texts, skipped = read(bytes(pipe.data))
    assert not skipped
    assert where(texts, WORDS) == [("sample", "a.txt")]
    assert where(texts, b"the other words") == [("sample", "b.txt")]
    assert [text.provenance[-1] for text in texts if "data" in text.provenance[-1]] == []


def test_zip64_end_record() -> None:
    member = zip_member(b"a.txt", WORDS)
    wide = struct.pack("<HHQQQ", 1, 24, len(WORDS), len(WORDS), 0)
    entry = zip_entry(b"a.txt", WORDS, 0xFFFFFFFF, packed=0xFFFFFFFF, extra=wide)
    entry = entry[:24] + b"\xff" * 4 + entry[28:]
    start = len(member)
    record = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, len(entry), start)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, start + len(entry), 1)
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    texts, skipped = read(member + entry + record + locator + end)
    assert not skipped
    assert where(texts, WORDS) == [("sample", "a.txt")]
    texts, skipped = read(b"put in front\n" + member + entry + record + locator + end)
    assert not skipped
    assert where(texts, WORDS) == [("sample", "a.txt")]


@pytest.mark.parametrize(("flags", "method", "how"), [(1, 8, "encrypted"), (1, 99, "AES")])
def test_encrypted_members_are_said_one_by_one(flags: int, method: int, how: str) -> None:
    first = zip_member(b"secret.txt", WORDS, flags=flags, method=method, packed=b"\x93" * 40)
    second = zip_member(b"open.txt", WORDS)
    entries = zip_entry(b"secret.txt", WORDS, 0, flags=flags, method=method, packed=40)
    entries += zip_entry(b"open.txt", WORDS, len(first))
    texts, skipped = read(first + second + zip_end(entries, 2, len(first) + len(second)))
    assert [(each.provenance, each.reason) for each in skipped] == [(("sample", "secret.txt"), Reason.ENCRYPTED)]
    assert how in skipped[0].detail
    assert where(texts, WORDS) == [("sample", "open.txt")]
    assert "secret.txt" in texts[0].text


def test_what_stands_outside_of_all_members() -> None:
    first = zip_member(b"a.txt", b"first member")
    gap = b"planted between the members"
    second = zip_member(b"b.txt", b"second member")
    entries = zip_entry(b"a.txt", b"first member", 0)
    entries += zip_entry(b"b.txt", b"second member", len(first) + len(gap))
    body = first + gap + second
    archive = body + zip_end(entries, 2, len(body))
    texts, skipped = read(b"planted in front\0" + archive + b"planted behind")
    assert not skipped
    assert where(texts, gap) == [("sample", "data between members")]
    assert where(texts, b"planted in front") == [("sample", "data before the archive")]
    assert where(texts, b"planted behind") == [("sample", "data behind the archive")]
    assert where(texts, b"second member") == [("sample", "b.txt")]


def test_a_member_that_no_directory_lists() -> None:
    hidden = zip_member(b"hidden.txt", WORDS, method=8, packed=deflated(WORDS))
    shown = zip_member(b"shown.txt", b"shown")
    body = hidden + shown
    data = body + zip_end(zip_entry(b"shown.txt", b"shown", len(hidden)), 1, len(body))
    texts, _ = read(data)
    assert where(texts, WORDS) == [("sample", "hidden.txt")]
    assert where(texts, b"hidden.txt")[0] == ("sample",)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_duplicate_names_are_both_read() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", b"first of the name")
        archive.writestr("a.txt", b"second of the name")
    texts, skipped = read(out.getvalue())
    assert not skipped
    for planted in (b"first of the name", b"second of the name"):
        assert where(texts, planted) == [("sample", "a.txt")]


def test_directory_and_local_header_that_disagree_are_both_read() -> None:
    # The directory says: stored, the packed bytes as they stand; the local header says: deflated.
    packed = deflated(WORDS)
    member = zip_member(b"local-name.txt", WORDS, method=8, packed=packed)
    entry = zip_entry(b"listed-name.txt", packed, 0)
    texts, skipped = read(member + zip_end(entry, 1, len(member)))
    assert where(texts, WORDS)
    assert "listed-name.txt" in texts[0].text
    assert "local-name.txt" in texts[0].text
    assert Reason.CORRUPT in {each.reason for each in skipped}


def test_fields_that_nobody_knows_are_text() -> None:
    extra = struct.pack("<HH", 0xBEEF, 19) + b"planted extra field"
    texts, skipped = read(one(zip_member(b"a.txt", WORDS, extra=extra)))
    assert not skipped
    assert where(texts, b"planted extra field") == [("sample",)]


def test_without_directory_members_are_found_and_damage_is_said() -> None:
    data = zipped({"a.txt": WORDS, "b.txt": b"the other words" * 9})
    cut = data[: data.index(b"PK\1\2")]
    texts, skipped = read(cut)
    assert where(texts, WORDS) == [("sample", "a.txt")]
    assert ("sample", "b.txt") in where(texts, b"the other words")
    assert Reason.CORRUPT in {each.reason for each in skipped}
    texts, skipped = read(cut[:-20])
    assert where(texts, WORDS) == [("sample", "a.txt")]
    assert Reason.CORRUPT in {each.reason for each in skipped}


def test_damage_in_a_member_loses_what_is_behind_it_only() -> None:
    words = b"".join(b"%d planted words\n" % (n * 7919) for n in range(20000))
    packed = bytearray(deflated(words))
    packed[len(packed) // 2] ^= 0x55
    member = zip_member(b"a.txt", words, method=8, packed=bytes(packed))
    data = member + zip_end(zip_entry(b"a.txt", words, 0, method=8, packed=len(packed)), 1, len(member))
    texts, skipped = read(data)
    found = max((text.data for text in texts if text.provenance[-1] == "a.txt"), key=len)
    assert len(found) > 0.45 * len(words)
    assert found[: len(words) // 3] == words[: len(words) // 3]
    assert [(each.provenance, each.reason) for each in skipped] == [(("sample", "a.txt"), Reason.CORRUPT)]


def test_a_wrong_checksum_is_said_and_read_all_the_same() -> None:
    texts, skipped = read(one(zip_member(b"a.txt", WORDS, crc=1), crc=1))
    assert where(texts, WORDS) == [("sample", "a.txt")]
    assert [each.reason for each in skipped] == [Reason.CORRUPT]


def test_an_unknown_method_is_said() -> None:
    texts, skipped = read(one(zip_member(b"a.txt", WORDS, method=98), method=98))
    assert [(each.provenance, each.reason) for each in skipped] == [(("sample", "a.txt"), Reason.UNSUPPORTED)]
    assert "PPMd" in skipped[0].detail
    assert texts


def test_archives_inside_archives_in_any_order() -> None:
    inner = tarred({"deep.txt": WORDS})
    data = zipped({"x.tar.gz": gzipped(zipped({"y.tar": inner}))})
    texts, skipped = read(data, "x.zip")
    assert not skipped
    assert where(texts, WORDS) == [("x.zip", "x.tar.gz", "x.tar", "y.tar", "deep.txt")]


def test_documents_inside_are_read_as_such() -> None:
    data = zipped({"a.docx": docx(paragraph("inner", " words"))})
    texts, _ = read(data)
    assert where(texts, b"inner words") == [("sample", "a.docx")]


@pytest.mark.parametrize(
    ("front", "name"),
    [
        (b"MZ" + bytes(200) + b"This program unpacks itself" + bytes(300), "setup.exe"),
        (b"GIF89a" + bytes(range(256)) * 4, "a.gif"),
        (b"<p title='a page that is an archive, too'>shown</p>\n", "a.html"),
        (pdf("BT (shown) Tj ET"), "a.pdf"),
        (b"\x7fELF" + bytes(200_000), "tool"),
        (b"\xff\xd8\xff\xe0" + bytes(range(1, 250)) * 400, "a.jpg"),
    ],
)
@pytest.mark.parametrize("adjusted", [True, False])
def test_both_sides_of_a_polyglot_are_read(front: bytes, name: str, adjusted: bool) -> None:
    archive = zipped({"inside.txt": WORDS})
    if adjusted:
        out = io.BytesIO(front)
        with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as made:
            made.writestr("inside.txt", WORDS)
        data = out.getvalue()
    else:
        data = front + archive
    texts, _ = read(data, name)
    assert (name, "inside.txt") in where(texts, WORDS)
    assert any(front[:40] in text.data for text in texts)


def test_pieces_of_a_split_archive_are_read_as_far_as_they_go() -> None:
    data = zipped({"a.txt": WORDS, "b.bin": bytes(range(256)) * 40, "c.txt": b"the last words"}, zipfile.ZIP_STORED)
    texts, skipped = read(data[:5000], "x.zip.001")
    assert ("x.zip.001", "a.txt") in where(texts, WORDS)
    assert Reason.UNSUPPORTED in {each.reason for each in skipped}
    assert any("piece 1" in each.detail for each in skipped)
    texts, skipped = read(data[5000:], "x.zip.002")
    assert any("piece 2" in each.detail for each in skipped)
    assert any(b"the last words" in text.data for text in texts)
    last = data[5000:]
    end = last.rindex(b"PK\5\6")
    last = last[: end + 4] + struct.pack("<HH", 1, 1) + last[end + 8 :]
    texts, skipped = read(last, "x.zip")
    assert any("the last of 2 pieces" in each.detail for each in skipped)


@pytest.mark.parametrize(("members", "whole"), [(5, True), (4, False)])
def test_members_have_a_limit(members: int, whole: bool) -> None:
    data = zipped({f"{n}.txt": b"words %d" % n for n in range(5)})
    texts, skipped = read(data, limits=Limits(max_members=members))
    assert [each.reason for each in skipped] == ([] if whole else [Reason.LIMIT])
    assert bool(where(texts, b"words 4")) == whole
    assert where(texts, b"words 3")


def test_a_crc_is_of_the_whole_content() -> None:
    content = WORDS * 9000
    packed = deflated(content)
    member = zip_member(b"a.txt", content, method=8, packed=packed)
    entry = zip_entry(b"a.txt", content, 0, method=8, packed=len(packed))
    texts, skipped = read(member + zip_end(entry, 1, len(member)))
    assert zlib.crc32(texts[1].data) == zlib.crc32(content)
    assert not skipped


def test_an_empty_archive_is_complete() -> None:
    _, skipped = read(zipped({}))
    assert not skipped
    assert words(zipped({})) is not None
