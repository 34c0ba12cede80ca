"""Results that are incidents, and a folder to record them in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from dlp.incident.folder import Folder, create
from dlp.incident.incidents import Who
from dlp.incident.notify.message import Told, told_of
from dlp.incident.notify.queue import Notifier
from dlp.incident.notify.targets import Target
from dlp.incident.recording import Described, Recorder, Taken
from dlp.model import Coverage, Handling, Level, Origin, PatternFinding, Result, Span, Verdict

SECRET = "planted-Secret-4711"
"""It stands in excerpts, which no message may hold."""

HOSTILE = "out\r\nBcc: eve@example.com\r\n\x1b[2J|a=b]\"\\ \u202e ü.txt"


def result(path: str = "out/plan.txt", *notify: str, verdict: Verdict = Verdict.BLOCK) -> Result:
    span = Span(0, 4, 1, 1, "")
    finding = PatternFinding(
        (path,), "aws-key", "AWS key", ("secret",), Level.HIGH, Level.HIGH, 2, span, (span,), SECRET, "d" * 32
    )
    handling = Handling(rules=("secrets",), severity=Level.HIGH, notify=notify, message="Take the key back.")
    return Result(
        path, (path,), verdict, ("AWS key: severity high",), Coverage.COMPLETE, (finding,), (),
        origin=Origin(channel="outbox"), handling=handling,
    )  # fmt: skip


def told(path: str = "out/plan.txt", number: int = 0) -> Told:
    return told_of(
        result(path), incident=f"{number:012x}", news="incident", time=1_764_000_000_000_000 + number,
        classes=["secret"], title="AWS key: severity high", path=path, user="eve", host="desk",
    )  # fmt: skip


class Book:
    """A folder of incidents, and who is told of them."""

    def __init__(self, path: Path, targets: dict[str, Target]) -> None:
        self.folder: Folder = create(str(path), X25519PrivateKey.generate().public_key())
        self.targets = targets
        self.recorder = Recorder(
            self.folder.log(), self._described, who=Who(1000, "eve", "desk"), actions=(Notifier(targets),)
        )

    def _described(self, result: Result) -> Described:
        return Described(path=result.path, title=result.reasons[0], classes=["secret"], result=b"{}",
                         policy="p", registry="")  # fmt: skip

    def take(self, results: Sequence[Result]) -> list[Taken]:
        return self.recorder.take_all(results)
