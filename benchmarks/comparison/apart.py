"""What the scripts here share: dlp without what a user keeps, a planted token that it must find, and rules beside its
own."""

from __future__ import annotations

import json
import os
import random
import sys
import zlib
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1] / "speed"))
from measure import Bench, dlp

KEPT = (("XDG_CACHE_HOME", "cache"), ("XDG_DATA_HOME", "data"), ("XDG_CONFIG_HOME", "config"))
UNSET = ("DLP_STORE", "DLP_KEY_FILE", "DLP_KEY", "DLP_CACHE", "KF_RULE_CACHE_DIR", "RIPGREP_CONFIG_PATH")


def set_apart(bench: Bench) -> None:
    """Commands find no store, no cache and no configuration but what they make in the folder of the benchmark."""
    for variable, name in KEPT:
        bench.environment[variable] = bench.path(name)
        os.mkdir(bench.path(name))
    for variable in UNSET:
        bench.environment.pop(variable, None)


def scan(rules: list[str]) -> list[str]:
    """The command that looks for patterns; all shipped ones are on, and those of the files `rules`."""
    return [dlp(), "scan", "--no-progress", *(part for path in rules for part in ("--rules", path))]


def token(seed: int = 5) -> str:
    """A made-up personal access token of GitHub's form, its check digits right."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    body = "".join(random.Random(seed).choices(digits, k=30))
    check, rest = "", zlib.crc32(body.encode())
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        check = digits[digit] + check
    return f"gh{'p'}_{body}{check}"


def plant(folder: str) -> str:
    """A file with such a token."""
    path = os.path.join(folder, "token.py")
    with open(path, "w", encoding="ascii") as file:
        file.write(f'GITHUB_TOKEN = "{token()}"\n')
    return path


def write_rule(bench: Bench) -> str:
    """A file with a rule that finds such tokens, for short runs: these check the scripts, not the shipped rules."""
    path = bench.path("rule.yaml")
    with open(path, "w", encoding="ascii") as file:
        file.write(f"""\
version: 1
rules:
  - id: benchmark-token
    name: Planted token
    tags: [secret]
    severity: high
    confidence: high
    pattern: '\\bgh[p]_[0-9A-Za-z]{{36}}\\b'
    examples: ['{token(6)}']
    counterexamples: ['{token(6)[:-1]}']
""")
    return path


def patterns(report: dict[str, Any]) -> list[dict[str, Any]]:
    """What rules have found, of a report or of a line of one."""
    results = report.get("results", [report])
    return [each for result in results for each in result["findings"] if each["kind"] == "pattern"]


def check(bench: Bench, command: list[str]) -> None:
    """Raises SystemExit unless dlp finds a planted token."""
    report = json.loads(bench.output([*command, "--format", "json", plant(bench.folder)], expect=(0, 1)))
    if not patterns(report):
        sys.exit("dlp has not found the token that was planted: its rules are not there (others: --rules FILE)")
