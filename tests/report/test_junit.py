"""JUnit XML is well-formed whatever stands in it, counts what it holds, and fails where the policy warns."""

from __future__ import annotations

import xml.etree.ElementTree as etree

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.model import Result, Summary, Verdict
from dlp.report.junit import JunitReporter

from .cases import EVIL, JUDGED, KNOWN, MANY, ONE, SCANS, passage, result, summary, written
from .test_json_v1 import results, summaries


def suites(found: tuple[Result, ...], end: Summary | None = None) -> list[etree.Element]:
    root = etree.fromstring(written(JunitReporter, found, end or summary(*found)).encode())
    assert root.tag == "testsuites"
    made = list(root)
    for suite in made:
        assert suite.tag == "testsuite"
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.attrib[attribute]) == len(suite.findall(f"testcase/{tag}"))
        cases = suite.findall("testcase")
        assert int(suite.attrib["tests"]) == len(cases) >= 1
        names = [each.attrib["name"] for each in cases]
        assert len(set(names)) == len(names)
    return made


@pytest.mark.parametrize("scan", SCANS)
def test_each_result_is_a_suite_and_so_is_the_scan(scan: str) -> None:
    assert len(suites(SCANS[scan])) == len(SCANS[scan]) + 1


@settings(deadline=None, max_examples=40)
@given(st.lists(results, max_size=3).map(tuple), summaries)
def test_any_scan_is_well_formed(found: tuple[Result, ...], end: Summary) -> None:
    assert len(suites(found, end)) == len(found) + 1


@pytest.mark.parametrize("verdict", Verdict)
def test_a_finding_fails_from_warn_on(verdict: Verdict) -> None:
    suite, _ = suites((result("a", verdict, findings=(passage(),)),))
    assert int(suite.attrib["failures"]) == (verdict.rank >= Verdict.WARN.rank)
    assert verdict.value in "".join(suite.itertext())


def test_a_failure_says_where_and_what_to_do() -> None:
    suite, judged, _ = suites((KNOWN, JUDGED))
    (case,) = suite.findall("testcase")
    assert case.attrib == {
        "name": "acme-key: line 2", "classname": "repo/config/app.env", "file": "repo/config/app.env", "line": "2",
    }  # fmt: skip
    failure = case.find("failure")
    assert failure is not None
    assert failure.attrib == {"message": "Acme key", "type": "block/critical"}
    assert "Put it into the vault" in (failure.text or "")
    assert judged.attrib["failures"] == "1"


def test_parts_not_read_are_skipped_and_a_scan_cut_short_is_an_error() -> None:
    found = suites(MANY, msgspec.structs.replace(summary(*MANY), complete=False))
    assert sum(int(each.attrib["skipped"]) for each in found) == 12
    assert found[-1].attrib["errors"] == "1"
    assert suites((ONE,))[-1].attrib["errors"] == "0"


def test_what_xml_cannot_hold_is_escaped_so_that_it_is_seen() -> None:
    suite, _ = suites((result(EVIL, findings=(passage(excerpt=EVIL),)),))
    assert suite.attrib["name"].startswith("\\x1b[2J")
    assert "\\x00\\ud800\\xff" in suite.attrib["name"]
