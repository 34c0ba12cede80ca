"""What benchmarks/README.md says can be run: every command of it is there, and its short form runs and is content."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"python benchmarks/[^`\n]*", README)))
SCRIPTS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "benchmarks").glob("*/*.py")
    if '__name__ == "__main__"' in path.read_text(encoding="utf-8")
)


def test_the_readme_names_every_benchmark_and_no_other() -> None:
    assert {shlex.split(command)[1] for command in COMMANDS} <= set(SCRIPTS)
    assert [script for script in SCRIPTS if script not in README] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_the_options_of_a_command_are_there(command: str) -> None:
    script, *arguments = shlex.split(command)[1:]
    done = subprocess.run([sys.executable, ROOT / script, "--help"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    missing = [each for each in arguments if each.startswith("-") and each not in done.stdout]
    assert not missing
    assert "--smoke" in done.stdout


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_short_run_is_content_with_the_results(script: str, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, ROOT / script, "--smoke"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
