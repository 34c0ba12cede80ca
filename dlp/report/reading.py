"""Reading a report again: which file a finding is of."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from dlp.errors import UsageError
from dlp.whole_files import read_whole


class Document(msgspec.Struct, frozen=True):
    """A document as a report names it."""

    id: str = ""
    name: str = ""
    version: int = 0


class _Finding(msgspec.Struct, frozen=True):
    id: str = ""
    document: Document = Document()


class _Suppressed(msgspec.Struct, frozen=True):
    finding: _Finding = _Finding()


class _Result(msgspec.Struct, frozen=True):
    path: str = ""
    findings: tuple[_Finding, ...] = ()
    suppressed: tuple[_Suppressed, ...] = ()


class _Report(msgspec.Struct, frozen=True):
    results: tuple[_Result, ...]


def find(path: str, wanted: str) -> tuple[str, Document]:
    """(path of the file, document) of the finding with the id `wanted`, in a report in JSON or JSON Lines.

    Raises UsageError: it cannot be read, is no report, or has no such finding.
    """
    data = read_whole(path)
    for result in _results(data, path):
        for finding in (*result.findings, *(each.finding for each in result.suppressed)):
            if finding.id == wanted:
                return result.path, finding.document
    raise UsageError(f"there is no passage #{wanted} in {path}")


def _results(data: bytes, path: str) -> Iterator[_Result]:
    try:
        yield from msgspec.json.decode(data, type=_Report).results
        return
    except msgspec.DecodeError:
        pass  # not one document: perhaps lines
    decoder = msgspec.json.Decoder(_Result)
    try:
        for line in data.splitlines():
            yield decoder.decode(line)
    except msgspec.DecodeError:
        raise UsageError(f"{path} is no report of dlp scan; write one with --format json or jsonl") from None
