from __future__ import annotations

import struct
from collections.abc import Callable, Mapping

import pytest

from dlp.extract.archive import libarchive_api
from dlp.extract.detect import detect
from dlp.limits import Limits
from dlp.model import Reason

from .samples import docx, paragraph, read
from .samples_archives import WORDS, gzipped, tarred, zipped
from .samples_libarchive import MAKERS, cab, rar, written
from .test_zip import where

Make = Callable[[Mapping[str, bytes]], bytes]
FORMATS = list(MAKERS.items())


def inside(texts: list, planted: bytes) -> list[tuple[str, ...]]:  # type: ignore[type-arg]
    """Where the words stand, but for the plain bytes of the archive itself."""
    return [each for each in where(texts, planted) if len(each) > 1]


@pytest.mark.parametrize(("kind", "make"), FORMATS)
def test_members_are_read_with_their_names(kind: str, make: Make) -> None:
    big = b"".join(b"%d words\n" % n for n in range(30_000)) + b"the tail"
    data = make({"a.txt": WORDS, "big.txt": big})
    assert detect(data[:65536]) == kind
    texts, skipped = read(data, "x." + kind)
    assert not skipped
    assert [each[1].lower() for each in inside(texts, WORDS)] == ["a.txt"]
    assert [each[1].lower() for each in inside(texts, b"the tail")] == ["big.txt"]
    listing = next(text for text in texts if text.marks and text.marks[0].locator == "list of members")
    assert "a.txt" in listing.text.lower()


@pytest.mark.parametrize(("kind", "make"), FORMATS)
def test_what_is_inside_is_gone_into(kind: str, make: Make) -> None:
    texts, skipped = read(make({"a.docx": docx(paragraph("inner", " words")), "b.tgz": gzipped(tarred({"c": WORDS}))}))
    assert not skipped
    assert [each[1].lower() for each in inside(texts, b"inner words")] == ["a.docx"]
    assert [each[-1] for each in inside(texts, WORDS)] == ["c"]


@pytest.mark.parametrize(("kind", "make"), FORMATS)
def test_a_cut_is_said(kind: str, make: Make) -> None:
    data = make({"a.txt": WORDS, "b.txt": bytes(range(32, 127)) * 400})
    kept = len(data) - 4000 if kind == "iso" else len(data) // 2
    texts, skipped = read(data[:kept])
    assert texts
    if kind == "iso" and data[kept:].strip(b"\0") == b"":
        return  # only its padding is gone
    assert Reason.CORRUPT in {each.reason for each in skipped}


@pytest.mark.parametrize(("kind", "make"), FORMATS)
def test_what_stands_behind_the_archive_is_read(kind: str, make: Make) -> None:
    texts, _ = read(make({"a.txt": WORDS}) + b"planted behind it\n")
    assert where(texts, b"planted behind it")


@pytest.mark.parametrize(("kind", "make"), FORMATS)
def test_members_have_a_limit(kind: str, make: Make) -> None:
    data = make({f"{n}.txt": b"words %d" % n for n in range(5)})
    spare = 1 if kind == "iso" else 0  # the root folder is an entry
    _, skipped = read(data, limits=Limits(max_members=5 + spare))
    assert not skipped
    texts, skipped = read(data, limits=Limits(max_members=4 + spare))
    assert [each.reason for each in skipped] == [Reason.LIMIT]
    assert len({each[1] for n in range(5) for each in inside(texts, b"words %d" % n)}) == 4


def test_packed_members_of_7z_keep_to_the_budget() -> None:
    data = written("7zip", {"a.txt": b"z" * 3_000_000})
    _, skipped = read(data)
    assert [each.reason for each in skipped] == [Reason.LIMIT]
    texts, skipped = read(data, limits=Limits(max_ratio=10**6, max_unpacked=3_000_000))
    assert not skipped
    assert len(inside(texts, b"z" * 3_000_000)) == 1
    texts, skipped = read(data, limits=Limits(max_ratio=10**6, max_unpacked=2_999_999))
    assert [each.reason for each in skipped] == [Reason.LIMIT]
    assert len(inside(texts, b"z" * 2_999_999)) == 1


def test_an_encrypted_member_is_said() -> None:
    texts, skipped = read(rar({"secret.txt": WORDS}, flags=4))
    assert [(each.provenance, each.reason) for each in skipped] == [(("sample", "secret.txt"), Reason.ENCRYPTED)]
    assert any("secret.txt" in text.text for text in texts)


def test_without_the_library_it_is_said_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libarchive_api, "load", lambda: None)
    texts, skipped = read(rar({"a.txt": WORDS}))
    assert [each.reason for each in skipped] == [Reason.UNSUPPORTED]
    assert "libarchive" in skipped[0].detail
    assert where(texts, WORDS) == [("sample",)]  # for nothing of it is packed


@pytest.mark.parametrize("kind", ["7z", "rar", "cab"])
def test_archives_behind_a_program_are_read(kind: str) -> None:
    front = b"MZ" + bytes(300) + b"This program unpacks itself." + bytes(70_000)
    texts, _ = read(front + MAKERS[kind]({"a.txt": WORDS}), "setup.exe")
    assert ("setup.exe", "a.txt") in where(texts, WORDS)


def test_pieces_of_a_split_archive_say_so() -> None:
    data = MAKERS["7z"]({"a.txt": WORDS, "b.bin": bytes(range(256)) * 40})
    for name in ("x.7z.001", "x.part1.rar", "x.rar.001"):
        texts, skipped = read(data[: len(data) // 2], name)
        assert any("the others are needed" in each.detail for each in skipped)
        assert texts
    _, skipped = read(data[len(data) // 2 :], "x.r00")
    assert any("piece 1" in each.detail for each in skipped)


def test_a_zip_in_an_iso() -> None:
    texts, skipped = read(MAKERS["iso"]({"X.ZIP": zipped({"deep.txt": WORDS})}))
    assert not skipped
    assert [each[-1] for each in inside(texts, WORDS)] == ["deep.txt"]


def test_nothing_more_is_asked_of_an_archive_that_is_lost() -> None:
    data = bytearray(cab({"a.txt": WORDS, "b.txt": WORDS}))
    size = 2 * len(WORDS)
    struct.pack_into("<IHH", data, data.index(WORDS) - 8, 7, size, size + 1)  # a wrong checksum, and a wrong size
    texts, skipped = read(bytes(data))  # asked for the next header, libarchive would crash
    told = [(each.provenance, each.reason) for each in skipped]
    assert told == [(("sample", "a.txt"), Reason.CORRUPT), (("sample",), Reason.CORRUPT)]
    assert where(texts, WORDS)
