"""What other systems are told to run is there, with the options that they name."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from dlp.cli import dlp

ROOT = Path(__file__).resolve().parents[2]
GIT = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
FILES = [".pre-commit-hooks.yaml", "action.yml", "integrations/dlp.gitlab-ci.yml", "Dockerfile"]


def _yaml(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text())


def _check(words: list[str]) -> None:
    """Raises AssertionError for a command or an option that is not there."""
    command: click.Command = dlp
    context = click.Context(dlp)
    while isinstance(command, click.Group):
        found = command.get_command(context, words[0])
        assert found, words
        command, words = found, words[1:]
    there = {name for each in command.params for name in each.opts}
    for word in words:
        if word.startswith("--"):
            assert word.partition("=")[0] in there, word


@pytest.mark.parametrize("name", FILES)
def test_commands_and_options_are_there(name: str) -> None:
    text = re.sub(r"(?m)^\s*#.*$", "", (ROOT / name).read_text())
    commands = re.findall(r"\bdlp\"? ((?:scan|hook|baseline)\b[^\n|&]*)", text)
    commands += [" ".join(json.loads(each)) for each in re.findall(r"(?m)^CMD (.*)$", text)]
    assert commands
    for each in commands:
        words = [word for word in shlex.split(each.replace("\\", "")) if not word.startswith("$")]
        _check(words)
    for option in re.findall(r"what\+?=\(?\"?(--[a-z-]+)", text):
        _check(["scan", option])


@pytest.mark.parametrize("name", ["action.yml", "integrations/dlp.gitlab-ci.yml"])
def test_scripts_are_right(name: str) -> None:
    read = _yaml(name)
    steps = read["runs"]["steps"] if "runs" in read else [{"run": each} for each in read["dlp"]["script"]]
    scripts = [each["run"] for each in steps if "run" in each]
    assert scripts
    for script in scripts:
        subprocess.run(["bash", "-n", "-c", script], check=True)
        assert "${{" not in script, "what others choose is no part of a script"


def _step(name: str) -> dict[str, Any]:
    (found,) = [each for each in _yaml("action.yml")["runs"]["steps"] if each["name"] == name]
    return found


def _repository(folder: Path) -> None:
    folder.mkdir()
    subprocess.run([*GIT, "init", "-q", "-b", "main"], cwd=folder, check=True)
    (folder / "a.txt").write_text("nothing\n")
    subprocess.run([*GIT, "add", "-A"], cwd=folder, check=True)
    subprocess.run([*GIT, "commit", "-q", "-m", "first"], cwd=folder, check=True)


def _tool(folder: Path) -> Path:
    """A `dlp` that runs what is tested."""
    folder.mkdir(parents=True)
    program = folder / "dlp"
    program.write_text(f"#!/bin/sh\nexec '{sys.executable}' -c 'from dlp.cli import main; main()' \"$@\"\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(("leak", "code"), [("AKIA" + "QYLPMN5HHHFPZAM2", "1"), ("nothing", "0")])
def test_the_action_s_script_scans_what_a_pull_request_brings(tmp_path: Path, leak: str, code: str) -> None:
    repository = tmp_path / "repository"
    _repository(repository)
    head = ["git", "rev-parse", "HEAD"]
    base = subprocess.run(head, cwd=repository, check=True, capture_output=True, text=True).stdout.strip()
    (repository / "b.py").write_text(f"aws_access_key_id = '{leak}'\n")
    subprocess.run([*GIT, "add", "-A"], cwd=repository, check=True)
    subprocess.run([*GIT, "commit", "-q", "-m", "second"], cwd=repository, check=True)
    _tool(tmp_path / "dlp/bin")
    given = dict.fromkeys(("RANGE", "BASELINE", "POLICY", "STORE"), "") | {"FAIL_ON": "warn", "BASE": base}
    given |= {"RUNNER_TEMP": str(tmp_path), "GITHUB_OUTPUT": str(tmp_path / "output"), "PYTHONPATH": str(ROOT)}
    assert set(_step("Scan")["env"]) <= set(given)
    environment = os.environ | given | {"HOME": str(tmp_path)}
    subprocess.run(["bash", "-e", "-c", _step("Scan")["run"]], cwd=repository, env=environment, check=True)
    assert f"code={code}" in (tmp_path / "output").read_text()
    results = json.loads((tmp_path / "dlp.sarif").read_text())["runs"][0]["results"]
    assert bool(results) == (code == "1")
    judged = subprocess.run(["bash", "-e", "-c", _step("Judge")["run"]], env=environment | {"CODE": code}, check=False)
    assert judged.returncode == int(code)


def test_the_dockerfile_is_small_and_not_root() -> None:
    lines = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text()).splitlines()
    steps = [line.split(" ", 1) for line in lines if line and not line.startswith("#")]
    known = {"FROM", "RUN", "WORKDIR", "COPY", "ENV", "USER", "ENTRYPOINT", "CMD"}
    assert {each[0] for each in steps} <= known
    last = max(number for number, each in enumerate(steps) if each[0] == "FROM")
    assert last > 0, "more than one stage"
    final = steps[last:]
    assert any(name == "USER" and int(value) > 0 for name, value in final)
    assert all("gcc" not in value for _, value in final)
    for name, value in steps:
        if name in ("ENTRYPOINT", "CMD"):
            assert isinstance(json.loads(value), list)
        if name == "FROM":
            assert re.match(r"\S+:\d", value), "a version that stays"


@pytest.mark.skipif(not shutil.which("pre-commit"), reason="pre-commit is not installed")
def test_pre_commit_runs_the_hook(tmp_path: Path) -> None:
    """With the framework itself. The environment that it would install is left out: `system`, and not `python`."""
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    text = (ROOT / ".pre-commit-hooks.yaml").read_text()
    (hooks / ".pre-commit-hooks.yaml").write_text(text.replace("language: python", "language: system"))
    subprocess.run([*GIT, "init", "-q"], cwd=hooks, check=True)
    subprocess.run([*GIT, "add", "-A"], cwd=hooks, check=True)
    subprocess.run([*GIT, "commit", "-q", "-m", "hooks"], cwd=hooks, check=True)
    head = ["git", "rev-parse", "HEAD"]
    revision = subprocess.run(head, cwd=hooks, check=True, capture_output=True, text=True).stdout.strip()
    repository = tmp_path / "repository"
    _repository(repository)
    (repository / ".pre-commit-config.yaml").write_text(
        yaml.safe_dump({"repos": [{"repo": str(hooks), "rev": revision, "hooks": [{"id": "dlp"}]}]})
    )
    program = _tool(tmp_path / "bin")
    environment = os.environ | {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "PRE_COMMIT_HOME": str(tmp_path / "cache"),
        "PYTHONPATH": str(ROOT),
    }
    environment.pop("DLP_STORE", None)

    def pre_commit(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["pre-commit", *arguments]
        return subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, check=False)

    assert pre_commit("validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")).returncode == 0
    subprocess.run([*GIT, "add", "-A"], cwd=repository, check=True)
    done = pre_commit("run")
    assert done.returncode == 0, done.stdout + done.stderr
    (repository / "b.py").write_text("aws_access_key_id = 'AKIA" + "QYLPMN5HHHFPZAM2'\n")
    subprocess.run([*GIT, "add", "-A"], cwd=repository, check=True)
    done = pre_commit("run")
    assert done.returncode != 0
    assert "b.py" in done.stdout
