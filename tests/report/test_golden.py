"""Formats for other programs, as golden files: what a reader of them sees changes only on purpose."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

import pytest

from dlp import __version__
from dlp.report import FORMATS
from dlp.report.gitlab import GitlabReporter
from dlp.report.ocsf import OcsfReporter
from dlp.report.sarif import SarifReporter
from dlp.report.seam import Reporter, Style

from .cases import JUDGED, KNOWN, MANY, noon, summary, written

GOLDEN = os.path.join(os.path.dirname(__file__), "golden")
FOUND = (KNOWN, JUDGED, *MANY[:4], MANY[-2])
MAKERS: dict[str, Callable[[BinaryIO], Reporter]] = {
    "csv": partial(FORMATS["csv"], style=Style()),
    "markdown": partial(FORMATS["markdown"], style=Style()),
    "github": partial(FORMATS["github"], style=Style()),
    "junit": partial(FORMATS["junit"], style=Style()),
    "sarif": partial(SarifReporter, style=Style(), clock=noon),
    "gitlab": partial(GitlabReporter, clock=noon),
    "ocsf": partial(OcsfReporter, clock=noon),
}


def golden(name: str) -> str:
    return written(MAKERS[name], FOUND, summary(*FOUND)).replace(f'"{__version__}"', '"VERSION"')


@pytest.mark.parametrize("name", MAKERS)
def test_the_report_is_as_it_was(name: str) -> None:
    """To accept a new one: `python -c "from tests.report.test_golden import accept; accept()"`, and read the diff."""
    with open(os.path.join(GOLDEN, f"report.{name}"), encoding="utf-8", newline="") as file:
        assert golden(name) == file.read()


def accept() -> None:
    for name in MAKERS:
        with open(os.path.join(GOLDEN, f"report.{name}"), "w", encoding="utf-8", newline="") as file:
            file.write(golden(name))
