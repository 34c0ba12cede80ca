"""The engine in one process: a store, registering, and scanning of contents that need no file of their own."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable
from pathlib import Path

from dlp.fingerprint import Alphabet, fold
from dlp.limits import Limits
from dlp.match.passage import PassageMatcher
from dlp.model import PassageFinding, Result, Text
from dlp.policy.policy import default_policy
from dlp.registry.store import Store, create_store
from dlp.registry.writer import Writer
from dlp.report.excerpt import mask
from dlp.scan.pipeline import Pipeline, pipeline_for
from dlp.scan.registering import Outcome, Registration
from dlp.source.files import FileSource
from dlp.source.seam import Item

KEY = bytes(range(32))
LIMITS = Limits()

WORDS = (Path(__file__).parent / "words.txt").read_text().split()


def prose(seed: int, words: int) -> str:
    """Text that reads like some; the same for the same seed, and unlike that of any other."""
    chance = random.Random(seed)
    out = []
    while len(out) < words:
        sentence = [chance.choice(WORDS) for _ in range(chance.randint(5, 14))]
        out += [sentence[0].capitalize(), *sentence[1:-1], sentence[-1] + "."]
    return " ".join(out[:words])


class Engine:
    """A store in `folder`, and what is asked of it."""

    def __init__(self, folder: Path) -> None:
        self.store = str(folder / "store")
        self._folder = folder
        self._pipeline: Pipeline | None = None
        create_store(self.store, KEY)

    def register(self, *contents: str | bytes, name: str = "", background: bool = False, label: str = "") -> list[str]:
        """Registers one document for each of `contents` (versions of one if a name is given); what became of each."""
        self._pipeline = None
        changes = []
        with Writer(self.store, KEY) as writer:
            for number, content in enumerate(contents):
                own = name or f"document-{len(writer.store.documents) + number}"
                outcome = self._register(writer, content, own, background, label or "trade-secret")
                changes.append(outcome.change or str(outcome.skipped[0].reason))
        return changes

    def _register(self, writer: Writer, content: str | bytes, name: str, background: bool, label: str) -> Outcome:
        path = self._write(content)
        call = Registration(
            writer, label=label, owner="", name=name, background=background, jobs=1, limits=LIMITS
        )
        (outcome,) = call.outcomes(FileSource([str(path)]))
        return outcome

    def remove(self, name: str) -> None:
        """Takes every version of a document out."""
        self._pipeline = None
        with Writer(self.store, KEY) as writer:
            writer.remove([ordinal for ordinal, each in writer.store.documents.items() if each.name == name])

    def scan(self, content: str | bytes) -> Result:
        """The result for a file of this content."""
        path = self._write(content)
        return self.scan_file(path)

    def scan_file(self, path: Path) -> Result:
        if self._pipeline is None:
            self._pipeline = pipeline_for(Store(self.store, KEY), default_policy, LIMITS)
        return self._pipeline.scan(Item(os.fsencode(path), "scanned", "scanned", path.stat().st_size))

    def passages(self, content: str | bytes) -> tuple[PassageFinding, ...]:
        return self.scan(content).findings

    def _write(self, content: str | bytes) -> Path:
        path = self._folder / "content"
        path.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
        return path


class Listener:
    """The matcher alone, fed with chunks of any size."""

    def __init__(self, engine: Engine) -> None:
        self._matcher = PassageMatcher(Store(engine.store, KEY), LIMITS, mask)

    def passages(self, chunks: Iterable[bytes], alphabet: Alphabet = Alphabet.TEXT) -> list[PassageFinding]:
        listener = self._matcher.listen(Text(("t",), alphabet.value, iter(()), []))
        if listener is None:
            return []
        for chunk in chunks:
            listener.feed(chunk)
        return listener.finish()


def folded(text: str) -> bytes:
    return fold(text.encode("utf-8", "surrogatepass"))
