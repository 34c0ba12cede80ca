"""Folders of incidents, results to record in them, and an attacker with a hand in the database."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from dlp.incident import keys
from dlp.incident.folder import SIGNING_PUBLIC, Folder, create
from dlp.incident.incidents import Who
from dlp.incident.recording import Action, Described, Keeper, Recorder
from dlp.incident.verifying import Anchored, Verified, verify
from dlp.model import Coverage, File, Handling, Level, Origin, Result, Verdict

REVIEW = X25519PrivateKey.from_private_bytes(bytes(range(32)))

WHO = Who(1000, "ann", "host")

START = 1_764_003_148_123_456
"""Microseconds since 1970: a day in November 2025."""


class Clock:
    """Nanoseconds since 1970, a second more with each call."""

    def __init__(self, now: int = START) -> None:
        self.now = now

    def __call__(self) -> int:
        self.now += 1_000_000
        return self.now * 1000


def made(path: Path, clock: Clock | None = None) -> Folder:
    return create(str(path), REVIEW.public_key(), clock or Clock())


def result(
    name: str = "a.txt",
    verdict: Verdict = Verdict.WARN,
    *,
    content: str | None = None,
    channel: str = "",
    reasons: Sequence[str] = ("there is something in it",),
    keep: bool = False,
    location: bytes = b"",
    sealed: bytes = b"",
) -> Result:
    """Of the file `name`; its digest goes by its content, which is its name unless given; "": there is none."""
    text = name if content is None else content
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() if text else ""
    file = File(len(text), 1, 1, 1, 1, 0, digest=digest)
    return Result(
        name, (name,), verdict, tuple(reasons), Coverage.COMPLETE, (), (), file=file if text else None,
        origin=Origin(channel=channel), handling=Handling(severity=Level.HIGH, keep=keep),
        location=location, sealed=sealed,
    )  # fmt: skip


def described(result: Result) -> Described:
    return Described(result.path, result.reasons[0], ["secret"], "policy 1", "store 1", b'{"path":"x"}')


def recorder(
    folder: Folder, clock: Clock | None = None, *, keeper: Keeper | None = None, actions: Sequence[Action] = ()
) -> Recorder:
    return Recorder(folder.log(clock or Clock()), described, keeper=keeper, who=WHO, actions=actions)


def verified(folder: Folder, anchors: Iterable[Anchored] = ()) -> Verified:
    with open(f"{folder.path}/{SIGNING_PUBLIC}", "rb") as file:
        pem = file.read()
    return verify(folder.database, folder.evidence, folder.public(), pem, list(anchors))


def faults(folder: Folder) -> list[tuple[int, str]]:
    return [(each.number, each.problem) for each in verified(folder).faults]


def tampered(folder: Folder, *statements: tuple[str, Sequence[object]] | str) -> None:
    """What an attacker does to the database by SQL."""
    with closing(sqlite3.connect(folder.database.path)) as db:
        for each in statements:
            db.execute(each) if isinstance(each, str) else db.execute(*each)
        db.commit()


def pem(folder: Folder) -> str:
    return keys.public_pem(folder.public()).decode()
