"""JSON and JSON Lines are valid, agree with the committed schema and say exactly what the results say."""

from __future__ import annotations

import io
import json
import math
import os
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dlp.report
from dlp import model
from dlp.report.json_reporter import JsonLinesReporter, JsonReporter

from .cases import EVIL, HOSTILE, ONE, SCANS, passage, pattern, pieces, result, summary

with open(os.path.join(os.path.dirname(dlp.report.__file__), "schema", "result-v1.json"), "rb") as file:
    SCHEMA = json.load(file)
DOCUMENT = jsonschema.Draft202012Validator(SCHEMA)
LINE = DOCUMENT.evolve(schema={"$ref": "#/$defs/line", "$defs": SCHEMA["$defs"]})


def refuse(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


def strict(data: str) -> Any:
    return json.loads(data, parse_constant=refuse)


def document(results: tuple[model.Result, ...], end: model.Summary) -> Any:
    stream = io.BytesIO()
    report = JsonReporter(stream)
    report.begin()
    for one in results:
        report.result(one)
    report.end(end)
    return strict(stream.getvalue().decode())


def lines(results: tuple[model.Result, ...], end: model.Summary) -> list[Any]:
    stream = io.BytesIO()
    report = JsonLinesReporter(stream)
    report.begin()
    for one in results:
        report.result(one)
    report.end(end)
    text = stream.getvalue().decode()
    assert text.splitlines() == text.removesuffix("\n").split("\n")  # `splitlines` also ends lines at U+2028 and U+0085
    return [strict(line) for line in text.splitlines()]


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("scan", SCANS)
def test_the_document_agrees_with_the_schema(scan: str) -> None:
    whole = document(SCANS[scan], summary(*SCANS[scan]))
    DOCUMENT.validate(whole)
    assert len(whole["results"]) == len(SCANS[scan])


@pytest.mark.parametrize("scan", SCANS)
def test_lines_are_the_documents_results_and_then_its_summary(scan: str) -> None:
    end = summary(*SCANS[scan])
    whole, separate = document(SCANS[scan], end), lines(SCANS[scan], end)
    for line in separate:
        LINE.validate(line)
    assert separate == [*whole["results"], {"version": 1, "summary": whole["summary"]}]


def test_the_shape_is_the_contract() -> None:
    whole = document((ONE,), summary(ONE))
    assert list(whole) == ["version", "results", "summary"]
    assert list(whole["results"][0]) == [
        "path", "provenance", "verdict", "reasons", "coverage", "findings", "skipped", "suppressed", "allowed",
        "file", "origin", "handling", "containment",
    ]  # fmt: skip
    assert whole["results"][0]["findings"] == [
        {
            "kind": "passage",
            "id": ONE.findings[0].id,  # type: ignore[union-attr]
            "document": {"id": "d-7f3a", "name": "secrets/hx7-formulation.md", "label": "secret", "version": 2},
            "severity": "high",
            "confidence": "high",
            "span": {"start": 2310, "end": 2601, "line": 41, "column": 1, "locator": ""},
            "source_span": {"start": 120, "end": 411, "locator": ""},
            "length": 291,
            "evidence": 282,
            "rarity": 90,
            "similarity": 1.0,
            "rare_share": 0.97,
            "document_share": 0.0642,
            "evidence_share": 0.0642,
            "provenance": ["outbox/draft.txt"],
            "excerpt": "C••••• t•• r•••• •• ••°•, t••• d•••• t•• p••••• … h••• f•• •• m••.",
            "also": [],
        }
    ]
    assert whole["results"][0]["suppressed"] == []
    assert whole["summary"] == {
        "files": 1, "bytes": 143271, "seconds": 0.42, "findings": 1, "verdicts": {"block": 1}, "skipped": {},
        "complete": True, "allowed": 0,
    }  # fmt: skip


@pytest.mark.parametrize("state", model.Contained)
def test_what_became_of_a_file_is_told(state: model.Contained) -> None:
    told = msgspec.structs.replace(ONE, containment=model.Containment(state, "Q7", "why \udcff"))
    whole = document((told,), summary(told))
    DOCUMENT.validate(whole)
    assert whole["results"][0]["containment"] == {"state": state.value, "id": "Q7", "detail": "why \\xff"}
    assert document((ONE,), summary(ONE))["results"][0]["containment"] is None


def test_documents_that_have_the_passage_too_are_named_with_what_it_is_of_them() -> None:
    found = result(findings=(passage(also=("plan-2.md",)),))
    whole = document((found,), summary(found))
    assert whole["results"][0]["findings"][0]["also"] == [
        {
            "document": {"id": "d-0", "name": "plan-2.md", "label": "secret", "version": 1},
            "source_span": {"start": 40, "end": 331, "locator": ""},
            "similarity": 0.9,
            "document_share": 0.25,
        }
    ]


def test_a_document_in_several_files_is_a_finding_of_its_own_kind() -> None:
    found = result("outbox", findings=(pieces(files=2),))
    (finding,) = document((found,), summary(found))["results"][0]["findings"]
    assert finding == {
        "kind": "set",
        "document": {"id": "d-7f3a", "name": "secrets/hx7-formulation.md", "label": "secret", "version": 2},
        "severity": "high",
        "confidence": "medium",
        "evidence": 160,
        "share": 0.056,
        "files": 2,
        "pieces": [
            {"path": "outbox/part-0.txt", "evidence": 90, "share": 0.03},
            {"path": "outbox/part-1.txt", "evidence": 89, "share": 0.03},
        ],
    }


def test_a_value_that_a_rule_matched_is_told_as_the_contract_has_it() -> None:
    found = result(findings=(pattern(),))
    (finding,) = document((found,), summary(found))["results"][0]["findings"]
    place = {"start": 88, "end": 128, "line": 4, "column": 9, "locator": "line 4"}
    assert finding == {
        "kind": "pattern",
        "rule": "acme-key",
        "name": "Acme key",
        "tags": ["secret", "cloud"],
        "severity": "critical",
        "confidence": "high",
        "count": 2,
        "span": place,
        "places": [place, place | {"start": 188, "end": 228, "line": 9, "locator": "line 9"}],
        "excerpt": "acme••••",
        "digest": "05c037d02f4fe2a81e377613",
        "provenance": ["outbox/draft.txt"],
    }


def test_what_was_suppressed_stands_apart_from_the_findings() -> None:
    suppressed = model.Suppressed(passage(), ("background: terms.docx", "in 14 registered documents"))
    found = result(verdict=model.Verdict.ALLOW, suppressed=(suppressed,))
    (only,) = document((found,), summary(found))["results"]
    assert only["findings"] == []
    (told,) = only["suppressed"]
    assert told["causes"] == ["background: terms.docx", "in 14 registered documents"]
    assert told["finding"]["id"] == suppressed.finding.id


def test_a_scan_that_was_cut_short_says_so_and_no_summary_may_leave_it_open() -> None:
    whole = document((ONE,), msgspec.structs.replace(summary(ONE), complete=False))
    assert whole["summary"]["complete"] is False
    DOCUMENT.validate(whole)
    del whole["summary"]["complete"]
    assert not DOCUMENT.is_valid(whole)


@pytest.mark.parametrize("extra", [{"more": 1}, {"version": 2}])
def test_the_schema_is_strict(extra: dict[str, int]) -> None:
    whole = document((ONE,), summary(ONE))
    assert not DOCUMENT.is_valid(whole | extra)
    whole["results"][0]["findings"][0]["more"] = 1
    assert not DOCUMENT.is_valid(whole)


def test_hostile_text_is_exact_but_for_lone_surrogates() -> None:
    found = document((HOSTILE,), summary(HOSTILE))["results"][0]
    assert found["path"] == EVIL.replace("\ud800", "\\ud800").replace("\udcff", "\\xff")
    assert found["findings"][0]["provenance"][1] == "\\xff\\xfe.txt"


def test_a_figure_that_is_not_finite_is_refused_before_anything_is_written() -> None:
    spoiled = msgspec.structs.replace(passage(), similarity=math.nan)
    share = msgspec.structs.replace(pieces(), share=math.inf)
    for bad, what in (
        (result(findings=(spoiled,)), "similarity is nan"),
        (result(findings=(share,)), "share is inf"),
        (result(suppressed=(model.Suppressed(spoiled, ()),)), "similarity is nan"),
    ):
        for make in (JsonReporter, JsonLinesReporter):
            stream = io.BytesIO()
            report = make(stream)
            with pytest.raises(ValueError, match=what):
                report.result(bad)
            assert stream.getvalue() == b""


names = st.text(st.characters(codec=None, exclude_categories=()), max_size=12)
counts = st.integers(0, 2**60)
shares = st.floats(0, 1)
chains = st.lists(names, max_size=3).map(tuple)
levels = st.sampled_from(list(model.Level))
verdicts = st.sampled_from(list(model.Verdict))
reasons = st.sampled_from(list(model.Reason))
documents = st.builds(model.Document, names, names, names, counts)
sources = st.builds(model.SourceSpan, counts, counts, names)
passages = st.builds(
    model.PassageFinding,
    chains,
    documents,
    levels,
    levels,
    st.builds(model.Span, counts, counts, counts, counts, names),
    sources,
    counts,
    counts,
    counts,
    shares,
    shares,
    shares,
    shares,
    names,
    st.lists(st.builds(model.Also, documents, sources, shares, shares), max_size=2).map(tuple),
)
sets = st.builds(
    model.SetFinding,
    documents,
    levels,
    levels,
    counts,
    shares,
    counts,
    st.lists(st.builds(model.Piece, names, counts, shares), max_size=2).map(tuple),
)
spans = st.builds(model.Span, counts, counts, counts, counts, names)
values = (levels, levels, counts, spans, st.lists(spans, max_size=3).map(tuple), names, names)
patterns = st.builds(model.PatternFinding, chains, names, names, chains, *values)
terms = st.builds(model.TermFinding, chains, documents, *values)
results = st.builds(
    model.Result,
    names,
    chains,
    verdicts,
    chains,
    st.sampled_from(list(model.Coverage)),
    st.lists(passages | sets | patterns | terms, max_size=2).map(tuple),
    st.lists(st.builds(model.Skipped, chains, reasons, names), max_size=2).map(tuple),
    st.lists(st.builds(model.Suppressed, passages | patterns, chains), max_size=2).map(tuple),
    counts,
)
summaries = st.builds(
    model.Summary,
    counts,
    counts,
    st.floats(0, 1e9),
    counts,
    st.dictionaries(verdicts.map(str), counts),
    st.dictionaries(reasons.map(str), counts),
    st.booleans(),
    counts,
)


@settings(deadline=None, max_examples=60)
@given(st.lists(results, max_size=3).map(tuple), summaries)
def test_any_scan_is_valid(found: tuple[model.Result, ...], end: model.Summary) -> None:
    whole = document(found, end)
    DOCUMENT.validate(whole)
    separate = lines(found, end)
    assert separate[:-1] == whole["results"]
    for line in separate:
        LINE.validate(line)
