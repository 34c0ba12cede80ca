"""OCSF events agree with the published schema, class by class."""

from __future__ import annotations

import functools
import json
from functools import partial
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from dlp.model import Coverage, Reason, Result, Skipped, Summary, Verdict
from dlp.report.ocsf import VERSION, OcsfReporter

from .cases import JUDGED, KNOWN, ONE, SCANS, noon, passage, pieces, result, summary, term, written
from .test_json_v1 import results, summaries


@functools.cache
def schemas() -> dict[int, jsonschema.Draft202012Validator]:
    published = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=VERSION))
    names = {2006: "data_security_finding", 6007: "scan_activity"}
    return {uid: jsonschema.Draft202012Validator(published.get_class_schema(name)) for uid, name in names.items()}


def events(found: tuple[Result, ...], end: Summary | None = None) -> list[Any]:
    text = written(partial(OcsfReporter, clock=noon), found, end or summary(*found))
    made = [json.loads(line) for line in text.splitlines()]
    for event in made:
        schemas()[event["class_uid"]].validate(event)
        assert "unmapped" not in event
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
    return made


@pytest.mark.parametrize("scan", SCANS)
def test_each_finding_and_each_part_not_read_is_an_event_and_so_is_the_scan(scan: str) -> None:
    made = events(SCANS[scan])
    judged = sum(each is JUDGED for each in SCANS[scan])
    wanted = sum(len(each.findings) + len(each.skipped) for each in SCANS[scan]) + judged
    assert [each["class_uid"] for each in made] == [2006] * wanted + [6007]


@settings(deadline=None, max_examples=30)
@given(st.lists(results, max_size=3).map(tuple), summaries)
def test_any_scan_agrees_with_the_schema(found: tuple[Result, ...], end: Summary) -> None:
    events(found, end)


def test_a_finding_says_what_where_and_how_grave() -> None:
    event = events((KNOWN,))[0]
    assert (event["severity_id"], event["confidence_id"], event["is_alert"]) == (5, 3, True)
    assert event["message"] == "block: Acme key"
    assert event["time"] == 1_788_177_600_250
    assert event["file"] == {
        "name": "app.env",
        "path": "repo/config/app.env",
        "type_id": 1,
        "size": 1024,
        "modified_time": 1_700_000_000_123,
        "owner": {"uid": "1000"},
        "hashes": [{"algorithm_id": 3, "algorithm": "SHA-256", "value": "ab" * 32}],
    }
    security = event["data_security"]
    assert (security["category"], security["pattern_match"], security["status"]) == ("Security", "acme••••", "Complete")
    assert security["policy"] == {
        "name": "no-secrets", "is_applied": True, "desc": "Put it into the vault: see the handbook.",
    }  # fmt: skip
    assert security["discovery_details"][0]["occurrences"] == [{"start_line": 2, "end_line": 2}]
    assert {"name": "verdict", "value": "block"} in event["finding_info"]["tags"]
    assert {"name": "containment", "value": "quarantined"} in event["finding_info"]["tags"]
    assert sum(tag["name"] == "commit" for tag in event["finding_info"]["tags"]) == 2


@pytest.mark.parametrize(
    ("finding", "analytic"), [(passage(), "Fingerprinting"), (pieces(), "Fingerprinting"), (term(), "Keyword Match")]
)
def test_registered_documents_have_their_label_and_kind_of_analytic(finding: Any, analytic: str) -> None:
    event = events((result(findings=(finding,)),))[0]
    assert event["finding_info"]["analytic"]["type"] == analytic
    assert event["data_security"]["confidentiality_id"] == 3
    assert ("file" in event) == (finding.__class__.__name__ != "SetFinding")


def test_uids_stay_when_lines_move() -> None:
    uids = [events((result(findings=(passage(line=line),)),))[0]["finding_info"]["uid"] for line in (1, 700)]
    assert len(set(uids)) == 1


def test_what_was_not_read_is_an_event_that_is_no_alert_by_itself() -> None:
    part = result(
        "a.zip", Verdict.AUDIT, (), Coverage.PARTIAL, (), (Skipped(("a.zip", "b"), Reason.ENCRYPTED, "locked"),)
    )
    event = events((part,))[0]
    assert (event["is_alert"], event["severity"], event["data_security"]["status"]) == (False, "Informational", "Fail")
    assert event["message"] == "Not read: b: encrypted, locked"


@pytest.mark.parametrize("complete", [True, False])
def test_the_last_event_says_whether_the_scan_came_to_its_end(complete: bool) -> None:
    last = events((ONE,), msgspec.structs.replace(summary(ONE), complete=complete))[-1]
    assert last["activity_name"] == ("Completed" if complete else "Cancelled")
    assert last["status"] == ("Success" if complete else "Failure")
    assert (last["num_files"], last["num_detections"], last["num_skipped_items"]) == (1, 1, 0)
