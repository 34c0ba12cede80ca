"""Output formats: one file each, each a versioned public type, a `dlp.report.seam.Reporter`."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import BinaryIO, Final

from dlp.errors import UsageError
from dlp.report.seam import Reporter, Style


def _text(stream: BinaryIO, style: Style) -> Reporter:
    from dlp.report.text import TextReporter  # a format that is not asked for is not imported

    return TextReporter(stream, style)


def _json(stream: BinaryIO, style: Style) -> Reporter:
    from dlp.report.json_reporter import JsonReporter

    return JsonReporter(stream)


def _jsonl(stream: BinaryIO, style: Style) -> Reporter:
    from dlp.report.json_reporter import JsonLinesReporter

    return JsonLinesReporter(stream)


def _html(stream: BinaryIO, style: Style) -> Reporter:
    from dlp.report.html import HtmlReporter

    return HtmlReporter(stream)


def _sarif(stream: BinaryIO, style: Style) -> Reporter:
    from dlp.report.sarif import SarifReporter

    return SarifReporter(stream, style)


def _gitlab(stream: BinaryIO, style: Style) -> Reporter:
    from dlp.report.gitlab import GitlabReporter

    return GitlabReporter(stream)


def _junit(stream: BinaryIO, style: Style) -> Reporter:
    from dlp.report.junit import JunitReporter

    return JunitReporter(stream)


def _github(stream: BinaryIO, style: Style) -> Reporter:
    from dlp.report.github import GithubReporter

    return GithubReporter(stream)


def _markdown(stream: BinaryIO, style: Style) -> Reporter:
    from dlp.report.markdown import MarkdownReporter

    return MarkdownReporter(stream)


def _csv(stream: BinaryIO, style: Style) -> Reporter:
    from dlp.report.csv_reporter import CsvReporter

    return CsvReporter(stream)


def _ocsf(stream: BinaryIO, style: Style) -> Reporter:
    from dlp.report.ocsf import OcsfReporter

    return OcsfReporter(stream)


FORMATS: Final = MappingProxyType[str, Callable[[BinaryIO, Style], Reporter]](
    {
        "text": _text,
        "json": _json,
        "jsonl": _jsonl,
        "html": _html,
        "csv": _csv,
        "markdown": _markdown,
        "sarif": _sarif,
        "gitlab": _gitlab,
        "github": _github,
        "junit": _junit,
        "ocsf": _ocsf,
    }
)
"""Every format by its name on the command line. To add one: its file, its line, its conformance case."""


HOLDING: Final = frozenset({"markdown", "sarif", "github"})
"""Formats with a bound, which know at the end only what has room. The others write each result before the next."""


def reporter(name: str, stream: BinaryIO, style: Style | None = None) -> Reporter:
    """The reporter of the format `name`, writing to the buffered binary `stream`.

    `style` matters to formats for people only. Raises `UsageError` for a name that no format has.
    """
    make = FORMATS.get(name)
    if make is None:
        raise UsageError(f"there is no report format '{name}'; there are {', '.join(FORMATS)}")
    return make(stream, style or Style())
