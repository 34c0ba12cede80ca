"""What README.md shows works as it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dlp
from dlp.fingerprint import BYTES_SCALE
from dlp.match.passage import LEAST, LIKELY, SURE
from dlp.model import Reason, Verdict
from dlp.policy.policy import default_policy

ROOT = Path(__file__).resolve().parents[2]
README = ROOT.joinpath("README.md").read_text("utf-8")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with what the README's commands name."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shutil.copy(ROOT / "README.md", tmp_path)
    return tmp_path


def test_the_tour_runs_as_shown(copy: Path) -> None:
    blocks = re.findall(r"^```console\n(.*?)^```$", README, re.M | re.S)
    steps = [line for block in blocks for line in block.splitlines()]
    commands: list[tuple[str, int]] = []
    for line in steps:
        if line.startswith("$ "):
            commands.append((line[2:], 0))
        else:
            commands[-1] = (commands[-1][0], int(line.removeprefix("exit ")))
    assert len(commands) > 15
    script = ["dlp() { " + f"'{sys.executable}' -c 'from dlp.cli import main; main()' \"$@\"; }}"]
    for command, code in commands:
        script.append(f"{command} >>out.txt 2>&1; code=$?")
        script.append(f"[ $code = {code} ] || {{ cat out.txt; echo {len(script)}: exit $code, not {code}; exit 9; }}")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", "\n".join(script)], cwd=copy, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert copy.joinpath("results.json").stat().st_size > 1000


def test_the_library_example_finds_what_the_tour_finds(copy: Path) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", README, re.M | re.S)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], cwd=copy, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "hx7-formulation.md" in done.stdout
    assert "newsletter" not in done.stdout


def test_the_library_keeps_the_bound_on_a_file_s_size(copy: Path) -> None:
    key, store = bytes(32), copy / "store"
    dlp.create_store(store, key)
    dlp.register_paths(store, key, [copy / "examples/secrets"], label="trade-secret")
    leak = copy / "examples/outbox/typed-again.txt"
    for bound, expected in ((leak.stat().st_size, dlp.Verdict.BLOCK), (leak.stat().st_size - 1, dlp.Verdict.AUDIT)):
        (result,) = dlp.scan_paths(dlp.open_store(store, key), [leak], limits=dlp.Limits(max_file_size=bound))
        assert result.verdict == expected


def test_the_public_interface_is_small_and_there() -> None:
    assert len(dlp.__all__) <= 12
    for name in dlp.__all__:
        assert getattr(dlp, name) is not None


def test_stated_figures_are_the_engine_s() -> None:
    assert f"**t = {LEAST}.**" in README
    assert f"any {BYTES_SCALE.threshold} bytes in a row" in README
    assert f"`high`: from {SURE} on" in README
    assert f"`medium`: from {LIKELY}" in README


def test_the_policy_table_is_the_default_policy() -> None:
    """Each figure of the table stands in the policy, and each threshold of the policy in the table."""
    policy = default_policy()
    rows = dict(re.findall(r"^  \| (`[\w-]+`|any other) (\|.*)$", README, re.M))
    names = [each.name for each in policy.classes]
    assert set(rows) == {*(f"`{name}`" for name in names), "any other"}
    for name in [*names, "unlisted"]:
        row = rows["any other" if name == "unlisted" else f"`{name}`"]
        figures = {int(figure.replace(",", "")) for figure in re.findall(r"\d[\d,]*", row)}
        plain = [rule.least for rule in policy.rules if rule.name.startswith(f"{name}-") and "share" not in rule.least]
        assert figures == {figure for least in plain for figure in least.values()}


def test_the_rules_readme_names_every_reason_and_verdict() -> None:
    page = ROOT.joinpath("rules/README.md").read_text("utf-8")
    for name in [*Reason, *Verdict]:
        assert f"`{name}`" in page


def test_every_file_that_the_prose_links_to_exists() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("*/*.md")]
    assert len(pages) >= 7
    for page in pages:
        for target in re.findall(r"\]\((?!http)([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page}: {target}"


def test_the_shipped_examples_are_what_their_script_makes() -> None:
    script = ROOT / "examples" / "make.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
