"""The engine's results in the public shape (`json_v1`)."""

from __future__ import annotations

import math
from typing import Any

from dlp import model
from dlp.report import json_v1
from dlp.report.escape import encodable


def public(result: model.Result) -> json_v1.Result:
    """`result` in this format's shape. Raises `ValueError` for a share that is not finite."""
    return json_v1.Result(
        path=encodable(result.path),
        provenance=_chain(result.provenance),
        verdict=result.verdict.value,
        reasons=_chain(result.reasons),
        coverage=result.coverage.value,
        findings=[_finding(finding) for finding in result.findings],
        skipped=[
            json_v1.Skipped(_chain(skipped.provenance), skipped.reason.value, encodable(skipped.detail))
            for skipped in result.skipped
        ],
        suppressed=[
            json_v1.Suppressed(
                passage(each.finding) if isinstance(each.finding, model.PassageFinding) else pattern(each.finding),
                _chain(each.causes),
            )
            for each in result.suppressed
        ],
        allowed=result.allowed,
        file=None if result.file is None else _file(result.file),
        origin=_origin(result.origin),
        handling=_handling(result.handling),
        containment=None if result.containment is None else _containment(result.containment),
    )


def _file(file: model.File) -> json_v1.File:
    return json_v1.File(file.size, round(file.modified / 1e9, 6), file.owner, file.type, file.lies, file.digest)


def _origin(origin: model.Origin) -> json_v1.Origin:
    return json_v1.Origin(
        encodable(origin.channel),
        encodable(origin.jurisdiction),
        origin.blob,
        origin.head,
        _chain(origin.branches),
        [
            json_v1.Appearance(
                each.commit,
                encodable(each.path),
                encodable(each.author),
                encodable(each.email),
                each.date,
                each.removed,
            )
            for each in origin.appearances
        ],
    )


def _handling(handling: model.Handling) -> json_v1.Handling:
    return json_v1.Handling(
        rules=_chain(handling.rules),
        severity=None if handling.severity is None else handling.severity.value,
        notify=_chain(handling.notify),
        message=encodable(handling.message),
        keep=handling.keep,
        exceptions=_chain(handling.exceptions),
    )


def _containment(containment: model.Containment) -> json_v1.Containment:
    return json_v1.Containment(containment.state.value, containment.id, encodable(containment.detail))


def public_summary(summary: model.Summary) -> json_v1.Summary:
    """`summary` in this format's shape. Raises `ValueError` for seconds that are not finite."""
    return json_v1.Summary(
        files=summary.files,
        bytes=summary.bytes,
        seconds=_figure("seconds", summary.seconds),
        findings=summary.findings,
        verdicts={str(verdict): count for verdict, count in summary.verdicts.items()},
        skipped={str(reason): count for reason, count in summary.skipped.items()},
        complete=summary.complete,
        allowed=summary.allowed,
    )


def _finding(finding: model.Finding) -> json_v1.Passage | json_v1.SetFinding | json_v1.Pattern | json_v1.Term:
    if isinstance(finding, model.PassageFinding):
        return passage(finding)
    if isinstance(finding, model.PatternFinding):
        return pattern(finding)
    if isinstance(finding, model.TermFinding):
        return json_v1.Term(document=_document(finding.document), **_value(finding))
    return json_v1.SetFinding(
        document=_document(finding.document),
        severity=finding.severity.value,
        confidence=finding.confidence.value,
        evidence=finding.evidence,
        share=_figure("share", finding.share),
        files=finding.files,
        pieces=[
            json_v1.Piece(encodable(each.path), each.evidence, _figure("share", each.share)) for each in finding.pieces
        ],
    )


def pattern(finding: model.PatternFinding) -> json_v1.Pattern:
    return json_v1.Pattern(
        rule=encodable(finding.rule),
        name=encodable(finding.name),
        tags=_chain(finding.tags),
        **_value(finding),
    )


def _value(finding: model.PatternFinding | model.TermFinding) -> dict[str, Any]:
    """What is told of any value."""
    return {
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "count": finding.count,
        "span": _span(finding.span),
        "places": [_span(each) for each in finding.places],
        "excerpt": encodable(finding.excerpt),
        "digest": encodable(finding.digest),
        "provenance": _chain(finding.provenance),
    }


def _span(span: model.Span) -> json_v1.Span:
    return json_v1.Span(span.start, span.end, span.line, span.column, encodable(span.locator))


def passage(finding: model.PassageFinding) -> json_v1.Passage:
    return json_v1.Passage(
        id=finding.id,
        document=_document(finding.document),
        severity=finding.severity.value,
        confidence=finding.confidence.value,
        span=_span(finding.span),
        source_span=_source(finding.source_span),
        length=finding.length,
        evidence=finding.evidence,
        rarity=finding.rarity,
        similarity=_figure("similarity", finding.similarity),
        rare_share=_figure("rare_share", finding.rare_share),
        document_share=_figure("document_share", finding.document_share),
        evidence_share=_figure("evidence_share", finding.evidence_share),
        provenance=_chain(finding.provenance),
        excerpt=encodable(finding.excerpt),
        also=[_also(each) for each in finding.also],
    )


def _also(also: model.Also) -> json_v1.Also:
    return json_v1.Also(
        document=_document(also.document),
        source_span=_source(also.source_span),
        similarity=_figure("similarity", also.similarity),
        document_share=_figure("document_share", also.document_share),
    )


def _document(document: model.Document) -> json_v1.Document:
    return json_v1.Document(
        encodable(document.id), encodable(document.name), encodable(document.label), document.version
    )


def _source(span: model.SourceSpan) -> json_v1.SourceSpan:
    return json_v1.SourceSpan(span.start, span.end, encodable(span.locator))


def _chain(parts: tuple[str, ...]) -> list[str]:
    return [encodable(part) for part in parts]


def _figure(name: str, value: float) -> float:
    if not math.isfinite(value):  # JSON has no NaN, and msgspec would write `null`
        raise ValueError(f"{name} is {value}, which no report can say")
    return round(value, 4)
