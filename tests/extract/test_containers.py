"""ar, cpio and RPM: archives of systems and packages."""

from __future__ import annotations

import gzip
import struct

import pytest

from dlp.extract.detect import detect
from dlp.limits import Limits
from dlp.model import Reason

from .samples import read
from .samples_archives import WORDS, ar, cpio_binary, cpio_new, cpio_portable, rpm, tarred
from .test_zip import where

CPIO = [cpio_new, cpio_portable, cpio_binary]


def test_members_of_ar_in_every_way_of_naming() -> None:
    names = b"a-name-of-more-than-16-characters.txt/\n"
    long_name = b"long-bsd".ljust(20, b"\0")
    data = ar(
        {b"short.txt/": b"of GNU", b"bsd.txt": b"of BSD!", b"//": names, b"/0": WORDS, b"#1/20": long_name + b"behind"}
    )
    assert detect(data) == "ar"
    texts, skipped = read(data)
    assert not skipped
    assert where(texts, b"of GNU") == [("sample", "short.txt")]
    assert where(texts, b"of BSD!") == [("sample", "bsd.txt")]
    assert where(texts, WORDS) == [("sample", "a-name-of-more-than-16-characters.txt")]
    assert where(texts, b"behind") == [("sample", "long-bsd")]
    assert next(text for text in texts if text.marks and "bsd.txt" in text.text).place("bsd.txt") == "list of members"


def test_a_debian_package_is_read_to_its_files() -> None:
    data = ar(
        {
            b"debian-binary": b"2.0\n",
            b"control.tar.gz": gzip.compress(tarred({"./control": b"Description: planted in control\n"})),
            b"data.tar.gz": gzip.compress(tarred({"./usr/share/doc/x": WORDS})),
        }
    )
    texts, skipped = read(data, "x.deb")
    assert not skipped
    assert where(texts, b"planted in control") == [("x.deb", "control.tar.gz", "control.tar", "./control")]
    assert where(texts, WORDS) == [("x.deb", "data.tar.gz", "data.tar", "./usr/share/doc/x")]


def test_what_is_no_header_in_ar_is_said_and_read() -> None:
    texts, skipped = read(ar({b"a.txt": WORDS}) + b"planted behind\n" * 9)
    assert where(texts, b"planted behind")[-1] == ("sample", "data behind the archive") or where(
        texts, b"planted behind"
    )
    assert [each.reason for each in skipped] == [Reason.CORRUPT]
    _, skipped = read(ar({b"a.txt": WORDS})[:-20])
    assert [each.reason for each in skipped] == [Reason.CORRUPT]


@pytest.mark.parametrize("make", CPIO)
def test_members_of_every_kind_of_cpio(make) -> None:  # type: ignore[no-untyped-def]
    data = make({"folder/a.txt": WORDS, "b": b"odd", "big.txt": b"words\n" * 20_000 + b"tail"})
    assert detect(data) == "cpio"
    texts, skipped = read(data)
    assert not skipped
    assert where(texts, WORDS) == [("sample", "folder/a.txt")]
    assert where(texts, b"odd") == [("sample", "b")]
    assert where(texts, b"tail") == [("sample", "big.txt")]
    assert any("folder/a.txt" in text.text for text in texts if text.marks)


def test_links_of_cpio_are_listed() -> None:
    texts, skipped = read(cpio_new({"link": b"planted-target"}, mode=0o120777))
    assert not skipped
    assert texts[0].text == "link  -> planted-target\n"


@pytest.mark.parametrize("make", CPIO)
def test_a_cut_cpio_is_said(make) -> None:  # type: ignore[no-untyped-def]
    data = make({"a.txt": WORDS, "b.txt": WORDS * 9})
    for cut in (120, 200, len(data) - 140, len(data) // 2):
        texts, skipped = read(data[:cut])
        assert texts
        assert skipped


def test_what_stands_behind_a_cpio_is_read_as_in_a_ram_disk() -> None:
    first = cpio_new({"early.txt": b"planted early"})
    data = first + bytes(-len(first) % 512) + gzip.compress(cpio_new({"late.txt": WORDS}))
    texts, skipped = read(data, "initrd")
    assert not skipped
    assert where(texts, b"planted early") == [("initrd", "early.txt")]
    assert where(texts, WORDS)[0][-1] == "late.txt"
    texts, skipped = read(cpio_new({"a.txt": b"one planted"}) + cpio_new({"b.txt": WORDS}))
    assert not skipped
    assert where(texts, WORDS) == [("sample", "b.txt")]


def test_the_headers_and_the_payload_of_rpm() -> None:
    payload = gzip.compress(cpio_new({"./etc/secret.conf": WORDS}))
    data = rpm("planted-name-1.0", ["planted summary", "planted script"], payload)
    texts, skipped = read(data, "x.rpm")
    assert not skipped
    for planted in (b"planted-name-1.0", b"planted summary", b"planted script"):
        assert where(texts, planted)[0] == ("x.rpm",)
    assert where(texts, WORDS) == [("x.rpm", "payload", "content", "./etc/secret.conf")]


def test_a_damaged_rpm_is_said() -> None:
    data = rpm("planted-name-1.0", ["planted summary"], gzip.compress(cpio_new({"a": WORDS})))
    for cut in (50, 100, 130, 260):
        texts, skipped = read(data[:cut])
        assert texts
        assert {each.reason for each in skipped} == {Reason.CORRUPT}
    huge = data[:96] + b"\x8e\xad\xe8\1" + bytes(4) + struct.pack(">II", 1 << 31, 1 << 31)
    _, skipped = read(huge)
    assert {each.reason for each in skipped} == {Reason.LIMIT}


def test_strings_that_are_pointed_at_many_times_are_read_a_bounded_number_of_times() -> None:
    data = rpm("x", ["planted " * 100] * 3, b"", repeat=5000)
    texts, skipped = read(data)
    assert sum(len(text.data) for text in texts if text.marks) < 100 * len(data)
    assert where(texts, b"planted")
    assert not skipped


@pytest.mark.parametrize("make", [cpio_new, lambda files: ar({name.encode(): data for name, data in files.items()})])
def test_members_have_a_limit(make) -> None:  # type: ignore[no-untyped-def]
    data = make({f"{n}.txt": b"words %d" % n for n in range(5)})
    _, skipped = read(data, limits=Limits(max_members=5))
    assert not skipped
    texts, skipped = read(data, limits=Limits(max_members=4))
    assert [each.reason for each in skipped] == [Reason.LIMIT]
    assert where(texts, b"words 3")
    assert not where(texts, b"words 4")
