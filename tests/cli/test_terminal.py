"""Colour and progress are for terminals; help and version for everybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlp import __version__
from dlp.fingerprint import FOLD_VERSION
from dlp.registry.schema import FORMAT

from .running import LEAK, Dlp

HURRIED = "import dlp.cli.progress as progress\nprogress.EVERY = 0"


def test_colour_and_progress_are_shown_on_a_terminal(dlp: Dlp, folder: Path) -> None:
    ran = dlp.on_a_terminal("scan", folder, hook=HURRIED)
    assert ran.code == 1
    assert "\x1b[1;31mblock" in ran.out
    assert "\r\x1b[Kscanning " in ran.out


def test_a_pipe_gets_neither_colour_nor_progress(dlp: Dlp, folder: Path) -> None:
    ran = dlp("scan", folder, hook=HURRIED, environment={"TERM": "xterm"})
    assert "\x1b" not in ran.out
    assert ran.err == ""


@pytest.mark.parametrize(
    ("options", "environment"), [(("--no-progress",), {"NO_COLOR": "1"}), ((), {"TERM": "dumb"})]
)
def test_a_terminal_gets_neither_where_it_is_asked_so(
    dlp: Dlp, folder: Path, options: tuple[str, ...], environment: dict[str, str]
) -> None:
    ran = dlp.on_a_terminal("scan", *options, folder, hook=HURRIED, environment=environment)
    assert "block" in ran.out
    assert "\x1b" not in ran.out


def test_registering_shows_progress_on_a_terminal(fresh: Dlp, folder: Path) -> None:
    ran = fresh.on_a_terminal("register", "--label", "x", folder, hook=HURRIED)
    assert "\r\x1b[Kregistering " in ran.out
    assert "2 registered" in ran.out


def test_no_line_of_a_terminal_is_wider_than_it(dlp: Dlp, tmp_path: Path) -> None:
    (tmp_path / ("long" * 50)).write_text(LEAK)
    ran = dlp.on_a_terminal("scan", "-v", tmp_path, environment={"NO_COLOR": "1"})
    assert max(map(len, ran.out.replace("\x1b[K", "").splitlines())) <= 100  # which clears a progress line


def test_the_version_names_what_a_report_of_a_defect_needs(dlp: Dlp) -> None:
    ran = dlp("--version")
    lines = ran.out.splitlines()
    assert (ran.code, lines[0]) == (0, f"dlp {__version__}")
    assert lines[1].split(", rules by ")[0] in ("kernel c+avx512", "kernel c", "kernel python")
    assert lines[2] == f"store format {FORMAT}, fold table {FOLD_VERSION}"
    demanded = {"DLP_KERNEL": "python", "DLP_ENGINE": "portable"}
    assert dlp("--version", environment=demanded).out.splitlines()[1] == "kernel python, rules by portable"


def test_an_engine_that_is_none_is_an_error(dlp: Dlp) -> None:
    ran = dlp("scan", __file__, environment={"DLP_ENGINE": "fast"})
    assert ran.code == 2
    assert "DLP_ENGINE='fast': no such engine; there are native, portable" in ran.err


def test_a_kernel_that_is_none_is_an_error(dlp: Dlp) -> None:
    ran = dlp("--version", environment={"DLP_KERNEL": "fast"})
    assert (ran.code, ran.err) == (2, "dlp: DLP_KERNEL='fast': no such kernel; there are c+avx512, c, python\n")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ((), ["init", "register", "scan", "fingerprints", "Exit codes: 0", "--version"]),
        (("init",), ["--store", "--key-file", "Keep a copy of the key"]),
        (("register",), ["--label", "--background", "--name", "--owner", "--include", "--dlpignore", "--jobs"]),
        (("scan",), ["--format", "--output", "--fail-on", "--fail-on-skipped", "--all", "--timeout", "-q", "-v"]),
        (("fingerprints",), ["list", "show", "remove", "compact", "verify", "export", "import"]),
        (("fingerprints", "remove"), ["DOCUMENT", "id@version"]),
    ],
)
def test_help_names_every_option(dlp: Dlp, command: tuple[str, ...], words: list[str]) -> None:
    for flag in ("--help", "-h"):
        ran = dlp(*command, flag, environment={"DLP_STORE": "/nowhere"})
        assert (ran.code, ran.err) == (0, "")
        assert [word for word in words if word not in ran.out] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("sing",), "No such command 'sing'."),
        (("scan",), "name files and folders to scan"),
        (("scan", "--loud", "."), "No such option"),
        (("scan", "-f", "xml", "."), "Invalid value for '-f' / '--format'"),
        (("scan", "--fail-on", "allow", "."), "Invalid value for '--fail-on'"),
    ],
)
def test_what_is_no_command_is_refused_in_a_line(dlp: Dlp, arguments: tuple[str, ...], message: str) -> None:
    ran = dlp(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
