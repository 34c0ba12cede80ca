"""`dlp rules`, and scans with rules of other tools."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from .running import PROJECT, Dlp

SECRET = "q7wz3lx9vb2nk8rt5mj1hd4pgs6c0yfa"

OURS = """version: 1
rules:
  - id: acme-key
    name: Acme key
    service: acme
    tags: [secret, test]
    severity: high
    confidence: medium
    pattern: 'acme_([a-z0-9]{32})'
    entropy: 3.0
    examples: ['acme_q7wz3lx9vb2nk8rt5mj1hd4pgs6c0yfa']
    counterexamples: ['acme_short']
  - id: card
    name: Card
    tags: [personal]
    severity: low
    confidence: high
    pattern: '\\b(4[0-9]{15})\\b'
    validators: [luhn]
    paths: ['*.txt', 'text']
    examples: ['4111111111111111']
    counterexamples: ['4111111111111112']
"""

THEIRS = """[[rules]]
id = "beta-key"
description = "Beta key"
regex = '''beta_([a-z0-9]{32})'''
[[rules.required]]
id = "other"
[[rules]]
id = "gamma"
regex = '''gamma_\\p{L}+'''
"""

KINGFISHER = """rules:
  - name: Delta key
    id: kingfisher.delta.1
    pattern: '(?i)delta_([a-z0-9]{32})'
    confidence: high
    examples: ['DELTA_q7wz3lx9vb2nk8rt5mj1hd4pgs6c0yfa', 'delta']
    negative_examples: ['delta_1']
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "ours.yaml").write_text(OURS)
    (folder / "theirs.toml").write_text(THEIRS)
    (folder / "kingfisher.yml").write_text(KINGFISHER)
    return folder


@pytest.fixture(scope="module")
def dlp(tmp_path_factory: pytest.TempPathFactory) -> Dlp:
    command = Dlp(tmp_path_factory.mktemp("home"))
    assert command("init").code == 0
    return command


def test_list(dlp: Dlp, files: Path) -> None:
    ran = dlp("rules", "list", "--rules-only", "ours.yaml", cwd=files)
    assert ran.code == 0
    assert [line.split() for line in ran.out.splitlines()] == [
        ["acme-key", "high", "medium", "Acme", "key", "[secret,", "test]"],
        ["card", "low", "high", "Card", "[personal]"],
    ]
    assert ran.err == "2 rules\n"
    one = dlp("rules", "list", "-f", "json", "--rules-only", "ours.yaml", "--disable", "personal", cwd=files)
    assert one.json == {
        "version": 1,
        "rules": [{"id": "acme-key", "name": "Acme key", "service": "acme", "tags": ["secret", "test"],
                   "severity": "high", "confidence": "medium"}],
    }  # fmt: skip


def test_the_shipped_rules_are_listed(dlp: Dlp) -> None:
    ran = dlp("rules", "list", "--enable", "private-key*")
    assert ran.code == 0
    assert "private-key" in ran.out
    assert dlp("rules", "list", "--enable", "no-such-rule").code == 2


def test_show(dlp: Dlp, files: Path) -> None:
    ran = dlp("rules", "show", "acme-*", "--rules-only", "ours.yaml", cwd=files)
    assert (ran.code, yaml.safe_load(ran.out)["rules"]) == (0, yaml.safe_load(OURS)["rules"][:1])
    ran = dlp("rules", "show", "card", "acme-key", "-f", "json", "--rules-only", "ours.yaml", cwd=files)
    assert [each["id"] for each in ran.json["rules"]] == ["acme-key", "card"]
    assert ran.json["rules"][1]["validators"] == ["luhn"]
    ran = dlp("rules", "show", "nothing", "--rules-only", "ours.yaml", cwd=files)
    assert (ran.code, ran.err) == (2, "dlp: nothing: no rule has this id or tag; `dlp rules list` shows them\n")


def test_check_tells_of_right_files_what_they_lose(dlp: Dlp, files: Path) -> None:
    ran = dlp("rules", "check", "ours.yaml", "theirs.toml", "kingfisher.yml", cwd=files)
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "ours.yaml: 2 rules",
        "theirs.toml, line 5: rule gitleaks.beta-key: required: other need not be near; the confidence is low for that "
        "(runs without this condition)",
        "theirs.toml, line 9: rule gitleaks.gamma: regex: `\\p` (classes by Unicode property) is not read, at "
        "character 9 (left out)",
        "theirs.toml: 1 of 2 rules for gitleaks run, 1 without a condition; 1 left out; 1 without examples or "
        "counterexamples",
        "kingfisher.yml, line 2: rule kingfisher.delta.1: examples: number 2 is not found: the pattern does not match "
        "(runs, a little otherwise)",
        "kingfisher.yml: 1 of 1 rule for kingfisher run, 0 without a condition; 0 left out",
    ]
    assert ran.err == "right: 4 rules in 3 files\n"


def test_check_tells_of_each_wrong_file_its_first_error(dlp: Dlp, files: Path) -> None:
    (files / "bad.yaml").write_text(OURS.replace("'acme_([a", "'acme_(?P([a"))
    (files / "worse.toml").write_text("[[rules]]\nid = 1\n")
    (files / "zagain.yaml").write_text(OURS)
    ran = dlp("rules", "check", files)
    assert ran.code == 2
    assert f"{files}/bad.yaml, line 9: rule acme-key: pattern: a kind of group that is not read" in ran.err
    assert f"{files}/worse.toml, line 2: rules[0].id: Expected `str`, got `int`" in ran.err
    assert f"{files}/zagain.yaml: {files}/ours.yaml has a rule `acme-key` already; name it anew" in ran.err
    assert ran.err.endswith("right: 4 rules in 3 files; wrong: 3 files\n")
    assert "ours.yaml: 2 rules\n" in ran.out
    assert dlp("rules", "check", files / "nowhere.yaml").code == 2


def test_the_shipped_rules_are_right(dlp: Dlp) -> None:
    ran = dlp("rules", "check", PROJECT / "rules/markings")
    assert (ran.code, "wrong" in ran.err) == (0, False), ran.err


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "out"),
    [
        ([f"acme_{SECRET}"], "", 0, "acme-key: line 1, column 6: severity high, confidence medium: q7wz"),
        (["-"], f"first\n acme_{SECRET}", 0, "acme-key: line 2, column 7: severity high"),
        (["--show-secrets", f"acme_{SECRET}"], "", 0, f": {SECRET}\n"),
        (["nothing here"], "", 1, "nothing matches\n"),
        (["--rule", "acme-key", "nothing here"], "", 1, "acme-key: the pattern does not match\n"),
        (["--rule", "acme-key", "acme_" + "abcabcab" * 4], "", 1, "acme-key: entropy 1.561 < 3\n"),
        (["--rule", "acme-key", "acme_example" + SECRET[:25]], "", 1, "acme-key: the value looks like a placeholder\n"),
        (["--rule", "card", "4111111111111112"], "", 1, "card: the validator luhn refuses the value\n"),
        (["--rule", "personal", "4111111111111112"], "", 1, "card: the validator luhn refuses the value\n"),
        (["--file", "card.md", "--rule", "card"], "", 1, "card: it is not for the path card.md\n"),
        (["--file", "card.txt", "--rule", "card"], "", 0, "card: line 1, column 1: severity low, confidence high"),
        ([f"acme_{SECRET}  # dlp:allow"], "", 1, "(dlp:allow on its line)\n"),
    ],
)
def test_test(dlp: Dlp, files: Path, arguments: list[str], stdin: str, code: int, out: str) -> None:
    for name in ("card.md", "card.txt"):
        (files / name).write_text("4111111111111111\n")
    ran = dlp("rules", "test", "--rules-only", "ours.yaml", *arguments, stdin=stdin.encode(), cwd=files)
    assert ran.code == code, ran.err
    assert out in ran.out
    assert ran.err == ""
    if "--show-secrets" not in arguments:
        assert SECRET not in ran.out


def test_test_wants_one_text(dlp: Dlp, files: Path) -> None:
    assert dlp("rules", "test").code == 2
    assert dlp("rules", "test", "x", "--file", "y").code == 2
    assert dlp("rules", "test", "--file", files / "nowhere").code == 2
    assert dlp("rules", "test", "--rules-only", files / "ours.yaml", "--disable", "*", "x").code == 2


@pytest.mark.parametrize("name", ["theirs.toml", "kingfisher.yml"])
def test_what_is_converted_is_right_and_finds_the_same(dlp: Dlp, files: Path, name: str) -> None:
    ran = dlp("rules", "convert", name, "-o", "converted.yaml", cwd=files)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith(f"dlp: {name}, line ")
    text = (files / "converted.yaml").read_text()
    assert text.startswith(f"# From {name}, rules for ")
    assert dlp("rules", "convert", name, cwd=files).out == text
    assert ("untested: true" in text) == (name == "theirs.toml")
    assert dlp("rules", "check", "converted.yaml", cwd=files).code == 0
    shown = [dlp("rules", "show", "*", "--rules-only", each, cwd=files).out for each in (name, "converted.yaml")]
    assert shown[0] == shown[1]


def test_what_cannot_be_converted_is_told(dlp: Dlp, files: Path) -> None:
    (files / "none.toml").write_text("[[rules]]\nid = 'x'\nregex = '''\\pL'''\n")
    for name, problem in (
        ("ours.yaml", "not of a format that is converted"),
        ("nowhere", "No such file"),
        ("none.toml", "nothing in it can be carried over"),
    ):
        ran = dlp("rules", "convert", name, cwd=files)
        assert (ran.code, ran.out) == (2, "")
        assert problem in ran.err
    assert dlp("rules", "convert", "theirs.toml", "-o", "theirs.toml", cwd=files).code == 2


def test_a_scan_with_rules_of_other_tools_says_in_one_line_what_they_lose(dlp: Dlp, files: Path) -> None:
    (files / "leak").write_text(f"beta_{SECRET}\n")
    told = (
        "dlp: 1 of 2 rules of theirs.toml run without a condition, 1 are left out; "
        "`dlp rules check theirs.toml` tells each\n"
    )
    for _ in range(2):  # read, then as it was kept
        ran = dlp("scan", "-f", "json", "--rules-only", "theirs.toml", "--fail-on", "audit", "leak", cwd=files)
        assert ran.err.endswith(told)
        assert ran.code == 1
        assert [each["rule"] for each in ran.json["results"][0]["findings"]] == ["gitleaks.beta-key"]


def test_a_scan_with_rules_of_all_kinds(dlp: Dlp, files: Path) -> None:
    (files / "leak").write_text(f"beta_{SECRET} acme_{SECRET} delta_{SECRET}\n")
    options = [option for name in ("ours.yaml", "theirs.toml", "kingfisher.yml") for option in ("--rules-only", name)]
    ran = dlp("scan", "-f", "json", *options, "leak", cwd=files)
    found = {each["rule"] for each in ran.json["results"][0]["findings"]}
    assert found == {"acme-key", "gitleaks.beta-key", "kingfisher.delta.1"}


def test_hostile_text_does_not_act_on_a_terminal(dlp: Dlp, files: Path) -> None:
    (files / "x.toml").write_text('[[rules]]\nid = "x"\ndescription = "\\u001b[31mred"\nregex = "(a)\\\\p{L}\\u001b"\n')
    (files / "y.toml").write_text('[[rules]]\nid = "y"\ndescription = "\\u001b[31mred"\nregex = "abc_([0-9]{5})"\n')
    for command in (["check", "x.toml"], ["list", "--rules-only", "y.toml"], ["convert", "y.toml"],
                    ["show", "*", "--rules-only", "y.toml"]):  # fmt: skip
        ran = dlp("rules", *command, cwd=files)
        assert ran.code == 0
        assert b"\x1b" not in ran.raw + ran.raw_err


def test_json_is_whole(dlp: Dlp) -> None:
    rules = json.loads(dlp("rules", "list", "-f", "json").out)["rules"]
    assert len(rules) > 300
    assert all(each["severity"] in ("low", "medium", "high", "critical") for each in rules)
