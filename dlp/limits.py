"""How much a single input may cost. Every bound the engine keeps while reading is named here."""

from __future__ import annotations

import msgspec

MIB = 1 << 20


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds for one scanned or registered file. Beyond one, the rest is a `Skipped`."""

    max_file_size: int | None = None
    """Bytes; a larger file is not opened. None: no bound."""

    max_depth: int = 17
    """How many blobs may stand inside one another."""

    max_members: int = 10_000
    """Blobs taken out of one file, at all depths together."""

    max_text: int = 400 * MIB
    """Bytes of UTF-8 that an extractor may yield for one file. Plain text files are streamed and have no such bound."""

    max_unpacked: int = 400 * MIB
    """Bytes that may be unpacked for one file, at all depths together. What stands in an archive as it is (tar) counts
    once, where it comes out of something packed."""

    max_part: int = 200 * MIB
    """Bytes that one packed part (a zip member) may unpack to where it is held as a whole; archives need not be."""

    max_ratio: int = 100
    """Unpacked bytes per packed byte of one part, once `ratio_after` bytes are out."""

    ratio_after: int = MIB
    """Bytes that any part may unpack to before `max_ratio` counts."""

    max_xml_depth: int = 100
    """Nested XML elements."""

    ocr_pictures: int = 0
    """Pictures of one file, at all depths together, whose text is read by OCR: some seconds each. 0: none."""

    max_pixels: int = 50_000_000
    """Pixels of a picture that is read by OCR."""

    seconds: float = 120.0
    """Wall time for one file, besides the time its size alone allows."""

    bytes_per_second: int = 4 * MIB
    """A file of n bytes has n / bytes_per_second seconds more than `seconds`."""

    memory: int = 1024 * MIB
    """Bytes of address space that a worker may take beyond what it starts with."""

    max_passages: int = 100
    """Passages listed for one document in one text; further ones are counted in the share, not listed."""

    def deadline(self, size: int) -> float:
        """Seconds of wall time that a file of `size` bytes may take."""
        return self.seconds + size / self.bytes_per_second
