"""`dlp policy`: as a user meets it; and the same verdict by the command line and by the library."""

from __future__ import annotations

import base64
import sys
from pathlib import Path

import pytest

import dlp as library

from .running import EXAMPLES, Dlp

OUTBOX = EXAMPLES / "outbox"

CLEAN = """version: 2
default: allow
rules:
  - {name: marked, when: {path: "**/fine*"}, verdict: warn, message: Not here., severity: low, notify: [ann]}
"""


@pytest.fixture
def own(dlp: Dlp, tmp_path: Path) -> Path:
    """What `init` writes."""
    path = tmp_path / "own.yaml"
    ran = dlp("policy", "init", path)
    assert ran.code == 0, ran.err
    assert (tmp_path / "policy-v2.json").exists()
    assert path.read_text().startswith("# yaml-language-server: $schema=policy-v2.json\n")
    return path


def test_what_init_writes_is_right_and_is_not_overwritten(dlp: Dlp, own: Path) -> None:
    ran = dlp("policy", "check", own)
    assert (ran.code, ran.out) == (0, "")
    assert "0 things to do" in ran.err
    own.write_text("mine")
    ran = dlp("policy", "init", own)
    assert ran.code == 2
    assert "--force" in ran.err
    assert own.read_text() == "mine"
    assert dlp("policy", "init", "--force", own).code == 0
    assert dlp("policy", "init", own.parent / "none" / "p.yaml").code == 2


def test_check_tells_what_is_to_be_done(dlp: Dlp, tmp_path: Path) -> None:
    path = tmp_path / "old.yaml"
    late = "exceptions:\n  - {name: e, when: {kind: pattern}, owner: Ann, reason: B, expires: 2020-01-31}\n"
    path.write_text(CLEAN + late)
    ran = dlp("policy", "check", path, "built-in")
    assert ran.code == 1
    assert f"{path}, line 6: the exception e, of Ann, expired on 2020-01-31" in ran.out
    path.write_text("version: 2\n")
    ran = dlp("policy", "check", path)
    assert (ran.code, ran.out) == (2, "")
    assert f"{path}, line 1: Object missing required field" in ran.err


def test_explain_tells_of_every_rule(dlp: Dlp, own: Path) -> None:
    ran = dlp("policy", "explain", "--policy", own, OUTBOX / "typed-again.txt")
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert lines[0].endswith("typed-again.txt: block")
    assert any(line.startswith("  because  trade-secret document hx7-formulation.md") for line in lines)
    assert any(line.startswith("  message  This file holds much of a document") for line in lines)
    assert any(
        line.startswith("  applies  secret-mostly (block): passage of hx7-formulation.md, line") for line in lines
    )
    assert any(
        line.startswith("  no       key (block): it is about what rules find, and there is none") for line in lines
    )
    quiet = dlp("policy", "explain", "-q", OUTBOX / "newsletter.txt")
    assert quiet.out.splitlines() == [f"{OUTBOX / 'newsletter.txt'}: allow"]


CASES = """version: 1
cases:
  - {name: formula, given: [{kind: passage, label: trade-secret, evidence: 500, rarity: 60}], expect: block}
  - {name: key, text: "-----BEGIN OPENSSH PRIVATE KEY-----", about: {path: id_rsa}, expect: EXPECT}
  - {name: leak, file: leak.txt, expect: block, rules: [secret-mostly]}
"""


def test_cases_are_scanned_and_judged(dlp: Dlp, own: Path, tmp_path: Path) -> None:
    file = tmp_path / "cases.yaml"
    (tmp_path / "leak.txt").write_bytes((OUTBOX / "typed-again.txt").read_bytes())
    file.write_text(CASES.replace("EXPECT", "allow"))
    ran = dlp("policy", "test", file, "--policy", own)
    assert (ran.code, ran.out.splitlines()[0]) == (0, "as it should be  formula: block"), ran.err
    assert "3 cases, 0 missed" in ran.err
    file.write_text(CASES.replace("EXPECT", "quarantine"))
    ran = dlp("policy", "test", "-q", file, "--policy", own)
    assert (ran.code, ran.out) == (1, "missed  key: allow, not quarantine\n")
    file.write_text(CASES.replace("secret-mostly", "no-such-rule").replace("EXPECT", "warn"))
    assert "the policy has no rule 'no-such-rule'" in dlp("policy", "test", file).err


def test_diff_tells_what_would_change(dlp: Dlp, own: Path, tmp_path: Path) -> None:
    report = tmp_path / "results.json"
    assert dlp("scan", OUTBOX, "--format", "json", "-o", report).code == 1
    ran = dlp("policy", "diff", "built-in", own, "--on", report)
    assert (ran.code, ran.out) == (0, ""), ran.out
    milder = tmp_path / "milder.yaml"
    milder.write_text(own.read_text().replace("verdict: block", "verdict: audit"))
    ran = dlp("policy", "diff", own, milder, "--on", report, "--format", "json")
    assert ran.code == 1
    assert {(each["old"]["verdict"], each["new"]["verdict"]) for each in ran.json["changes"]} == {
        ("block", "quarantine")
    }
    assert "milder" in ran.err
    assert dlp("policy", "diff", own, milder, "--on", own).code == 2


def test_show_tells_what_a_policy_says(dlp: Dlp, own: Path) -> None:
    text = dlp("policy", "show", own).out
    assert "class trade-secret, of Head of research" in text
    assert "{class: trade-secret, any: [{evidence: 400, rarity: 36}, " in text
    assert dlp("policy", "show", own, "-f", "yaml").raw == own.read_bytes()
    built_in = dlp("policy", "show", "-f", "json").json
    assert built_in["digest"] == library_digest()
    assert {each["verdict"] for each in built_in["rules"]} == {"audit", "warn", "quarantine", "block"}


def library_digest() -> str:
    from dlp.policy.policy import default_policy

    return default_policy().digest


def test_a_scan_judges_files_in_which_nothing_was_found_where_the_policy_speaks_of_them(
    dlp: Dlp, folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "clean.yaml"
    path.write_text(CLEAN)
    ran = dlp("scan", "--policy", path, folder, "--format", "json")
    (result,) = ran.json["results"]
    assert (ran.code, result["verdict"], result["findings"]) == (1, "warn", [])
    assert result["reasons"] == ["the file itself: marked"]
    assert result["handling"] == {
        "rules": ["marked"],
        "severity": "low",
        "notify": ["ann"],
        "message": "Not here.",
        "keep": False,
        "exceptions": [],
    }


def test_the_command_and_the_library_reach_the_same_verdict_from_the_same_bytes(
    dlp: Dlp, own: Path, tmp_path: Path
) -> None:
    store = library.open_store(dlp.store, base64.b64decode(dlp.key.read_bytes()))
    for policy in (own, None):
        given = ("--policy", policy) if policy else ()
        ran = dlp("scan", OUTBOX, "--no-rules", "--all", "--format", "json", *given)
        by_command = {
            each["path"]: (each["verdict"], each["reasons"], each["handling"]["rules"]) for each in ran.json["results"]
        }
        by_library = {
            each.path: (each.verdict.value, list(each.reasons), list(each.handling.rules))
            for each in library.scan_paths(store, [OUTBOX], everything=True, policy=policy)
        }
        assert by_command == by_library
        assert len(by_command) > 10
        assert len({verdict for verdict, _, _ in by_command.values()}) > 2


def test_help_names_every_command() -> None:
    from dlp.cli.policy import policy

    assert set(policy.commands) == {"init", "check", "explain", "test", "diff", "show"}
    assert sys.modules["dlp.cli.policy"]
