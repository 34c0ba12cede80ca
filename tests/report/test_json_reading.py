"""A report is read back as the results that were written."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings

from dlp import model
from dlp.errors import UsageError
from dlp.report.escape import encodable
from dlp.report.json_reading import results
from dlp.report.json_reporter import JsonLinesReporter, JsonReporter

from .cases import SCANS, summary
from .test_json_v1 import results as any_results

LOST = ("changed", "device", "inode", "values")


def written(make: type[JsonReporter] | type[JsonLinesReporter], given: tuple[model.Result, ...]) -> bytes:
    stream = io.BytesIO()
    report = make(stream)
    report.begin()
    for each in given:
        report.result(each)
    report.end(summary(*given))
    return stream.getvalue()


def blurred(result: model.Result) -> object:
    """What a report keeps of it."""

    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {key: plain(each) for key, each in value.items() if key not in LOST}
        if isinstance(value, list | tuple):
            return [plain(each) for each in value]
        if isinstance(value, float):
            return round(value, 4)
        return encodable(value) if isinstance(value, str) else value

    made = plain(msgspec.to_builtins(result))
    assert isinstance(made, dict)
    if made["file"]:
        made["file"]["modified"] = round(made["file"]["modified"] / 1e9, 6)
    return made


@pytest.mark.parametrize("make", [JsonReporter, JsonLinesReporter])
@pytest.mark.parametrize("scan", SCANS)
def test_what_was_written_is_read_back(
    make: type[JsonReporter] | type[JsonLinesReporter], scan: str, tmp_path: Path
) -> None:
    path = tmp_path / "report"
    path.write_bytes(written(make, SCANS[scan]))
    assert list(map(blurred, results(str(path)))) == list(map(blurred, SCANS[scan]))


@settings(max_examples=40, deadline=None)
@given(any_results)
def test_any_result_is_read_back(result: model.Result) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "report")
        file.write_bytes(written(JsonReporter, (result,)))
        assert list(map(blurred, results(str(file)))) == [blurred(result)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no report of dlp scan"),
        (b"{}", "is no report of dlp scan"),
        (b"\xff\xfe", "is no report of dlp scan"),
        (b'{"version": 1, "results": [\n{"path": 3}\n], "summary": {}}', "Expected `str`, got `int`"),
        (b'{"version": 2, "results": [\n], "summary": {}}', "a report of version 2; this engine reads version 1"),
        (b'{"path": "a"}\n{"path": "b"}\n', "is no report of dlp scan"),
    ],
)
def test_what_is_no_report_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"report") as caught:
        list(results(str(path)))
    assert message in str(caught.value)


def test_lines_that_were_cut_short_are_no_report(tmp_path: Path) -> None:
    path = tmp_path / "report"
    lines = written(JsonLinesReporter, SCANS["many"]).splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    with pytest.raises(UsageError, match="is no report"):
        list(results(str(path)))


def test_a_file_that_is_not_there_is_named() -> None:
    for path in ("none.json", "no\0ne.json"):
        with pytest.raises(UsageError, match="cannot read"):
            list(results(path))
