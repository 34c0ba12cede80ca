"""Recording: the one place that makes entries, an incident and evidence of a result, and does what else is done."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from dlp.incident import incidents
from dlp.incident.anchoring import run_anchor
from dlp.incident.chain import Appending, Log
from dlp.incident.incidents import Detected, Incident, Sealed, Seen, Who
from dlp.incident.settings import Anchor
from dlp.model import Result, Verdict

LEAST = Verdict.WARN
"""From this verdict on a result is an incident."""


class Described(msgspec.Struct, frozen=True):
    """A result in words that may be kept: nothing of it is plain text of what was found. `result`: JSON v1; `path`:
    absolute where it is a path; `title`: one line; `classes`: of what was found, with labels and tags; `policy`,
    `registry`: which of each."""

    path: str
    title: str
    classes: list[str]
    policy: str
    registry: str
    result: bytes


class Taken(msgspec.Struct, frozen=True):
    """What became of a result. `kind`: of its entry, `incident`, `changed` or `seen`. `reopened`: it had been closed,
    or reviewed and milder. `problems`: evidence that is missing, and why."""

    incident: str
    number: int
    kind: str
    reopened: bool
    problems: tuple[str, ...] = ()

    @property
    def news(self) -> bool:
        """Whether there is something that nobody was told before."""
        return self.kind != "seen" or self.reopened


class Action(Protocol):
    """What is done about an incident, beside recording it."""

    def note(self, appending: Appending, result: Result, taken: Taken) -> None:
        """Within the transaction that records it: whatever must not be lost is written down here."""
        ...

    def act(self, result: Result, taken: Taken) -> None:
        """After it, once that is on the disk. Must bear being called again for the same result."""
        ...


class Keeper(Protocol):
    """Keeps the file itself."""

    def keep(self, result: Result) -> tuple[Sealed | None, str]:
        """The file, sealed, and what is wrong with that. Raises nothing for what happens to the file."""
        ...

    def drop(self, sealed: Sealed) -> None:
        """Takes back what `keep` made."""
        ...


class Recorder:
    """Takes results of one scan or one daemon."""

    def __init__(
        self,
        log: Log,
        describe: Callable[[Result], Described],
        *,
        keeper: Keeper | None = None,
        who: Who | None = None,
        actions: Sequence[Action] = (),
        anchor: Anchor | None = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`anchor`: where the log's head goes as the log grows; `tell`: the user, where that fails."""
        self._log = log
        self._describe = describe
        self._keeper = keeper
        self._who = who or Who.here()
        self._actions = actions
        self._anchor, self._tell = anchor, tell

    @staticmethod
    def wants(result: Result) -> bool:
        return result.verdict.rank >= LEAST.rank

    def take(self, result: Result) -> Taken:
        """Records a result of LEAST or stricter. On the disk when this returns. The same result again joins its
        incident. Raises IncidentsError."""
        return self.take_all([result])[0]

    def take_all(self, results: Sequence[Result]) -> list[Taken]:
        """The same for many, in one transaction."""
        prepared = [self._prepared(each) for each in results]
        try:
            with self._log.appending() as appending:
                taken = [self._record(appending, *each) for each in prepared]
                for result, each in zip(results, taken, strict=True):
                    for action in self._actions:
                        action.note(appending, result, each)
        except BaseException:
            for _, _, _, kept, _ in prepared:
                if kept and self._keeper:
                    self._keeper.drop(kept)
            raise
        for result, each in zip(results, taken, strict=True):
            for action in self._actions:
                action.act(result, each)
        if self._anchor and (problem := run_anchor(self._log, self._anchor)):
            self._tell(f"the log's head was not anchored: {problem}")
        return taken

    def _prepared(self, result: Result) -> tuple[Result, Described, bytes, Sealed | None, list[str]]:
        """What takes time is done before the transaction."""
        described = self._describe(result)
        key = incidents.key_of(result, described.path)
        kept, problems = None, []
        if result.handling.keep and self._keeper and not self._known(result, described, key):
            kept, problem = self._keeper.keep(result)
            problems += [problem] if problem else []
        return result, described, key, kept, problems

    def _known(self, result: Result, described: Described, key: bytes) -> bool:
        with self._log.database.reading() as db:
            found = incidents.by_key(db, key)
        return found is not None and found[1].outcome == incidents.outcome_of(result, described.classes)

    def _record(
        self,
        appending: Appending,
        result: Result,
        described: Described,
        key: bytes,
        kept: Sealed | None,
        problems: list[str],
    ) -> Taken:
        db = appending.db
        ordinal, row = incidents.by_key(db, key) or (None, None)
        outcome = incidents.outcome_of(result, described.classes)
        event: Detected | Seen
        if row is not None and row.outcome == outcome:
            kind, event = "seen", Seen(row.id, described.path, self._who)
        else:
            kind = "incident" if row is None else "changed"
            id = _unused(db) if row is None else row.id
            event = self._detected(id, result, described, key, outcome, kept, problems)
        number = appending.append(kind, event)
        made = incidents.after(row, number, appending.time, kind, event)
        incidents.put(db, ordinal, made, number)
        if isinstance(event, Detected) and result.sealed:
            db.execute("INSERT INTO evidence VALUES (?, ?)", (number, result.sealed))
        return Taken(made.id, number, kind, _reopened(row, made), tuple(problems))

    def _detected(
        self,
        id: str,
        result: Result,
        described: Described,
        key: bytes,
        outcome: str,
        kept: Sealed | None,
        problems: list[str],
    ) -> Detected:
        from hashlib import sha256

        severities = (each.severity for each in result.findings)
        severity = result.handling.severity or max(severities, key=lambda each: each.rank, default=None)
        excerpts = Sealed(sha256(result.sealed).hexdigest(), len(result.sealed)) if result.sealed else None
        return Detected(
            incident=id,
            key=key.hex(),
            path=described.path,
            channel=incidents.plain(result.origin.channel),
            digest=result.file.digest if result.file else "",
            verdict=result.verdict.value,
            severity=severity.value if severity else "",
            classes=described.classes,
            title=described.title,
            outcome=outcome,
            who=self._who,
            policy=described.policy,
            registry=described.registry,
            excerpts=excerpts,
            file=kept,
            problems=problems,
            result=msgspec.Raw(described.result),
        )


def _reopened(before: Incident | None, now: Incident) -> bool:
    return before is not None and before.state != now.state


def _unused(db: sqlite3.Connection) -> str:
    while True:
        id = incidents.new_id()
        if db.execute("SELECT 1 FROM incidents WHERE id = ?", (id,)).fetchone() is None:
            return id
