"""OCSF 1.8.0 events, one a line, as the results come.

For each finding, and each part that was not read, there is a Data Security Finding (2006); at the end a Scan Activity
(6007), which says whether the scan came to its end. What OCSF has no attribute for stands in the finding's `tags`. A
place is an `occurrence` where it is a line of the file, and stands in `status_details` in words always.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final

from dlp import __version__
from dlp.model import Coverage, File, Level, Result, SetFinding, Skipped, Summary, Verdict
from dlp.report.encoding import encode
from dlp.report.entry import Entry, advice, author, entries, key_of, not_read, where
from dlp.report.escape import encodable
from dlp.report.figures import moment

VERSION: Final = "1.8.0"

OCCURRENCES: Final = 20
"""Places of a value that are told."""

APPEARANCES: Final = 20
"""Of a blob in a history that are told."""

_METADATA: Final = {"version": VERSION, "product": {"name": "dlp", "vendor_name": "dlp", "version": __version__}}
_SEVERITIES: Final = {
    Level.LOW: (2, "Low"),
    Level.MEDIUM: (3, "Medium"),
    Level.HIGH: (4, "High"),
    Level.CRITICAL: (5, "Critical"),
}
_CONFIDENCES: Final = {Level.LOW: (1, "Low"), Level.MEDIUM: (2, "Medium"), Level.HIGH: (3, "High")}
_STATUSES: Final = {
    Coverage.COMPLETE: (1, "Complete"),
    Coverage.PARTIAL: (2, "Partial"),
    Coverage.UNSCANNABLE: (3, "Fail"),
}
_ANALYTICS: Final = {
    "passage": (5, "Fingerprinting"),
    "set": (5, "Fingerprinting"),
    "pattern": (8, "Regular Expressions"),
    "term": (7, "Keyword Match"),
    "verdict": (1, "Rule"),
}
_CONFIDENTIALITIES: Final = {
    "public": (1, "Not Confidential"),
    "confidential": (2, "Confidential"),
    "secret": (3, "Secret"),
    "top-secret": (4, "Top Secret"),
    "restricted": (6, "Restricted"),
}
_CATEGORIES: Final = (("payment", 3, "Financial"), ("personal", 1, "Personal"), ("secret", 6, "Security"))
_BUSINESS: Final = (4, "Business")


class OcsfReporter:
    def __init__(self, stream: BinaryIO, clock: Callable[[], float] = time.time) -> None:
        self._stream, self._clock = stream, clock
        self._begun = clock()

    def begin(self) -> None:
        self._begun = self._clock()

    def result(self, result: Result) -> None:
        event = _event(result, _milliseconds(self._clock()))
        for entry in entries(result):
            self._write(event | _finding(entry, result, event["time"]))
        for skipped in result.skipped:
            self._write(event | _unread(skipped, result, event["time"]))
        self._stream.flush()

    def end(self, summary: Summary) -> None:
        ended = _milliseconds(self._clock())
        activity, name = (2, "Completed") if summary.complete else (3, "Cancelled")
        verdicts = ", ".join(f"{count} {verdict}" for verdict, count in summary.verdicts.items() if count)
        event = {
            "activity_id": activity,
            "activity_name": name,
            "category_uid": 6,
            "class_uid": 6007,
            "type_uid": 600700 + activity,
            "time": ended,
            "start_time": _milliseconds(self._begun),
            "end_time": ended,
            "duration": _milliseconds(summary.seconds),
            "severity_id": 1,
            "severity": "Informational",
            "status_id": 1 if summary.complete else 2,
            "status": "Success" if summary.complete else "Failure",
            "message": f"Verdicts: {verdicts or 'none'}",
            "metadata": _METADATA,
            "scan": {"name": "dlp scan", "type_id": 0},
            "num_files": summary.files,
            "num_detections": summary.findings,
            "num_skipped_items": sum(summary.skipped.values()),
        }
        self._write(event)
        self._stream.flush()

    def _write(self, event: dict[str, Any]) -> None:
        self._stream.write(encode(event) + b"\n")


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _event(result: Result, now: int) -> dict[str, Any]:
    """What any Data Security Finding has."""
    event = {
        "activity_id": 1,
        "activity_name": "Create",
        "category_uid": 2,
        "class_uid": 2006,
        "type_uid": 200601,
        "time": now,
        "status_id": 1,
        "status": "New",
        "is_alert": result.verdict.rank >= Verdict.WARN.rank,
        "metadata": _METADATA,
    }
    together = any(isinstance(each, SetFinding) for each in result.findings)
    return event if together else event | {"file": _file(result, result.file)}


def _finding(entry: Entry, result: Result, now: int) -> dict[str, Any]:
    severity, confidence = _SEVERITIES[entry.severity], _CONFIDENCES.get(entry.confidence, (3, "High"))
    analytic, kind = _ANALYTICS[entry.kind]
    return {
        "severity_id": severity[0],
        "severity": severity[1],
        "confidence_id": confidence[0],
        "confidence": confidence[1],
        "message": encodable(f"{result.verdict.value}: {entry.about}"),
        "finding_info": {
            "uid": entry.key,
            "title": encodable(entry.name),
            "desc": encodable(f"{entry.about}. {advice(entry, result)}"),
            "types": [entry.kind],
            "created_time": now,
            "analytic": {
                "uid": encodable(entry.rule),
                "name": encodable(entry.name),
                "type_id": analytic,
                "type": kind,
            },
            "tags": list(_tags(entry, result)),
        },
        "data_security": _data_security(entry, result),
        "count": entry.count,
    }


def _data_security(entry: Entry, result: Result) -> dict[str, Any]:
    category = next(((id, name) for tag, id, name in _CATEGORIES if tag in entry.tags), _BUSINESS)
    status = _STATUSES[result.coverage]
    made: dict[str, Any] = {
        "category_id": category[0],
        "category": category[1],
        "data_lifecycle_state_id": 1,
        "data_lifecycle_state": "Data at-Rest",
        "detection_pattern": encodable(entry.rule),
        "discovery_details": [_discovery(entry)],
        "total": entry.count,
        "status_id": status[0],
        "status": status[1],
        "status_details": [encodable(where(each) or "the file as a whole") for each in entry.places[:OCCURRENCES]],
    }
    if entry.excerpt:
        made["pattern_match"] = encodable(entry.excerpt)
    if entry.label:
        level = _CONFIDENTIALITIES.get(entry.label, (99, encodable(entry.label)))
        made |= {"confidentiality_id": level[0], "confidentiality": level[1]}
    if result.handling.rules:
        message = {"desc": encodable(result.handling.message)} if result.handling.message else {}
        made["policy"] = {"name": encodable(result.handling.rules[0]), "is_applied": True} | message
    return made


def _discovery(entry: Entry) -> dict[str, Any]:
    lines = [{"start_line": each.line, "end_line": each.line} for each in entry.places[:OCCURRENCES] if each.line]
    made: dict[str, Any] = {"type": encodable(entry.name), "count": entry.count}
    return made | ({"occurrences": lines} if lines else {})


def _tags(entry: Entry, result: Result) -> Iterator[dict[str, Any]]:
    yield {"name": "verdict", "value": result.verdict.value}
    yield {"name": "coverage", "value": result.coverage.value}
    many = {
        "reason": result.reasons,
        "policy rule": result.handling.rules,
        "exception": result.handling.exceptions,
        "rule tag": entry.tags,
    }
    for name, values in many.items():
        if values:
            yield {"name": name, "values": [encodable(each) for each in values]}
    if result.containment:
        yield {"name": "containment", "value": result.containment.state.value}
    if result.origin.channel:
        yield {"name": "channel", "value": encodable(result.origin.channel)}
    for each in result.origin.appearances[:APPEARANCES]:
        told = [each.commit, author(each), moment(each.date), each.path]
        yield {"name": "commit", "values": [encodable(value) for value in told]}


def _unread(skipped: Skipped, result: Result, now: int) -> dict[str, Any]:
    words = encodable(not_read(skipped, result))
    key = key_of("\0".join((result.path, "skipped", skipped.reason.value, *skipped.provenance)))
    return {
        "severity_id": 1,
        "severity": "Informational",
        "message": words,
        "finding_info": {
            "uid": key,
            "title": f"Not read: {skipped.reason.value}",
            "desc": words,
            "types": ["skipped"],
            "created_time": now,
            "tags": [
                {"name": "verdict", "value": result.verdict.value},
                {"name": "coverage", "value": result.coverage.value},
                {"name": "skip reason", "value": skipped.reason.value},
            ],
        },
        "data_security": {
            "data_lifecycle_state_id": 1,
            "data_lifecycle_state": "Data at-Rest",
            "status_id": 3,
            "status": "Fail",
            "status_details": [words],
        },
    }


def _file(result: Result, file: File | None) -> dict[str, Any]:
    path = encodable(result.path)
    made: dict[str, Any] = {"name": path.rsplit("/", 1)[-1] or path, "path": path, "type_id": 1 if file else 0}
    if file is None:
        return made
    made |= {"size": file.size, "modified_time": file.modified // 1_000_000, "owner": {"uid": str(file.owner)}}
    if file.digest:
        made["hashes"] = [{"algorithm_id": 3, "algorithm": "SHA-256", "value": file.digest}]
    return made
