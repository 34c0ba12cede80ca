"""Reading a report in JSON or JSON Lines, version 1, back: results as the engine has them.

What a report does not have is empty: a file's place on its disk, values of rules that count. Shares have four digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from dlp import model
from dlp.errors import UsageError
from dlp.report import json_v1
from dlp.whole_files import read_whole


class _Report(msgspec.Struct, frozen=True):
    version: int
    results: tuple[json_v1.Result, ...]


class _Last(msgspec.Struct, frozen=True):
    """What JSON Lines ends with."""

    version: int
    summary: json_v1.Summary


def results(path: str) -> Iterator[model.Result]:
    """Raises UsageError: it cannot be read, is no such report, or is of another version."""
    data = read_whole(path)
    try:
        yield from map(_result, _read(data, path))
    except msgspec.MsgspecError as error:
        what = f"{path} is no report of dlp scan, version {json_v1.VERSION}"
        raise UsageError(f"{what} ({error}); write one with --format json or jsonl") from None


def _read(data: bytes, path: str) -> Iterator[json_v1.Result]:
    lines = data.splitlines()
    if lines and lines[0].startswith(b'{"version": ') and b'"results"' in lines[0][:40]:
        report = msgspec.json.decode(data, type=_Report)
        _check(report.version, path)
        yield from report.results
        return
    decoder = msgspec.json.Decoder(json_v1.Result)
    for line in lines[:-1]:
        yield decoder.decode(line)
    last = msgspec.json.decode(lines[-1] if lines else b"", type=_Last)  # else it was cut short, or is no report
    _check(last.version, path)


def _check(version: int, path: str) -> None:
    if version != json_v1.VERSION:
        raise UsageError(f"{path}: a report of version {version}; this engine reads version {json_v1.VERSION}")


def _result(result: json_v1.Result) -> model.Result:
    """Fields of the format have the names that the model has, and its kinds of findings the same tags."""
    fields: dict[str, Any] = msgspec.to_builtins(result)
    if fields["file"] is not None:
        modified = round(fields["file"]["modified"] * 1e9)
        fields["file"] |= {"modified": modified, "changed": 0, "device": 0, "inode": 0}
    made: model.Result = msgspec.convert(fields, model.Result)
    return made
