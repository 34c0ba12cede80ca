"""How the daemon is started on the systems that there are: what stands in packaging/ is understood by who reads it."""

from __future__ import annotations

import plistlib
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest
import yaml

from dlp.cli.status import status
from dlp.cli.watch import watch

from ..cli.running import PROJECT

PACKAGING = PROJECT / "packaging"
UNIT = PACKAGING / "systemd" / "dlp-watch.service"
DROP_INS = PACKAGING / "systemd" / "dlp-watch.service.d"

MOST_EXPOSED = 25
"""Tenths, as `systemd-analyze security` counts: 100 is no protection at all."""

analyze = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not here")


def understood(arguments: list[str], command: click.Command = watch) -> None:
    """Raises click.UsageError for an option that there is not, or a value that it may not have."""
    command.make_context("dlp", arguments)


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """With a program that is there."""
    program = tmp_path / "dlp"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    made = tmp_path / UNIT.name
    made.write_text(UNIT.read_text().replace("/usr/bin/dlp", str(program)))
    return made


@analyze
@pytest.mark.parametrize("drop_ins", [[], *([each] for each in sorted(DROP_INS.iterdir()))])
def test_systemd_understands_the_unit_and_what_is_dropped_in(drop_ins: list[Path], unit: Path) -> None:
    for each in drop_ins:
        place = unit.with_name(UNIT.name + ".d")
        place.mkdir()
        shutil.copy(each, place)
    ran = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")


@analyze
def test_the_unit_exposes_little(unit: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", unit]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout[-200:]


def test_the_unit_starts_what_there_is() -> None:
    found = re.search(r"^ExecStart=/usr/bin/dlp watch (.*)$", UNIT.read_text(), re.MULTILINE)
    assert found
    understood(shlex.split(found[1]))


def test_launchd_starts_what_there_is() -> None:
    (path,) = (PACKAGING / "launchd").glob("*.plist")
    job = plistlib.loads(path.read_bytes())
    assert job["Label"] == path.stem
    assert job["ProgramArguments"][1] == "watch"
    assert job["Umask"] == 0o077
    understood(job["ProgramArguments"][2:])


def test_the_container_starts_what_there_is() -> None:
    text = (PACKAGING / "container" / "Dockerfile").read_text()
    lines = re.findall(r"^(CMD|ENTRYPOINT) (\[.*\])$", text, re.MULTILINE)
    given = {name: yaml.safe_load(line) for name, line in lines}
    assert given["ENTRYPOINT"] == ["dlp"]
    understood(given["CMD"][1:])
    health = re.search(r"HEALTHCHECK .* CMD (\[.*\])$", text, re.MULTILINE)
    assert health
    understood(yaml.safe_load(health[1])[2:], status)
    composed = yaml.safe_load((PACKAGING / "container" / "compose.yaml").read_text())
    service = composed["services"]["dlp"]
    assert (PACKAGING / "container" / service["build"]["context"]).resolve() == PROJECT
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    mounted = {each.split(":")[1] for each in service["volumes"]}
    assert {"/etc/dlp/watch.yaml", "/var/lib/dlp"} <= mounted
