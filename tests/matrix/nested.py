"""Carriers inside carriers, in any order."""

from __future__ import annotations

import base64
import gzip
import io
import tarfile
from collections.abc import Callable

from . import packing
from .data import database, rows
from .mail import encoded, multipart
from .ooxml import paragraph, word, workbook, zipped
from .outlook import msg
from .pdf import attached_file
from .plant import Family, Plant

nested = Family("nested")


def _wrapped(data: bytes, *steps: Callable[[bytes], bytes]) -> bytes:
    for step in steps:
        data = step(data)
    return data


def in_zip(data: bytes) -> bytes:
    return zipped({"inner": data})


def in_tar(data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("inner")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def in_mail(data: bytes) -> bytes:
    return multipart(encoded(data))


def in_document(data: bytes) -> bytes:
    return word("", {"word/embeddings/oleObject1.bin": data})


def in_workbook(data: bytes) -> bytes:
    return workbook(parts={"xl/embeddings/oleObject1.bin": data})


def in_pdf(data: bytes) -> bytes:
    return attached_file("inner", data)


def in_json(data: bytes) -> bytes:
    return b'{"data": "%s"}' % base64.b64encode(data)


def in_gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def in_seven(data: bytes) -> bytes:
    return packing.seven("inner", data)


def in_message(data: bytes) -> bytes:
    return msg({}, attachments=({"37010102": data},))


def in_sqlite(data: bytes) -> bytes:
    return database(lambda connection: rows(connection, data))["a.db"]


def _document(plant: Plant) -> bytes:
    return word(paragraph(plant.text))


_CHAINS: tuple[tuple[str, str, Callable[[Plant], bytes], tuple[Callable[[bytes], bytes], ...]], ...] = (
    ("text in gz in tar in zip", "a.zip", lambda plant: plant.data, (in_gzip, in_tar, in_zip)),
    ("zip in zip, eight times", "a.zip", lambda plant: plant.data, (in_zip,) * 8),
    ("docx in zip in mail", "a.eml", _document, (in_zip, in_mail)),
    ("mail in zip in mail", "a.eml", lambda plant: in_mail(plant.data), (in_zip, in_mail)),
    ("docx in xlsx in docx", "a.docx", _document, (in_workbook, in_document)),
    ("docx in PDF in zip", "a.zip", _document, (in_pdf, in_zip)),
    ("PDF in docx in tar.gz", "a.tgz", lambda plant: in_pdf(plant.data), (in_document, in_tar, in_gzip)),
    ("zip in base64 in JSON in gz", "a.json.gz", lambda plant: plant.data, (in_zip, in_json, in_gzip)),
    ("docx in 7-Zip in zip", "a.zip", _document, (in_seven, in_zip)),
    ("docx in msg in zip", "a.zip", _document, (in_message, in_zip)),
    ("msg in mail", "a.eml", lambda plant: in_message(plant.data), (in_mail,)),
    ("zip in SQLite in tar", "a.tar", lambda plant: plant.data, (in_zip, in_sqlite, in_tar)),
    ("docx in mail in mail in tar in gz", "a.tgz", _document, (in_mail, in_mail, in_tar, in_gzip)),
    ("gz, twelve times", "a.gz", lambda plant: plant.data, (in_gzip,) * 12),
    ("zip, deeper than the limit", "a.zip", lambda plant: plant.data, (in_zip,) * 25),
)
for _what, _file, _start, _steps in _CHAINS:
    nested.add(
        _what,
        _file,
        lambda plant, start=_start, steps=_steps: _wrapped(start(plant), *steps),
        readable="limit" not in _what,
    )
