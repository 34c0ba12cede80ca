"""What holds for every format: it is made by its name, is whole with any results, and never keeps or leaks anything."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from dlp.errors import UsageError
from dlp.report import FORMATS, reporter

from .cases import SCANS, summary


def written(name: str, scan: str) -> bytes:
    stream = io.BytesIO()
    report = reporter(name, stream)
    report.begin()
    for one in SCANS[scan]:
        report.result(one)
    report.end(summary(*SCANS[scan]))
    assert not stream.closed
    return stream.getvalue()


@pytest.mark.parametrize("scan", SCANS)
@pytest.mark.parametrize("name", FORMATS)
def test_any_scan_is_reported_whole_in_plain_utf8(name: str, scan: str) -> None:
    text = written(name, scan).decode()
    assert text.endswith("\n")
    assert [c for c in text if c != "\n" and not c.isprintable() and c != "\ue000"] == []
    for part in SCANS[scan]:
        assert text.count(part.verdict.value) >= 1


@pytest.mark.parametrize("name", FORMATS)
def test_a_result_is_in_the_stream_before_the_next_one_comes(name: str) -> None:
    stream = io.BytesIO()
    report = reporter(name, stream)
    report.begin()
    sizes = []
    for one in SCANS["many"]:
        report.result(one)
        sizes.append(len(stream.getvalue()))
    assert sorted(set(sizes)) == sizes


@pytest.mark.parametrize("name", FORMATS)
def test_a_broken_stream_is_the_callers_to_handle(name: str) -> None:
    class Broken(io.BytesIO):
        def write(self, data: object, /) -> int:
            raise BrokenPipeError

    report = reporter(name, Broken())
    with pytest.raises(BrokenPipeError):
        report.result(SCANS["one"][0])


def test_an_unknown_format_names_those_there_are() -> None:
    with pytest.raises(UsageError, match="'xml'; there are text, json, jsonl"):
        reporter("xml", io.BytesIO())


def test_importing_the_package_costs_no_format_and_nothing_heavy() -> None:
    code = "import sys, dlp.model; old = set(sys.modules); import dlp.report; print(*sorted(set(sys.modules) - old))"
    run = subprocess.run(
        [sys.executable, "-S", "-c", code], env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True
    )
    assert run.stdout.decode().split() == ["dlp.errors", "dlp.report", "dlp.report.seam"], run.stderr
