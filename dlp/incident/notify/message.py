"""What is told of incidents: masked, bounded, and the same by whichever way it goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec

from dlp.model import Level, PassageFinding, PatternFinding, Result, SetFinding, TermFinding, Verdict

VERSION = 1

MOST_FOUND = 20
"""Kinds of findings that a message names; the others are counted."""

MOST_LISTED = 50
"""Incidents that a message of many names; the others are counted."""

LONGEST = 1000
"""Characters of any text in it."""


class Found(msgspec.Struct, frozen=True):
    """Findings of one rule or one document. `what`: the rule's id, or the document's name; `count`: places or distinct
    values of them all."""

    kind: str
    what: str
    severity: Level
    confidence: Level
    count: int


class Told(msgspec.Struct, frozen=True):
    """One incident. `news`: `incident`, `changed` or `reopened`; `path`: empty where the target is not to know; `more`:
    kinds of findings beyond `found`; `unread`: parts that were not read. `time`: microseconds since 1970."""

    incident: str
    news: str
    time: int
    verdict: Verdict
    severity: Level
    title: str
    path: str
    channel: str
    classes: list[str]
    user: str
    host: str
    found: list[Found]
    more: int
    unread: int
    message: str


class Message(msgspec.Struct, frozen=True):
    """What is sent at a time. `id` is the same whenever it is sent again: whoever has had it may drop it. `incidents`:
    how many it is of; `told`: those that are named, the gravest first."""

    id: str
    kind: Literal["incident", "incidents", "test"]
    made: int
    incidents: int
    verdicts: dict[str, int]
    told: list[Told]
    version: int = VERSION


def told_of(result: Result, *, incident: str, news: str, time: int, classes: list[str], title: str, path: str,
            user: str, host: str) -> Told:  # fmt: skip
    """Of a result that is an incident. Nothing in it is plain text of what was found."""
    found = _found(result)
    worst = max((each.severity for each in found), key=lambda level: level.rank, default=Level.LOW)
    return Told(
        incident=incident,
        news=news,
        time=time,
        verdict=result.verdict,
        severity=result.handling.severity or worst,
        title=_short(title),
        path=_short(path),
        channel=_short(result.origin.channel),
        classes=[_short(each) for each in classes[:MOST_FOUND]],
        user=_short(user),
        host=_short(host),
        found=found[:MOST_FOUND],
        more=max(0, len(found) - MOST_FOUND),
        unread=len(result.skipped),
        message=_short(result.handling.message),
    )


def _found(result: Result) -> list[Found]:
    """The gravest first."""
    counts: Counter[tuple[str, str]] = Counter()
    levels: dict[tuple[str, str], tuple[Level, Level]] = {}
    for each in result.findings:
        if isinstance(each, PatternFinding):
            key, count = ("pattern", each.rule), each.count
        elif isinstance(each, TermFinding):
            key, count = ("term", each.document.name), each.count
        else:
            assert isinstance(each, PassageFinding | SetFinding)
            key, count = ("passage" if isinstance(each, PassageFinding) else "set", each.document.name), 1
        counts[key] += count
        before = levels.get(key, (Level.LOW, Level.LOW))
        levels[key] = _higher(before[0], each.severity), _higher(before[1], each.confidence)
    made = [Found(kind, _short(what), *levels[kind, what], count) for (kind, what), count in counts.items()]
    return sorted(made, key=lambda each: (-each.severity.rank, -each.confidence.rank, each.kind, each.what))


def _higher(one: Level, other: Level) -> Level:
    return one if one.rank >= other.rank else other


def _short(text: str) -> str:
    """Without what JSON, a header or a line cannot carry."""
    kept = "".join(each if each.isprintable() else " " for each in text[:LONGEST])
    return kept if len(text) <= LONGEST else kept[:-1] + "…"


def of_one(id: str, told: Told) -> Message:
    return Message(id, "incident", told.time, 1, {told.verdict.value: 1}, [told])


def of_many(id: str, told: Sequence[Told]) -> Message:
    """One message of all of them."""
    verdicts = Counter(each.verdict.value for each in told)
    order = sorted(told, key=lambda each: (-each.verdict.rank, -each.severity.rank, each.time))
    made = max(each.time for each in told)
    return Message(id, "incidents", made, len(told), dict(verdicts), order[:MOST_LISTED])


def of_none(id: str, made: int) -> Message:
    """To try a target out."""
    return Message(id, "test", made, 0, {}, [])


def worst(message: Message) -> Level:
    return max((each.severity for each in message.told), key=lambda level: level.rank, default=Level.LOW)


def headline(message: Message) -> str:
    """One line of it."""
    if message.kind == "test":
        return "test message: this target is reached"
    if message.kind == "incident":
        (one,) = message.told
        again = {"changed": " (changed)", "reopened": " (again)"}.get(one.news, "")
        place = one.path or one.channel or "a file"
        return f"{one.verdict.value}: {place}{again} [{one.incident}]"
    counts = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(message.verdicts.items()))
    return f"{message.incidents:,} incidents: {counts}"


def when(time: int) -> str:
    """As RFC 3339 has it, in UTC, to the microsecond."""
    try:
        moment = datetime.fromtimestamp(time // 1_000_000, UTC)
    except (OverflowError, ValueError, OSError):  # a clock that is centuries off
        moment = datetime.fromtimestamp(0, UTC)
    return moment.replace(tzinfo=None).isoformat() + f".{time % 1_000_000:06}Z"


def public(message: Message) -> bytes:
    """As JSON, for programs."""
    told = [{**msgspec.to_builtins(each), "time": when(each.time)} for each in message.told]
    whole = {**msgspec.to_builtins(message), "made": when(message.made), "told": told}
    return msgspec.json.encode(whole)
