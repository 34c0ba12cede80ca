from __future__ import annotations

import io
import random
import struct

import olefile
import pytest

from dlp.extract.ole.compound import Compound
from dlp.extract.unpacking import PartError
from dlp.limits import Limits
from dlp.model import Reason

from .samples import docx, paragraph, read, words
from .samples_ole import compound, lpstr, lpwstr, macros, native, package, packed_macro, property_set, word, xls

LARGE = b"A stream that is large enough for sectors of its own. " * 100


def _compound(data: bytes, limits: Limits | None = None) -> Compound:
    return Compound(io.BytesIO(data), len(data), limits or Limits())


def _place(data: bytes, marker: str) -> tuple[tuple[str, ...], str]:
    """Provenance and locator of the text that holds `marker`."""
    for text in read(data)[0]:
        if text.alphabet == "text" and marker in text.text:
            return text.provenance, text.place(marker) if text.marks else ""
    raise AssertionError(f"{marker} was not read")


STREAMS = {"Short": b"short stream", "A/Large": LARGE, "A/B/Deep": b"deep", "Empty": b""}


def test_streams_are_what_another_reader_finds() -> None:
    data = compound(STREAMS)
    ours = _compound(data)
    with olefile.OleFileIO(io.BytesIO(data)) as theirs:
        told = {"/".join(path): theirs.openstream(path).read() for path in theirs.listdir()}
    assert {"/".join(entry.path): ours.read(entry) for entry in ours.entries if entry.is_stream} == told == STREAMS
    assert not ours.cut


def test_large_sectors_are_read() -> None:
    data = compound({"Large": LARGE, "A/Short": b"short words"}, sector=4096)
    assert _place(data, "large enough")[0] == ("sample", "Large")
    assert _place(data, "short words")[0] == ("sample", "A", "Short")
    assert not _compound(data).cut


def test_a_table_that_is_too_large_for_the_header_is_followed() -> None:
    data = compound({"Large": bytes(16 << 20) + b"words at the end", "Other": LARGE})
    ours = _compound(data)
    with olefile.OleFileIO(io.BytesIO(data)) as theirs:
        for entry in ours.entries:
            assert ours.read(entry) == theirs.openstream(list(entry.path)).read()
    assert not ours.cut


def test_every_stream_is_told_with_its_path() -> None:
    assert _place(compound(STREAMS), "deep")[0] == ("sample", "A", "B", "Deep")
    assert _place(compound(STREAMS), "large enough")[0] == ("sample", "A", "Large")


def test_strings_of_unknown_streams_are_found_in_both_widths() -> None:
    data = compound(
        {"X": bytes(range(40)) * 20 + b"narrow words" + bytes(9) + "wide words, gr\u00fc\u00dfe".encode("utf-16-le")}
    )
    assert _place(data, "narrow words") == (("sample", "X"), "stream X")
    assert _place(data, "wide words, gr\u00fc\u00dfe") == (("sample", "X"), "stream X")
    assert [(each.reason, each.provenance) for each in read(data)[1]] == [(Reason.UNSUPPORTED, ("sample",))]


def test_nothing_but_text_is_read_whole() -> None:
    for streams in ({}, {"MsoDataStore/A/Item": b"<x>words of a form</x>"}):
        texts, skipped = read(compound(streams))
        assert not skipped
        assert not streams or any("words of a form" in text.text for text in texts)


def test_a_stream_of_a_known_type_is_gone_into() -> None:
    data = compound({"Package": docx(paragraph("inner words"))})
    assert _place(data, "inner words") == (("sample", "Package"), "paragraph 1")
    assert not read(data)[1]


def test_streams_that_no_storage_names_are_read() -> None:
    data = bytearray(compound({"Kept": b"kept words", "Lost": LARGE}))
    at = data.index("Root Entry".encode("utf-16-le"))
    struct.pack_into("<I", data, at + 76, 1)  # the root's child is the first stream only
    assert {entry.path[0]: entry.lost for entry in _compound(bytes(data)).entries} == {"Kept": False, "Lost": True}
    assert "large enough" in words(bytes(data))


def test_free_sectors_and_what_is_behind_are_read() -> None:
    data = compound(
        {"X": b"words"}, free="left over from before".encode("utf-16-le"), behind=docx(paragraph("appended"))
    )
    assert _place(data, "left over from before") == (("sample",), "outside of all streams")
    assert _place(data, "appended") == (("sample", "data behind the last sector"), "paragraph 1")


def test_names_and_the_header_s_sector_are_read() -> None:
    data = bytearray(compound({"planted name": b"x"}, sector=4096))
    data[1000:1013] = b"planted words"
    assert _place(bytes(data), "planted name\n")[1] == "outside of all streams"
    assert _place(bytes(data), "planted words")[1] == "outside of all streams"


def test_noise_outside_of_all_streams_is_said() -> None:
    data = word("x\r", further={"Gone": random.Random(1).randbytes(9216)})
    at = data.index("Gone\0".encode("utf-16-le"))
    skipped = read(data[: at + 66] + b"\0" + data[at + 67 :])[1]
    assert [(each.reason, each.provenance) for each in skipped] == [(Reason.UNSUPPORTED, ("sample",))]


def test_what_stands_behind_a_stream_in_its_last_sector_is_read() -> None:
    for size in (20, 5000):
        data = compound({"X": b"x" * size + b"words behind"})
        at = data.index("X\0".encode("utf-16-le") + bytes(60))
        data = data[: at + 120] + struct.pack("<Q", size) + data[at + 128 :]
        assert _place(data, "words behind") == (("sample",), "outside of all streams")


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_a_file_that_is_cut_short_is_said_and_searched(kept: float) -> None:
    data = compound({"X": LARGE, "Y": LARGE, "Z": b"z" * 100})
    texts, skipped = read(data[: int(len(data) * kept)])
    assert "large enough" in "".join(text.text for text in texts)
    assert Reason.CORRUPT in {each.reason for each in skipped}


def test_a_header_that_is_none_is_searched_as_plain_bytes() -> None:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(50) + b"words that stand there" * 30
    texts, skipped = read(data)
    assert "words that stand there" in texts[-1].text
    assert [each.reason for each in skipped] == [Reason.CORRUPT]


def test_circles_end() -> None:
    data = bytearray(compound({"X": LARGE}))
    fat = struct.unpack_from("<I", data, 76)[0]
    table = 512 + 512 * fat
    struct.pack_into("<128I", data, table, *[0] * 128)  # every sector is followed by the first
    compound_file = _compound(bytes(data))
    for entry in compound_file.entries:
        if entry.is_stream:
            with pytest.raises(PartError):
                compound_file.read(entry)
    assert read(bytes(data))[1]


def test_many_streams_in_one_place_are_not_read_for_ever() -> None:
    data = compound({f"S{number}": LARGE for number in range(60)})
    for number in range(60):
        at = data.index(f"S{number}\0".encode("utf-16-le"))
        size = struct.pack("<II", 0, len(data))
        data = data[: at + 116] + size + data[at + 124 :]
    reasons = {each.reason for each in read(data)[1]}
    assert Reason.LIMIT in reasons


def test_a_stream_over_the_limit_is_read_up_to_there() -> None:
    data = compound({"X": b"before the limit" + b"x" * 6000 + b"behind the limit"})
    for size, inside in ((6000, False), (7000, True)):
        texts, skipped = read(data, limits=Limits(max_part=size))
        text = "".join(text.text for text in texts if text.provenance == ("sample", "X"))
        assert "before the limit" in text
        assert ("behind the limit" in text) == inside
        assert (Reason.LIMIT in {each.reason for each in skipped}) == (not inside)


def test_too_many_or_too_deep_storages_are_said() -> None:
    deep = compound({"/".join("S" for _ in range(60)) + "/X": b"deep words"})
    assert "deep words" in words(deep)
    assert Reason.LIMIT in {each.reason for each in read(deep)[1]}
    many = compound({f"S{number}": b"words" for number in range(20)})
    for most, said in ((30, False), (10, True)):
        limits = Limits(max_members=most)
        assert (Reason.LIMIT in {each.reason for each in read(many, limits=limits)[1]}) == said


def test_properties_that_lie_over_one_another_are_not_told_for_ever() -> None:
    long = lpstr(b"planted words, " + b"and many more " * 2000)
    summary = bytearray(property_set({2: long, **dict.fromkeys(range(3, 2000), b"")}))
    (at,) = struct.unpack_from("<I", summary, 48 + 8 + 8 + 4)
    for index in range(2, 1999):
        struct.pack_into("<I", summary, 48 + 8 + 8 * index + 4, at)
    data = word("x\r", further={"\x05SummaryInformation": bytes(summary)})
    assert "planted words" in words(data)
    assert len(words(data)) < 10 * len(data)


@pytest.mark.parametrize("names", [("EncryptedPackage", "EncryptionInfo")])
def test_an_encrypted_package_is_said(names: tuple[str, ...]) -> None:
    skipped = read(compound(dict.fromkeys(names, b"\x07\x93" * 3000)))[1]
    assert (Reason.ENCRYPTED, ("sample",)) in {(each.reason, each.provenance) for each in skipped}


def test_properties_are_told_with_their_names() -> None:
    summary = property_set({2: lpstr(b"A title"), 4: lpwstr("J\u00f6rg"), 9: struct.pack("<II", 3, 77)})
    own = property_set({2: lpstr(b"case 4711")}, {2: "File number"}, summary=False)
    data = word("x\r", further={"\x05SummaryInformation": summary, "\x05DocumentSummaryInformation": own})
    assert _place(data, "A title") == (("sample", "SummaryInformation"), "property Title")
    assert _place(data, "J\u00f6rg")[1] == "property Author"
    assert _place(data, "case 4711")[1] == "property File number"
    assert "File number\n" in words(data)
    assert not read(data)[1]


def test_lists_of_properties_are_told() -> None:
    parts = struct.pack("<II", 0x101E, 2) + struct.pack("<I", 4) + b"one\0" + struct.pack("<I", 4) + b"two\0"
    mixed = struct.pack("<II", 0x100C, 1) + lpstr(b"varied\0")
    data = word("x\r", further={"\x05SummaryInformation": property_set({13: parts, 12: mixed})})
    assert all(word in words(data) for word in ("one\n", "two\n", "varied\n"))


def test_a_broken_property_set_is_told_by_its_strings() -> None:
    data = word("x\r", further={"\x05SummaryInformation": b"\xfe\xff" + bytes(30) + b"words all the same"})
    assert _place(data, "words all the same")[1] == "property"


def test_an_embedded_file_is_read_under_its_name() -> None:
    data = word("x\r", further={"ObjectPool/_1/\x01Ole10Native": native("plan.docx", docx(paragraph("secret plan")))})
    assert _place(data, "secret plan") == (("sample", "ObjectPool", "_1", "plan.docx"), "paragraph 1")
    assert _place(data, "C:\\somewhere\\plan.docx")[1] == "embedded file's name"


def test_an_embedded_file_without_its_form_is_a_blob_as_it_is() -> None:
    data = word("x\r", further={"ObjectPool/_1/\x01Ole10Native": b"\x20\0\0\0words of an odd object"})
    assert _place(data, "words of an odd object")[0][-1] == "embedded object"
    broken = word("x\r", further={"ObjectPool/_1/\x01Ole10Native": b"\0\0\0\0" + package("a.txt", b"abc")[:20]})
    assert "a.txt" in words(broken)


def test_embedded_documents_are_read_as_what_they_are() -> None:
    stream = word("inner document\r")
    with olefile.OleFileIO(io.BytesIO(stream)) as inner:
        streams = {"/".join(path): inner.openstream(path).read() for path in inner.listdir()}
    data = word("x\r", further={f"ObjectPool/_1/{name}": content for name, content in streams.items()})
    assert _place(data, "inner document") == (("sample", "ObjectPool", "_1"), "paragraph 1")


SOURCE = b'Attribute VB_Name = "Module1"\r\nSub Send()\r\n  Key = "planted key"\r\nEnd Sub\r\n'


def test_a_stream_of_noise_is_said() -> None:
    data = word("x\r", further={"ObjectPool/_1/Strange": random.Random(1).randbytes(9000)})
    assert [(each.reason, each.provenance) for each in read(data)[1]] == [
        (Reason.UNSUPPORTED, ("sample", "ObjectPool", "_1", "Strange"))
    ]


def test_an_embedded_drawing_whose_words_are_packed_is_said() -> None:
    data = word("x\r", further={"ObjectPool/_1/VisioDocument": bytes(range(256)) * 20})
    assert [(each.reason, each.provenance) for each in read(data)[1]] == [
        (Reason.UNSUPPORTED, ("sample", "ObjectPool", "_1"))
    ]


def test_macros_of_newer_documents_are_read() -> None:
    data = docx(parts={"word/vbaProject.bin": compound(macros(SOURCE, at="VBA"))})
    assert _place(data, "planted key") == (("sample", "word/vbaProject.bin", "VBA", "Module1"), "macro Module1")


def test_what_a_project_says_of_itself_is_read() -> None:
    streams = macros(SOURCE)
    streams["Macros/VBA/dir"] = packed_macro(b"\x03\0\2\0\0\0\xe4\4\5\0\x0e\0\0\0planted remark")
    assert _place(word("x\r", further=streams), "planted remark")[1] == "macro project"


def test_macros_are_read_in_any_document_and_on_their_own() -> None:
    for data in (word("x\r", further=macros(SOURCE)), compound(macros(SOURCE, at="VBA")), xls(b"", macros(SOURCE))):
        where, place = _place(data, "planted key")
        assert place == "macro Module1"
        assert where[-1] == "Module1"


def test_compiled_macros_are_told_by_their_strings() -> None:
    data = word("x\r", further=macros(SOURCE, compiled=b"\0\1\2\3hidden in the compiled form\0\1"))
    assert _place(data, "hidden in the compiled form")[1] == "macro Module1 (compiled)"
    assert _place(data, "planted key")[1] == "macro Module1"


def test_a_macro_is_found_without_its_directory() -> None:
    streams = macros(SOURCE, compiled=b"\0\1\2\3xyz")
    streams["Macros/VBA/dir"] = b"broken"
    assert _place(word("x\r", further=streams), "planted key")[1] == "macro Module1"


def test_references_in_packed_macros_are_followed() -> None:
    # [MS-OVBA] 3.2.3, maximum compression: 73 letters a.
    streams = macros(SOURCE)
    streams["Macros/VBA/Module1"] = bytes.fromhex("0103b0026145 00".replace(" ", ""))
    data = word("x\r", further=streams)
    assert "a" * 73 in words(data)


def test_a_damaged_macro_is_said_and_what_was_unpacked_is_told() -> None:
    streams = macros(SOURCE)
    streams["Macros/VBA/Module1"] = streams["Macros/VBA/Module1"][:60] + b"\xff" * 30
    data = word("x\r", further=streams)
    assert "Attribute VB_Name" in words(data)
    assert Reason.CORRUPT in {each.reason for each in read(data)[1]}
