"""GitLab's report agrees with its schema, and says what was not read."""

from __future__ import annotations

import html
import json
import os
import re
from functools import partial
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.model import Reason, Result, Skipped, Summary
from dlp.report import gitlab
from dlp.report.gitlab import GitlabReporter

from .cases import JUDGED, KNOWN, ONE, SCANS, noon, passage, pattern, result, summary, written
from .test_json_v1 import results, summaries

with open(os.path.join(os.path.dirname(__file__), "schema", "gitlab-secret-detection-15.json"), "rb") as file:
    SCHEMA = jsonschema.Draft7Validator(json.load(file))


def report(found: tuple[Result, ...], end: Summary | None = None) -> Any:
    return json.loads(written(partial(GitlabReporter, clock=noon), found, end or summary(*found)))


@pytest.mark.parametrize("scan", SCANS)
def test_it_agrees_with_the_schema(scan: str) -> None:
    whole = report(SCANS[scan])
    SCHEMA.validate(whole)
    assert whole["scan"]["start_time"] == "2026-08-31T12:00:00"


@settings(deadline=None, max_examples=40)
@given(st.lists(results, max_size=3).map(tuple), summaries)
def test_any_scan_agrees_with_the_schema(found: tuple[Result, ...], end: Summary) -> None:
    SCHEMA.validate(report(found, end))


def test_a_finding_is_a_vulnerability_at_its_commit() -> None:
    found, judged = report((KNOWN, JUDGED))["vulnerabilities"]
    assert found["severity"] == "Critical"
    assert found["identifiers"] == [{"type": "dlp_rule", "name": "dlp acme-key", "value": "acme-key"}]
    assert found["location"] == {
        "file": "config/app.env",
        "commit": {"sha": "1a" * 20, "author": "Ann Other <ann@example.com>", "date": "2023-11-14T19:26:40Z"},
        "start_line": 2,
        "end_line": 2,
    }
    assert found["details"]["verdict"]["value"] == "block"
    assert found["details"]["confidence"]["value"] == "high"
    assert found["details"]["excerpt"]["value"] == "acme••••"
    assert found["solution"].startswith("Put it into the vault")
    assert judged["location"] == {"file": "outbox/plan.dwg", "commit": {"sha": "0000000"}}


def test_ids_are_unique_and_stay() -> None:
    twice = result(findings=(passage(), passage(line=900), pattern()))
    ids = [each["id"] for each in report((twice,))["vulnerabilities"]]
    assert len(set(ids)) == 3
    assert all(re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", each) for each in ids)
    assert [each["id"] for each in report((ONE,))["vulnerabilities"]] == ids[:1]


def test_what_was_not_read_is_a_message_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gitlab, "MESSAGES", 2)
    parts = tuple(Skipped(("a.zip", str(n)), Reason.CORRUPT, "") for n in range(3))
    scan = report((result("a.zip", skipped=parts),))["scan"]
    assert [each["value"] for each in scan["messages"][:3]] == [
        "a.zip: Not read: 0: corrupt", "a.zip: Not read: 1: corrupt", "1 further part not read",
    ]  # fmt: skip
    assert scan["status"] == "success"


def test_a_scan_cut_short_has_failed() -> None:
    scan = report((ONE,), msgspec.structs.replace(summary(ONE), complete=False))["scan"]
    assert scan["status"] == "failure"
    assert scan["messages"][-1]["level"] == "fatal"


def test_nothing_of_others_is_markup() -> None:
    evil = "@all [x](https://evil.example) <img src=x> `a` #1 !2 ~bug"
    (found,) = report((result(findings=(pattern(1, name=evil, excerpt=evil),)),))["vulnerabilities"]
    for text in (found["description"], found["solution"]):
        for part in text.split("<!-- -->"):
            assert not re.search(r"[\[\]`<>]", part)
            assert not re.search(r"[@#!~:](?=\S)", html.unescape(part))


def test_the_schema_would_notice() -> None:
    whole = report((KNOWN,))
    for spoil in (
        lambda each: each["vulnerabilities"][0]["location"].pop("commit"),
        lambda each: each["vulnerabilities"][0].update(name="n" * 256),
        lambda each: each["scan"].update(end_time="2026-08-31T12:00:00Z"),
        lambda each: each["vulnerabilities"][0].update(severity="Grave"),
    ):
        spoiled = json.loads(json.dumps(whole))
        spoil(spoiled)
        assert not SCHEMA.is_valid(spoiled)
