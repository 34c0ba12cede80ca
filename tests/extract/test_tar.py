from __future__ import annotations

import gzip
import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from dlp.extract.detect import detect
from dlp.limits import Limits
from dlp.model import Reason

from .samples import Drawn, read
from .samples_archives import WORDS, tarred, zipped
from .test_zip import where

FORMS = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]


def header(name: bytes, size: bytes, kind: bytes = b"0", magic: bytes = b"ustar\x0000", rest: bytes = b"") -> bytes:
    """By hand; `size`: its 12 bytes; `rest`: what stands from byte 345 on."""
    block = bytearray(512)
    block[: len(name)] = name
    block[100:124] = b"0000644\0" + b"0000000\0" * 2
    block[124:136] = size.ljust(12, b"\0")
    block[136:148] = b"00000000000\0"
    block[148:156] = b" " * 8
    block[156:157] = kind
    block[257:265] = magic.ljust(8, b"\0")
    block[345 : 345 + len(rest)] = rest
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def member(name: bytes, data: bytes, kind: bytes = b"0", **more: bytes) -> bytes:
    return header(name, b"%011o\0" % len(data), kind, **more) + data + bytes(-len(data) % 512)


END = bytes(1024)


def listing(texts: list[Drawn]) -> Drawn:
    return next(text for text in texts if text.marks and text.marks[0].locator == "list of members")


@pytest.mark.parametrize("form", FORMS)
def test_members_of_every_flavour(form: int) -> None:
    long_name = "folder-with-a-long-name/" * (4 if form == tarfile.USTAR_FORMAT else 12) + "Größe.txt"
    data = tarred({"a.txt": WORDS, long_name: b"long named", "c.bin": b"words\n" * 50_000 + b"tail"}, form)
    texts, skipped = read(data, "x.tar")
    assert not skipped
    assert where(texts, WORDS) == [("x.tar", "a.txt")]
    assert where(texts, b"long named") == [("x.tar", long_name)]
    assert where(texts, b"tail") == [("x.tar", "c.bin")]
    assert long_name in listing(texts).text


@pytest.mark.parametrize("form", FORMS)
def test_names_links_owners_and_extended_headers_are_text(form: int) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form, pax_headers={"comment": "planted global"}) as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE):
            info = tarfile.TarInfo("planted-name")
            info.type = kind
            info.linkname = "planted-link" * (20 if form != tarfile.USTAR_FORMAT else 1)
            info.uname, info.gname = "planted-owner", "planted-group"
            info.pax_headers = {"SCHILY.xattr.user.note": "planted attribute"}
            archive.addfile(info)
    texts, skipped = read(out.getvalue())
    assert not skipped
    found = listing(texts).text
    for planted in ("planted-name", "-> planted-link", "planted-owner", "planted-group"):
        assert planted in found
    assert ("planted attribute" in found and "planted global" in found) == (form == tarfile.PAX_FORMAT)


def test_a_header_without_magic() -> None:
    data = member(b"old.txt", WORDS, b"\0", magic=b"") + END
    assert detect(data) == "tar"
    texts, skipped = read(data)
    assert not skipped
    assert where(texts, WORDS) == [("sample", "old.txt")]


def test_a_size_in_base_256() -> None:
    size = b"\x80" + len(WORDS).to_bytes(11, "big")
    texts, skipped = read(header(b"a.txt", size) + WORDS + bytes(-len(WORDS) % 512) + END)
    assert not skipped
    assert where(texts, WORDS) == [("sample", "a.txt")]


def test_concatenated_archives_are_both_read() -> None:
    texts, skipped = read(tarred({"a.txt": WORDS}) + tarred({"b.txt": b"the other words"}))
    assert not skipped
    assert where(texts, WORDS) == [("sample", "a.txt")]
    assert where(texts, b"the other words") == [("sample", "b.txt")]


def test_what_stands_behind_the_end_is_read() -> None:
    texts, skipped = read(tarred({"a.txt": WORDS}) + b"planted behind" + zipped({"z.txt": b"planted in a zip"}))
    assert not skipped
    assert where(texts, b"planted behind")[0][:2] == ("sample", "data behind the archive")
    assert where(texts, b"planted in a zip")[0][-1] == "z.txt"


def test_padding_is_read() -> None:
    padded = header(b"a.txt", b"%011o\0" % 5) + b"short" + b"planted in padding".ljust(507, b"\0")
    texts, skipped = read(padded + END)
    assert not skipped
    assert where(texts, b"planted in padding") == [("sample", "padding")]


def test_data_of_a_folder_is_read() -> None:
    texts, skipped = read(member(b"folder/", WORDS, b"5") + member(b"b.txt", b"behind it") + END)
    assert not skipped
    assert where(texts, WORDS) == [("sample", "folder/")]
    texts, skipped = read(header(b"folder/", b"%011o\0" % 100, b"5") + member(b"b.txt", b"behind it") + END)
    assert not skipped
    assert where(texts, b"behind it") == [("sample", "b.txt")]


@pytest.mark.parametrize("gap", [512, 1024, 700])
def test_a_damaged_header_loses_one_member_at_most(gap: int) -> None:
    data = tarred({"a.txt": b"first words", "b.txt": b"second words", "c.txt": b"third words"})
    damaged = bytearray(data)
    damaged[1024 + 150 : 1024 + 154] = b"9999"
    texts, skipped = read(bytes(damaged))
    assert ("sample", "a.txt") in where(texts, b"first words")
    assert any(b"second words" in text.data for text in texts)
    assert ("sample", "c.txt") in where(texts, b"third words")
    assert Reason.CORRUPT in {each.reason for each in skipped}
    texts, skipped = read(data[:1024] + b"j" * gap + data[1024:])
    assert ("sample", "c.txt") in where(texts, b"third words")
    assert Reason.CORRUPT in {each.reason for each in skipped}


@pytest.mark.parametrize("cut", [600, 1024, 1500, 2100])
def test_a_cut_is_said(cut: int) -> None:
    data = tarred({"a.txt": b"first words" * 20, "b.txt": b"second words" * 90})
    texts, skipped = read(data[:cut])
    assert any(b"first words" in text.data for text in texts)
    assert Reason.CORRUPT in {each.reason for each in skipped}


def number(value: int) -> bytes:
    """Twelve bytes: in octal, or, if that does not do, in base 256."""
    return b"%011o\0" % value if value < 8**11 else b"\x80" + value.to_bytes(11, "big")


def old_sparse(pieces: list[tuple[int, bytes]], real: int) -> bytes:
    """As GNU tar writes it: four places in the header, 21 in each block behind it."""
    places = b"".join(number(offset) + number(len(data)) for offset, data in pieces)
    first, rest = places[:96], places[96:]
    size = sum(len(data) for _, data in pieces)
    more = bytes(41) + first.ljust(96, b"\0") + bytes((bool(rest),)) + number(real)
    block = header(b"holes.txt", b"%011o\0" % size, b"S", b"ustar  ", more)
    while rest:
        piece, rest = rest[:504], rest[504:]
        block += piece.ljust(504, b"\0") + bytes((bool(rest),)) + bytes(7)
    data = b"".join(data for _, data in pieces)
    return block + data + bytes(-len(data) % 512)


def test_an_old_sparse_member() -> None:
    pieces = [(n * 4096, b"words %03d" % n) for n in range(60)]
    texts, skipped = read(old_sparse(pieces, 60 * 4096) + member(b"b.txt", WORDS) + END)
    assert not skipped
    assert where(texts, b"words 059") == [("sample", "holes.txt")]
    found = next(text for text in texts if text.provenance[-1] == "holes.txt")
    assert found.data.index(b"words 010") == 10 * 4096
    assert where(texts, WORDS) == [("sample", "b.txt")]


@pytest.mark.parametrize("version", ["0.0", "0.1", "1.0"])
def test_sparse_members_by_tar(version: str, tmp_path: Path) -> None:
    path = tmp_path / "holes.bin"
    with open(path, "wb") as file:
        file.write(b"planted at the start")
        file.seek(300_000)
        file.write(b"planted behind a hole")
        file.seek(5_000_000)
        file.write(b"planted behind a large hole")
    archive = tmp_path / "x.tar"
    command = ["tar", "-S", "--format=pax", f"--sparse-version={version}", "-cf", str(archive), "-C", str(tmp_path)]
    subprocess.run([*command, "holes.bin"], check=True)
    data = archive.read_bytes()
    if len(data) > 1_000_000:
        pytest.skip("this file system keeps no holes")
    texts, skipped = read(data)
    assert not skipped
    for planted in (b"planted at the start", b"planted behind a hole", b"planted behind a large hole"):
        assert [each[-1] for each in where(texts, planted)] == ["holes.bin"]


def test_pax_headers_that_lie() -> None:
    extended = b"999999999999 path=x\n"
    texts, skipped = read(member(b"x", extended, b"x") + member(b"b.txt", WORDS) + END)
    assert where(texts, WORDS) == [("sample", "b.txt")]
    assert not skipped
    huge = header(b"x", b"%011o\0" % (1 << 30), b"x") + bytes(2048)
    _, skipped = read(member(b"a.txt", WORDS) + huge)
    assert {each.reason for each in skipped} >= {Reason.LIMIT}


def test_an_extended_header_without_member_is_said() -> None:
    _, skipped = read(member(b"a.txt", WORDS) + member(b"x", b"12 path=ab\n\n", b"x") + END)
    assert Reason.CORRUPT in {each.reason for each in skipped}


def test_members_have_a_limit() -> None:
    data = tarred({f"{n}.txt": b"words %d" % n for n in range(5)})
    texts, skipped = read(data, limits=Limits(max_members=5))
    assert not skipped
    texts, skipped = read(data, limits=Limits(max_members=4))
    assert [each.reason for each in skipped] == [Reason.LIMIT]
    assert where(texts, b"words 3")
    assert not where(texts, b"words 4")
    assert "3.txt" in listing(texts).text


def test_a_large_member_of_a_file_on_disk_is_read_where_it_lies(tmp_path: Path) -> None:
    from dlp.extract.recursion import extract
    from dlp.model import Blob

    from .samples import draw

    big = b"words\n" * 3_000_000 + b"planted at its end"
    path = tmp_path / "x.tar"
    path.write_bytes(tarred({"big.bin": big, "a.txt": WORDS}))
    with open(path, "rb") as stream:
        limits = Limits(max_part=1 << 20)  # for nothing of it has to be held
        texts, skipped, _ = draw(extract(Blob(("x.tar",), stream, path.stat().st_size), limits))
    assert not skipped
    assert where(texts, b"planted at its end") == [("x.tar", "big.bin")]
    assert where(texts, WORDS) == [("x.tar", "a.txt")]


def test_nothing_that_is_a_tar_by_its_name_only_is_believed() -> None:
    texts, skipped = read(b"a" * 257 + b"ustar\0" + b"planted words\0\1\2" + bytes(400), "x.tar")
    assert any(b"planted words" in text.data for text in texts)
    assert [each.reason for each in skipped] == [Reason.CORRUPT]


def test_gzip_of_a_cut_tar_is_said() -> None:
    _, skipped = read(gzip.compress(tarred({"a.txt": WORDS * 99})[:5000]))
    assert Reason.CORRUPT in {each.reason for each in skipped}
