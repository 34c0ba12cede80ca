"""What leaves of one document in parts, over time: across files, and across the daemon's own ends.

The passages of each judged version are kept, without excerpts, for the window. What they come to together is
`dlp.scan.gathering`'s arithmetic, for each channel by itself. A set is told of once, and again when there is more of
the document or the verdict is stricter.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from dlp.daemon.database import Database
from dlp.model import PassageFinding, Result, SetFinding, Verdict
from dlp.scan.gathering import MORE, Gathering

MOST: Final = 200_000
"""Files with passages that are kept; beyond, the oldest go."""

TEXT: Final = "…"
"""In place of an excerpt, where there was one: content without text has none."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Result).decode


class Splits:
    """Raises StateBroken and StateBusy, as the Database does."""

    def __init__(
        self,
        database: Database,
        window: float,
        gathering: Callable[[str], Gathering],
        judge: Callable[[str, str, SetFinding], Result],
    ) -> None:
        """`window`: seconds. `gathering`: of the channel of this name; `judge`: the result for files of a channel, in
        this folder, that have this together."""
        self._db = database
        self._window = window
        self._new = gathering
        self._judge = judge
        self._gatherings: dict[str, Gathering] = {}
        self._until = 0.0
        """When something in the gatherings has become too old."""

    def add(self, channel: str, key: bytes, result: Result) -> Iterator[Result]:
        """Takes up a file's result, which comes once for each `key`: results of the sets of which there is more to say
        now."""
        passages = [each for each in result.findings if isinstance(each, PassageFinding)]
        if not passages:
            return
        now = time.time()
        kept = _bare(result, passages)
        self._db.write(
            "INSERT OR REPLACE INTO passages (channel, seen, key, result) VALUES (?, ?, ?, ?)",
            [(channel, int(now), key, _encode(kept))],
        )
        if now >= self._until:
            self._purge(now)
        gathering = self._gatherings.get(channel)
        if gathering is None:
            gathering = self._gatherings[channel] = self._gathered(channel)
        else:
            gathering.add(kept)
        touched = {each.document.id for each in passages}
        touched |= {also.document.id for each in passages for also in each.also}
        for folder, finding in gathering.findings():
            if finding.document.id in touched:
                result = self._judge(channel, folder, finding)
                if result.verdict != Verdict.ALLOW and self._is_news(channel, finding, result.verdict, int(now)):
                    yield result

    def _gathered(self, channel: str) -> Gathering:
        gathering = self._new(channel)
        for (result,) in self._db.read("SELECT result FROM passages WHERE channel = ? ORDER BY number", (channel,)):
            gathering.add(_decode(result))
        return gathering

    def _is_news(self, channel: str, finding: SetFinding, verdict: Verdict, now: int) -> bool:
        document = finding.document.id
        before = self._db.read(
            "SELECT verdict, evidence FROM sets WHERE channel = ? AND document = ?", (channel, document)
        )
        if before and verdict.rank <= before[0][0] and finding.evidence < MORE * before[0][1]:
            return False
        self._db.write(
            "INSERT OR REPLACE INTO sets VALUES (?, ?, ?, ?, ?)",
            [(channel, document, verdict.rank, finding.evidence, now)],
        )
        return True

    def _purge(self, now: float) -> None:
        oldest = [(int(now - self._window),)]
        self._db.write("DELETE FROM passages WHERE seen < ?", oldest)
        self._db.write("DELETE FROM sets WHERE seen < ?", oldest)
        self._db.write(
            "DELETE FROM passages WHERE number <= (SELECT number FROM passages ORDER BY number DESC LIMIT 1 OFFSET ?)",
            [(MOST,)],
        )
        self._gatherings.clear()
        # Looked at again a little later: nothing stays for more than a hundredth of the window too long.
        self._until = now + self._window / 100


def _bare(result: Result, passages: list[PassageFinding]) -> Result:
    """What the arithmetic takes, and nothing that quotes the file."""
    bare = [msgspec.structs.replace(each, excerpt=TEXT if each.excerpt else "") for each in passages]
    return Result(
        path=result.path,
        provenance=(),
        verdict=result.verdict,
        reasons=(),
        coverage=result.coverage,
        findings=tuple(bare),
        skipped=(),
    )
