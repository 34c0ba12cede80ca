"""`dlp audit`, as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import LEAK, Dlp


@pytest.fixture
def share(tmp_path: Path) -> Path:
    made = tmp_path / "share"
    made.mkdir()
    (made / "leak.txt").write_text(LEAK)
    (made / "fine.txt").write_text("Nothing of note.\n")
    return made


def test_an_audit_says_what_stands_and_the_next_one_what_changed(dlp: Dlp, share: Path, tmp_path: Path) -> None:
    book = tmp_path / "incidents"
    assert dlp("incidents", "init", "--incidents", book, "--review-key", tmp_path / "key").code == 0
    given = ("--no-rules", "--incidents", book)
    first = dlp("audit", share, *given)
    assert first.code == 1
    assert "## In short" in first.out
    assert "| trade-secret |" in first.out
    (share / "leak.txt").rename(share / "moved.txt")
    page = dlp("audit", share, *given, "--since", "LAST", "-f", "html", "-o", tmp_path / "a.html")
    assert (page.code, page.out) == (1, "")
    assert "1 new, 1 gone, 0 changed" in (tmp_path / "a.html").read_text()
    third = dlp("audit", share, *given, "--since", "LAST", "-f", "json")
    made = third.json["audit"]
    assert made["changes"]["same"] == 1
    assert made["incidents"]["states"]["open"] == 1
    assert made["incidents"]["faults"] == []
    assert made["found"]["files"][0]["incident"] == made["incidents"]["open"][0]["id"]
    (tmp_path / "a.json").write_bytes(third.raw)
    checked = dlp("audit", "--verify", tmp_path / "a.json", "--incidents", book)
    assert (checked.code, checked.err) == (0, "")
    (tmp_path / "a.json").write_bytes(third.raw.replace(b'"findings":1', b'"findings":0'))
    assert "it was changed since it was made" in dlp("audit", "--verify", tmp_path / "a.json", "--incidents", book).err
    refused = dlp("audit", share, *given, "--since", tmp_path / "a.json")
    assert (refused.code, "it was changed since it was made" in refused.err) == (2, True)
    assert dlp("audit", share, "--no-rules", "--no-record", "--since", tmp_path / "a.json").code == 1
    (kept,) = (book / "audits").glob(f"*-{made['id']}.json")
    kept.write_bytes(third.raw.replace(b'"findings":1', b'"findings":0'))
    assert "it was changed since it was made" in dlp("audit", share, *given, "--since", "LAST").err
    assert dlp("incidents", "verify", "--incidents", book).code == 0


def test_without_a_log_it_says_what_is_missing(dlp: Dlp, share: Path) -> None:
    ran = dlp("audit", share, "--no-rules", "--no-record", "-f", "json")
    assert ran.code == 1
    weights = {each["what"]: each["weight"] for each in ran.json["audit"]["concerns"]}
    assert weights["there is no log of incidents: no evidence is kept, and this audit is not signed"] == "high"
    assert ran.json["signature"] is None


def test_what_makes_no_sense_is_said(dlp: Dlp, tmp_path: Path, share: Path) -> None:
    assert "name files and folders" in dlp("audit").err
    assert "there is none" in dlp("audit", share, "--no-record", "--since", "LAST").err
    assert "scans nothing" in dlp("audit", share, "--verify", "x").err
    (tmp_path / "x").write_text(json.dumps({"audit": {}}))
    ran = dlp("audit", share, "--since", tmp_path / "x")
    assert (ran.code, "is no audit" in ran.err) == (2, True)
