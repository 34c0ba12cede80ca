"""Documents of one XML file, with pictures and objects encoded in it: flat OpenDocument, Word's XML."""

from __future__ import annotations

import binascii
import io
from collections.abc import Iterator

from dlp.extract.marking import Marker
from dlp.extract.office.xml_part import Refused
from dlp.extract.office.xml_words import Told, Vocabulary, XmlWords
from dlp.model import Blob, Mark, Reason, Skipped, Text

_ENCODED = 64 << 20
"""Bytes of embedded data in one document."""


class FlatWords(XmlWords):
    """Words as usual; what stands encoded in elements called `encoded` goes to `found`, with how it is called."""

    def __init__(
        self,
        max_depth: int,
        told: Told,
        place: str,
        found: list[tuple[str, bytes]],
        vocabulary: Vocabulary,
        encoded: tuple[str, ...],
    ) -> None:
        super().__init__(max_depth, told, place, vocabulary)
        self._found = found
        self._encoded: list[str] | None = None
        self._starts |= dict.fromkeys(encoded, self._data)
        self._ends |= dict.fromkeys(encoded, self._end_data)

    def _data(self, _: list[str]) -> None:
        self._encoded = []

    def _end_data(self) -> None:
        if self._encoded is not None:
            self._decode("".join(self._encoded))
            self._encoded = None

    def _characters(self, text: str) -> None:
        if self._encoded is not None:
            self._encoded.append(text)
        else:
            super()._characters(text)

    def _decode(self, text: str) -> None:
        try:
            data = binascii.a2b_base64(text)
        except ValueError:
            self._lines.append((self._where(0), text))
            return
        if len(data) + sum(len(each) for _, each in self._found) > _ENCODED:
            raise Refused(f"more than {_ENCODED} bytes of data encoded in XML")
        self._found.append((f"embedded data {len(self._found) + 1}", data))

    def finish(self) -> None:
        if self._encoded:  # cut short
            self._lines.append((self._where(0), "".join(self._encoded)))
            self._encoded = None
        super().finish()


def items(blob: Blob, what: str, words: FlatWords, found: list[tuple[str, bytes]]) -> Iterator[Text | Blob | Skipped]:
    """The text, what could not be read, and what `words` found in it."""
    marks: list[Mark] = []
    skipped: list[Skipped] = []
    blob.stream.seek(0)

    def chunks() -> Iterator[bytes]:
        marker = Marker(marks)
        try:
            while data := blob.stream.read(words.piece):
                words.feed(data)
                while told := words.take(marker):
                    yield told
            words.feed(b"", last=True)
        except Refused as error:
            skipped.append(Skipped(blob.provenance, Reason.CORRUPT, f"{what}: {error}"))
        words.finish()
        while told := words.take(marker):
            yield told

    yield Text(blob.provenance, "text", chunks(), marks)
    yield from skipped
    for name, data in found:
        yield Blob((*blob.provenance, name), io.BytesIO(data), len(data))


def is_flat(head: bytes) -> bool:
    """Whether a document begins as XML does, and not as a package."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
