"""Outlook messages ([MS-OXMSG]): a storage for the message, one for each recipient, one for each attachment."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator

from dlp.extract.ole import mapi
from dlp.extract.ole.storage import Storage, lines_text, shown
from dlp.model import Blob, Skipped, Text

_FIXED = "__properties_version1.0"
_STREAM = re.compile(r"__substg1\.0_([0-9a-f]{4})([0-9a-f]{4})(?:-([0-9a-f]{8}))?")
_ATTACHMENT = "__attach_version1.0_"
_RECIPIENT = "__recip_version1.0_"
_NAMED = "__nameid_version1.0"


def read(storage: Storage) -> Iterator[Text | Blob | Skipped]:
    """A message's properties as text (marks `subject`, `body`, `to`...), its other bodies and the attached file as
    blobs. What stands in its storages is read as theirs."""
    if _FIXED not in storage:
        return
    storage.known = True
    own = storage.path[-1].lower() if storage.path else ""
    header = 8 if own.startswith((_ATTACHMENT, _RECIPIENT)) else 24 if storage.path else 32
    codec = _codec(storage.take(_FIXED), header)
    values: list[tuple[int, int, bytes]] = []
    for name, entries in storage.streams.items():
        if found := _STREAM.fullmatch(name):
            for entry in entries:
                values.append((int(found[1], 16), int(found[2], 16), storage.content(entry)))
    names = {number: mapi.text_of(kind, data, codec) for number, kind, data in values
             if number in (mapi.LONG_NAME, mapi.SHORT_NAME, mapi.DISPLAY_NAME)}  # fmt: skip
    place = "recipient " if own.startswith(_RECIPIENT) else "attachment " if own.startswith(_ATTACHMENT) else ""
    values.sort(key=lambda value: (value[0] == mapi.BODY, value[0] not in mapi.NAMES))
    yield lines_text(storage.provenance, _lines(values, codec, place))
    for number, kind, data in values:
        yield from mapi.body_of(number, kind, data, storage.provenance, codec, storage.limits)
    if own.startswith(_ATTACHMENT):
        file_name = shown(next((names[key] for key in (mapi.LONG_NAME, mapi.SHORT_NAME, mapi.DISPLAY_NAME)
                                if names.get(key)), "attachment"))  # fmt: skip
        for number, _, data in values:
            if number == mapi.DATA and data:
                yield Blob((*storage.provenance[:-1], file_name), io.BytesIO(data), len(data))
        for name in storage.storages:
            storage.names[name] = file_name
    for name in storage.storages:
        if name.startswith(_ATTACHMENT):
            storage.names[name] = f"attachment {_number(name) + 1}"
        elif name.startswith(_RECIPIENT):
            storage.names[name] = f"recipient {_number(name) + 1}"
        elif name == _NAMED:
            storage.names[name] = "names of properties"


def _lines(values: list[tuple[int, int, bytes]], codec: str, place: str) -> Iterator[tuple[str, str]]:
    for number, kind, data in values:
        if number not in (mapi.HTML, mapi.RTF, mapi.DATA):
            for where, line in mapi.words_of(number, kind, data, codec):
                yield place + where, line


def _number(name: str) -> int:
    try:
        return int(name.rpartition("#")[2], 16)
    except ValueError:
        return 0


def _codec(fixed: bytes, header: int) -> str:
    found = {}
    for at in range(header, len(fixed) - 15, 16):
        (tag,) = struct.unpack_from("<I", fixed, at)
        number = tag >> 16
        if number in mapi.CODE_PAGES and (codec := mapi.code_page(number, fixed[at + 8 : at + 16])):
            found[number] = codec
    return next((found[number] for number in mapi.CODE_PAGES if number in found), "cp1252")
