"""SARIF agrees with its schema, stays within what GitHub takes, and says what it left out."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
from functools import partial
from typing import Any
from urllib.parse import unquote_to_bytes

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.model import Level, PatternFinding, Reason, Result, Skipped, Span, Summary
from dlp.report import sarif
from dlp.report.sarif import SarifReporter, uri
from dlp.report.seam import About, Style

from .cases import EVIL, JUDGED, KNOWN, ONE, SCANS, noon, pattern, pieces, result, summary, written
from .test_json_v1 import results, summaries

with open(os.path.join(os.path.dirname(__file__), "schema", "sarif-2.1.0-rtm.5.json"), "rb") as file:
    SCHEMA = jsonschema.Draft4Validator(json.load(file))


PLAIN = Style()


def log(found: tuple[Result, ...], end: Summary | None = None, style: Style = PLAIN) -> Any:
    make = partial(SarifReporter, style=style, clock=noon)
    return json.loads(written(make, found, end or summary(*found)))


def run(*found: Result, style: Style = PLAIN) -> Any:
    return log(found, style=style)["runs"][0]


def key(severity: Level = Level.HIGH, rule: str = "acme-key", digest: str = "0a", line: int = 4) -> PatternFinding:
    where = Span(8, 20, line, 9, f"line {line}")
    levels = severity, Level.HIGH
    return PatternFinding(("a.env",), rule, "Key", ("secret",), *levels, 1, where, (where,), "k•••", digest)


@pytest.mark.parametrize("scan", SCANS)
def test_it_agrees_with_the_schema(scan: str) -> None:
    SCHEMA.validate(log(SCANS[scan]))


@settings(deadline=None, max_examples=25)
@given(st.lists(results, max_size=3).map(tuple), summaries)
def test_any_scan_agrees_with_the_schema(found: tuple[Result, ...], end: Summary) -> None:
    SCHEMA.validate(log(found, end))


def test_a_result_names_rule_level_place_and_whence_it_came() -> None:
    (only,) = run(KNOWN)["results"]
    assert only["ruleId"] == "acme-key"
    assert only["level"] == "error"
    assert only["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "config/app.env", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 2, "startColumn": 9},
            }
        }
    ]
    assert only["properties"]["severity"] == "critical"
    assert only["properties"]["policyRules"] == ["no-secrets", "log"]
    assert [each["author"] for each in only["properties"]["appearances"]] == [
        "Ann Other <ann@example.com>",
        "Bo <bo@example.com>",
    ]
    assert run(KNOWN)["columnKind"] == "unicodeCodePoints"


def test_a_rule_is_explained_where_somebody_knows_it() -> None:
    known = {"acme-key": About("Reads [all] accounts.", ("https://acme.example/keys", "javascript:alert(1)"))}
    (rule,) = run(KNOWN, style=Style(about=lambda ids: known if ids == {"acme-key"} else {}))["tool"]["driver"]["rules"]
    assert rule["fullDescription"]["text"] == "Reads \\[all\\] accounts."
    assert rule["helpUri"] == "https://acme.example/keys"
    assert "javascript" not in json.dumps(rule)
    assert rule["properties"] == {
        "tags": ["security", "secret", "cloud"],
        "precision": "high",
        "security-severity": "9.5",
    }
    assert "helpUri" not in run(KNOWN)["tool"]["driver"]["rules"][0]


def test_a_verdict_of_the_policy_alone_is_a_result() -> None:
    (only,) = run(JUDGED)["results"]
    assert only["ruleId"] == "policy/verdict"
    assert only["message"]["text"] == "drawings do not leave. Verdict: warn."


def test_a_document_in_several_files_has_them_as_its_places() -> None:
    (only,) = run(result("outbox", findings=(pieces(files=3),)))["results"]
    shown = [each["physicalLocation"]["artifactLocation"]["uri"] for each in only["locations"]]
    assert shown == ["outbox/part-0.txt", "outbox/part-1.txt", "outbox/part-2.txt"]


def test_prints_stay_when_lines_move_and_tell_values_places_and_copies_apart() -> None:
    def prints(*findings: PatternFinding, path: str = "a.env") -> list[str]:
        found = run(result(path, findings=findings))["results"]
        return [each["partialFingerprints"]["dlpKey/v1"] for each in found]

    once = prints(key())
    assert prints(key(line=900)) == once
    assert prints(key(digest="0b")) != once
    assert prints(key(rule="other")) != once
    assert prints(key(), path="b.env") != once
    assert len(set(prints(key(), key(line=5)))) == 2
    (there,) = run(result("a.env", findings=(key(),)))["results"]
    assert re.fullmatch("[0-9a-f]{16}:1", there["partialFingerprints"]["primaryLocationLineHash"])


def test_what_has_no_line_in_the_file_gets_no_hash_of_one() -> None:
    inside = msgspec.structs.replace(key(), provenance=("a.zip", "b.env"))
    (only,) = run(result("a.zip", findings=(inside,)))["results"]
    assert list(only["partialFingerprints"]) == ["dlpKey/v1"]
    assert "region" not in only["locations"][0]["physicalLocation"]
    (logical,) = only["locations"][0]["logicalLocations"]
    assert logical["fullyQualifiedName"].split(" \u203a ") == ["b.env", "line 4"]


def test_what_was_not_read_is_a_notification_and_a_scan_cut_short_was_no_success() -> None:
    part = result("a.zip", findings=(), skipped=(Skipped(("a.zip", "b [x]"), Reason.ENCRYPTED, "needs a password"),))
    end = msgspec.structs.replace(summary(part), complete=False)
    (invocation,) = log((part,), end)["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [each["level"] for each in invocation["toolExecutionNotifications"]] == ["warning", "error"]
    first = invocation["toolExecutionNotifications"][0]
    assert first["message"]["text"] == "Not read: b \\[x\\]: encrypted, needs a password"
    assert first["descriptor"]["id"] == "not-read/encrypted"
    assert run(ONE)["invocations"][0]["executionSuccessful"] is True


@pytest.mark.parametrize("extra", [0, 1])
def test_of_too_many_results_the_gravest_stay(extra: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "RESULTS", 50)
    mild = [key(Level.LOW, digest=str(n)) for n in range(49 + extra)]
    found = run(result("a.env", findings=(*mild, key(Level.CRITICAL, digest="grave"))))
    assert len(found["results"]) == 50
    assert found["results"][0]["properties"]["severity"] == "critical"
    told = [each["message"]["text"] for each in found["invocations"][0]["toolExecutionNotifications"]]
    assert told == (["1 result of 51 left out, the least grave: they are too many"] if extra else [])


@pytest.mark.parametrize(("bound", "room", "slack"), [("COMPRESSED", 100_000, 80_000), ("BYTES", 200_000, 10_000)])
def test_what_would_come_to_too_much_is_left_out(
    bound: str, room: int, slack: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(1)
    noise = ["".join(chance.choices("0123456789abcdef", k=500)) for _ in range(1000)]
    found = result("a.env", findings=tuple(msgspec.structs.replace(key(), excerpt=each) for each in noise))
    monkeypatch.setattr(sarif, bound, room)
    text = written(partial(SarifReporter, style=PLAIN), (found,), summary())
    whole = json.loads(text)["runs"][0]
    assert 100 < len(whole["results"]) < 1000
    assert len(gzip.compress(text.encode()) if bound == "COMPRESSED" else text) < room + slack
    assert "left out" in json.dumps(whole["invocations"])


def test_parts_not_read_are_told_up_to_a_number_and_then_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "NOTIFICATIONS", 3)
    parts = tuple(Skipped(("a.zip", str(n)), Reason.CORRUPT, "") for n in range(5))
    told = run(result("a.zip", skipped=parts))["invocations"][0]["toolExecutionNotifications"]
    assert [each["descriptor"]["id"] for each in told] == ["not-read/corrupt"] * 3 + ["not-read/more"]
    assert told[-1]["message"]["text"] == "2 further parts not read"


def test_a_rule_has_no_more_tags_than_github_takes() -> None:
    many = msgspec.structs.replace(key(), tags=tuple(f"tag-{n}" for n in range(40)))
    (rule,) = run(result("a.env", findings=(many,)))["tool"]["driver"]["rules"]
    assert len(rule["properties"]["tags"]) == sarif.TAGS


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("a b/100%.txt", "a%20b/100%25.txt"),
        ("größe/#1?.txt", "gr%C3%B6%C3%9Fe/%231%3F.txt"),
        ("c:\\d|e.txt", "c%3A%5Cd%7Ce.txt"),
        ("bad\\xff\\xfe.txt", "bad%FF%FE.txt"),
        ("/srv/a b", "file:///srv/a%20b"),
        ("line\nbreak", "line%0Abreak"),
    ],
)
def test_a_path_is_a_uri(path: str, wanted: str) -> None:
    assert uri(path) == wanted


@given(st.text(st.characters(codec="utf-8"), max_size=40).filter(lambda each: "\\x" not in each))
def test_any_path_is_found_again_by_its_uri(path: str) -> None:
    made = uri(path)
    assert re.fullmatch(r"(file://)?[A-Za-z0-9._~/%-]*", made)
    assert unquote_to_bytes(made.removeprefix("file://") if path.startswith("/") else made) == path.encode()


def test_no_message_holds_a_link_of_others() -> None:
    name = "[click](https://evil.example)"
    found = run(result("a", findings=(pattern(1, rule=name, name=name, excerpt=name),)))
    short = found["tool"]["driver"]["rules"][0]["shortDescription"]["text"]
    for text in (found["results"][0]["message"]["text"], short):
        assert "\\[click\\](" in text
        assert not re.search(r"(?<!\\)\[", text)
    assert EVIL not in json.dumps(run(*SCANS["hostile"]))
