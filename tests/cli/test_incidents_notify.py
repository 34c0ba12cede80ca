"""Telling of incidents, as a user sees it: a scan tells whom the policy names, and what did not get through waits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import Dlp

POLICY = """\
version: 2
default: allow
classes: [{name: public}]
rules:
  - {name: keys, when: {tag: secret}, verdict: block, notify: [team, nobody], message: Take it back.}
"""


@pytest.fixture
def told(dlp: Dlp, tmp_path: Path) -> Dlp:
    """With incidents, a target `team`, and a policy that names it and another."""
    book, script = tmp_path / "incidents", tmp_path / "take"
    assert dlp("incidents", "init", "--incidents", book, "--review-key", tmp_path / "review.key").code == 0
    script.write_text(f'#!/bin/sh\ncd "{tmp_path}"\n[ -e down ] && exit 9\ncat >> got; echo >> got\n')
    script.chmod(0o700)
    with (book / "config.yaml").open("a") as file:
        file.write(f"targets: {{team: {{command: {{run: [{script}]}}}}}}\n")
    (tmp_path / "policy.yaml").write_text(POLICY)
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "notes.txt").write_text("-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n" * 26)
    (folder / "aws.txt").write_text('aws_secret_access_key = "wJa1rXUtnFEMIK7MDENGbPxRfiCYzZ3q9kLpT5vB"\n')
    return dlp


def scan(dlp: Dlp, tmp_path: Path) -> str:
    ran = dlp("scan", tmp_path / "out", "--policy", tmp_path / "policy.yaml", "--incidents", tmp_path / "incidents")
    assert ran.code == 1, ran.err
    return ran.err


def notify(dlp: Dlp, tmp_path: Path, *more: object) -> tuple[int, str, str]:
    ran = dlp("incidents", "notify", "--incidents", tmp_path / "incidents", *more)
    return ran.code, ran.out, ran.err


def test_a_scan_tells_whom_the_policy_names(told: Dlp, tmp_path: Path) -> None:
    err = scan(told, tmp_path)
    assert "the policy tells 'nobody' of incidents" in err
    got = [json.loads(line) for line in (tmp_path / "got").read_text().splitlines()]
    assert {Path(each["told"][0]["path"]).name for each in got} == {"notes.txt", "aws.txt"}
    assert all(each["told"][0]["message"] == "Take it back." for each in got)
    assert "wJa1rXUtnFEMIK7MDENGbPxRfiCYzZ3q9kLpT5vB" not in (tmp_path / "got").read_text()
    code, out, _ = notify(told, tmp_path, "--list")
    assert code == 0
    assert out.count("nobody") == 2
    assert out.count("given up  config.yaml has no target of this name") == 2
    scan(told, tmp_path)
    assert len((tmp_path / "got").read_text().splitlines()) == 2  # seen again is no news


def test_what_did_not_get_through_waits_and_is_sent_on_demand(told: Dlp, tmp_path: Path) -> None:
    (tmp_path / "down").touch()
    assert "team was not told" in scan(told, tmp_path)
    code, out, err = notify(told, tmp_path, "--test", "team")
    assert (code, out) == (1, "")
    assert "team: not sent" in err
    (tmp_path / "down").unlink()
    code, out, err = notify(told, tmp_path, "--retry")
    assert (code, out) == (1, "told of 2 incidents in 2 messages\n")
    assert "0 still wait, 2 were given up" in err
    assert notify(told, tmp_path, "--test", "team")[:2] == (0, "team: sent\n")


def test_what_makes_no_sense_is_said(told: Dlp, tmp_path: Path) -> None:
    code, _, err = notify(told, tmp_path, "--test", "stranger")
    assert (code, err) == (2, "dlp: config.yaml has no target 'stranger'\n")
    assert notify(told, tmp_path, "--list", "--retry")[0] == 2
