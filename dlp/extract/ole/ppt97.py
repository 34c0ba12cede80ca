"""PowerPoint presentations before pptx ([MS-PPT]): every record of the document stream, former versions included."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

from dlp.extract import strings
from dlp.extract.ole import office_art
from dlp.extract.ole.storage import Storage, lines_text
from dlp.limits import Limits
from dlp.model import Blob, Provenance, Reason, Skipped, Text

_CHARACTERS, _BYTES, _STRING = 0x0FA0, 0x0FA8, 0x0FBA
_DOCUMENT, _SLIDE, _NOTES, _MASTER, _HANDOUT = 0x03E8, 0x03EE, 0x03F0, 0x03F8, 0x0FC9
_LIST, _PERSIST, _NOTES_OF, _PLACES, _TAGS = 0x0FF0, 0x03F3, 0x03F1, 0x1772, 0x138B
_COMMENT, _LINK, _OBJECT, _SOUND, _CRYPT, _HEADERS = 0x2EE0, 0x0FD7, 0x1011, 0x07E7, 0x2F14, 0x0FD9
_DRAWING = frozenset({0xF00B, 0xF121, 0xF122})
_TITLES = {_MASTER: "master", _HANDOUT: "handout", _DOCUMENT: "presentation", _LIST: "presentation"}
_INSIDE = {_COMMENT: "comment", _LINK: "link", _HEADERS: "header or footer"}
_ENCRYPTED = 0xF3D1C4DF


def read(storage: Storage) -> Iterator[Text | Blob | Skipped]:
    """The text (marks `slide 3`, `slide 3 notes`, `slide 3 comment`...), then embedded objects and pictures."""
    if "powerpoint document" not in storage:
        return
    storage.known = True
    data = storage.take("powerpoint document")
    user = storage.take("current user")
    if (len(user) >= 16 and struct.unpack_from("<I", user, 12)[0] == _ENCRYPTED) or "encryptedsummary" in storage:
        yield Skipped(storage.provenance, Reason.ENCRYPTED, "PowerPoint presentation: no password")
        # The mark may be forged: what is not encrypted has strings.
        yield lines_text(storage.provenance, (("encrypted presentation", line) for line in strings.both(data)))
        return
    show = _Show(data, storage.provenance)
    yield lines_text(storage.provenance, show.lines())
    if show.encrypted:
        yield Skipped(storage.provenance, Reason.ENCRYPTED, "PowerPoint presentation: no password")
    elif show.cut:
        yield Skipped(storage.provenance, Reason.CORRUPT, "PowerPoint presentation: a record goes beyond its end")
    if user:
        yield lines_text(storage.provenance, (("last user", line) for line in strings.both(user)))
    yield from show.objects(storage.limits)
    yield from office_art.blobs(office_art.find(storage.take("pictures")), storage.provenance, storage.limits)


class _Show:
    """One document stream. Its records are passed through in one row, with a stack of those that we are in."""

    def __init__(self, data: bytes, provenance: Provenance) -> None:
        self._data = data
        self._provenance = provenance
        self._found: list[tuple[int, int, int]] = []
        """Embedded objects: where, how long, which kind."""
        self.cut = False
        self.encrypted = False
        self._slides: dict[int, str] = {}
        """What stands at each place of the stream: `slide 3`."""
        self._by_id: dict[int, str] = {}
        self._place = "presentation"
        self._listed = 0

    def _records(self) -> Iterator[tuple[int, bool, int, int, int]]:
        """(place, whether it holds further records, instance, kind, size), containers before what they hold."""
        data = self._data
        at = 0
        while at + 8 <= len(data):
            head, kind, size = struct.unpack_from("<HHI", data, at)
            holds = head & 15 == 15 or kind == _TAGS
            yield at, holds, head >> 4, kind, size
            if holds:
                at += 8
            else:
                if at + 8 + size > len(data):
                    self.cut = True
                at += 8 + size

    def _number_slides(self) -> None:
        """Which slide, by its place in the show, stands where: the list names a number, a later table its place."""
        places: dict[int, int] = {}
        order: list[tuple[int, int, int]] = []
        which = 0
        for at, holds, instance, kind, size in self._records():
            if kind == _LIST:
                which = instance
            elif holds:
                continue
            elif kind == _PERSIST and at + 24 <= len(self._data):
                number, slide = struct.unpack_from("<I8xI", self._data, at + 8)
                order.append((which, number, slide))
            elif kind == _PLACES:
                places.update(_persisted(self._data[at + 8 : at + 8 + size]))
        counts: dict[int, int] = {}
        for which, number, slide in order:
            counts[which] = counts.get(which, 0) + 1
            if which == 0:
                name = f"slide {counts[which]}"
                self._by_id[slide] = name
                if number in places:
                    self._slides[places[number]] = name

    def lines(self) -> Iterator[tuple[str, str]]:
        self._number_slides()
        data = self._data
        inside: list[tuple[int, str]] = []
        which = 0
        for at, holds, instance, kind, size in self._records():
            while inside and at >= inside[-1][0]:
                inside.pop()
            begins, end = at + 8, at + 8 + size
            if kind == _CRYPT:
                self.encrypted = True
            if kind in _INSIDE:
                inside.append((end, _INSIDE[kind]))
            if holds:
                if kind == _LIST:
                    which, self._listed = instance, 0
                self._enter(kind, at)
            elif kind == _PERSIST:
                self._listed += 1
                self._place = f"slide {self._listed}" if which == 0 else "master" if which == 1 else "notes"
            elif kind == _NOTES_OF and self._place == "notes":
                slide = int.from_bytes(data[begins : begins + 4], "little")
                self._place = f"{self._by_id[slide]} notes" if slide in self._by_id else "notes"
            elif kind in (_OBJECT, _SOUND):
                self._found.append((begins, end, kind if instance == 0 or kind == _SOUND else -kind))
            elif kind != _PLACES:
                where = f"{self._place} {inside[-1][1]}" if inside else self._place
                for line in _told(kind, data[begins:end]):
                    yield f"{where} drawing" if kind in _DRAWING else where, line

    def _enter(self, kind: int, at: int) -> None:
        """What follows belongs to another place."""
        if kind == _SLIDE:
            self._place = self._slides.get(at, "former slide")
        elif kind == _NOTES:
            self._place = "notes"
        elif kind in _TITLES:
            self._place = _TITLES[kind]

    def objects(self, limits: Limits) -> Iterator[Blob]:
        for number, (begins, end, kind) in enumerate(self._found, 1):
            name = f"embedded sound {number}" if kind == _SOUND else f"embedded object {number}"
            content = self._data[begins:end]
            if kind < 0:
                yield office_art.unpacked((*self._provenance, name), content[4:], limits)
            elif content:
                yield Blob((*self._provenance, name), io.BytesIO(content), len(content))


def _persisted(body: bytes) -> dict[int, int]:
    """Places in the stream by number."""
    places = {}
    at = 0
    while at + 4 <= len(body):
        (head,) = struct.unpack_from("<I", body, at)
        first, count = head & 0xFFFFF, head >> 20
        at += 4
        for index in range(min(count, (len(body) - at) // 4)):
            (places[first + index],) = struct.unpack_from("<I", body, at + 4 * index)
        at += 4 * count
    return places


def _told(kind: int, body: bytes) -> Iterator[str]:
    """The lines in a record that holds no others."""
    if kind in (_CHARACTERS, _STRING, _BYTES):
        return _text(body, "latin-1" if kind == _BYTES else "utf-16-le")
    return strings.wide(body) if kind in _DRAWING else strings.both(body)


def _text(data: bytes, codec: str) -> Iterator[str]:
    """Lines; `\\x0b` is a break within a paragraph."""
    for line in data.decode(codec, "replace").replace("\x0b", "\n").replace("\r", "\n").split("\n"):
        if line.strip(" \0*"):
            yield line.replace("\0", "")
