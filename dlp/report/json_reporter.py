"""JSON and JSON Lines, in the shape of `json_v1`."""

from __future__ import annotations

from typing import BinaryIO

from dlp.model import Result, Summary
from dlp.report import json_public, json_v1
from dlp.report.encoding import encode


class JsonReporter:
    """The whole scan as one JSON document, written as the results come, one to a line."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._first = True

    def begin(self) -> None:
        self._stream.write(b'{"version": %d, "results": [' % json_v1.VERSION)

    def result(self, result: Result) -> None:
        line = encode(json_public.public(result))
        self._stream.write((b"\n" if self._first else b",\n") + line)
        self._first = False

    def end(self, summary: Summary) -> None:
        line = encode(json_public.public_summary(summary))
        self._stream.write((b"" if self._first else b"\n") + b'], "summary": ' + line + b"}\n")
        self._stream.flush()


class JsonLinesReporter:
    """One result a line, each whole by itself and flushed at once; the summary is the last line."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def begin(self) -> None:
        pass  # the first line is the first result

    def result(self, result: Result) -> None:
        self._stream.write(encode(json_public.public(result)) + b"\n")
        self._stream.flush()

    def end(self, summary: Summary) -> None:
        self._stream.write(encode(json_v1.LastLine(json_v1.VERSION, json_public.public_summary(summary))) + b"\n")
        self._stream.flush()
