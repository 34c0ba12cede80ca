"""What another policy would change, for results of a scan that was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from dlp.model import Decision, Result, Subject
from dlp.policy.policy import Policy


class Change(msgspec.Struct, frozen=True):
    """One file. Whether its verdict changes, or what goes with it alone."""

    path: str
    old: Decision
    new: Decision

    @property
    def verdict(self) -> bool:
        return self.old.verdict != self.new.verdict


def subject_of(result: Result, judge: Policy) -> Subject:
    """What `result` was judged as. A channel that `judge` may have named for its path is forgotten, so that another
    policy names its own."""
    subject = Subject(result.path, result.file, result.origin, result.coverage)
    bare = msgspec.structs.replace(result.origin, channel="", jurisdiction="")
    placed = judge.placed(msgspec.structs.replace(subject, origin=bare))
    if placed.channel and (placed.channel, placed.jurisdiction) == (result.origin.channel, result.origin.jurisdiction):
        return msgspec.structs.replace(subject, origin=bare)
    return subject


def judged(judge: Policy, subject: Subject, result: Result) -> Decision:
    return judge.decide(subject, result.findings, result.skipped)


def diff(old: Policy, new: Policy, results: Iterable[Result]) -> Iterator[Change]:
    """Each result, whether anything changes or not. A file as it was scanned has the age that it has now."""
    for result in results:
        subject = subject_of(result, old)
        yield Change(result.path, judged(old, subject, result), judged(new, subject, result))
