"""A trial on one's own files: how many clean ones a threshold of rarity flags, and how many excerpts it finds.

Excerpts are cut from registered documents, some of their words replaced, and put into harmless prose. The files that
are written hold their text: the folder is of mode 0700, and a file is gone once it is scanned.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from random import Random
from typing import Literal

import msgspec

from dlp.errors import UsageError
from dlp.limits import Limits
from dlp.model import Coverage, Document, Finding, PassageFinding, Result, SetFinding, Subject, Verdict
from dlp.policy.policy import Policy, default_policy, load, shipped
from dlp.registry.store import Store, create_store
from dlp.registry.writer import Writer
from dlp.scan.keeping import Keep
from dlp.scan.pipeline import Pipeline
from dlp.scan.registering import Registration
from dlp.scan.scanning import Scan
from dlp.source.seam import Item, Source
from dlp.trial.edits import excerpt, planted, replaced, spans
from dlp.trial.folder import temporary
from dlp.trial.words import prose

ANY = "*"
"""Stands for labels that the policy has no class for."""

USUAL = "unlisted-much"
"""The rule of the built-in policy whose rarity is where `chosen` is to stand."""

LENGTHS = (20, 30, 50, 100)
"""Words of an excerpt."""

RATES = (0.0, 0.05, 0.1, 0.2)
"""Share of its words that are replaced."""

TRIES = 40
"""Excerpts of each length and rate."""

CARRIER = 240
"""Words of prose around an excerpt."""

FLOOR = 12
"""The least threshold: a few words that anybody writes are below."""

FEW = 20
"""Clean files below which a rate of false alarms is hardly measured."""

LISTED = 5
"""Clean files named that reach the threshold."""

GRID = (12, 18, 24, 30, 36, 42, 48, 54, 60, 72, 84, 96, 120)
"""Thresholds that are always told of."""


class Clean(msgspec.Struct, frozen=True):
    """A clean file, and the weightiest passage in it. `document`: its name."""

    path: str
    rarity: int
    document: str


class Recall(msgspec.Struct, frozen=True):
    """Excerpts of one length and rate. `rarities`: of each, ascending; 0 where it was not found."""

    words: int
    replaced: float
    rarities: tuple[int, ...]

    def at(self, rarity: int) -> float | None:
        """The share found from a rarity on; None where no document is long enough."""
        return sum(each >= rarity for each in self.rarities) / len(self.rarities) if self.rarities else None


class Point(msgspec.Struct, frozen=True):
    """What one threshold gives. `flagged`: clean files; `recall`: as `Calibration.recall` is ordered."""

    rarity: int
    flagged: int
    share: float
    recall: tuple[float | None, ...]


class Calibration(msgspec.Struct, frozen=True):
    """What the trial tells, version 1: a public type. `chosen`: the least rarity that at most `budget` of the clean
    files reach. `unread`: clean files that were not read at all, and are not counted. `built_in`, `with_chosen`: clean
    files that the default policy, and the one with the chosen threshold, warn of or more, by the documents' label."""

    version: Literal[1]
    seed: int
    budget: float
    clean: int
    unread: int
    documents: int
    chosen: int
    points: tuple[Point, ...]
    recall: tuple[Recall, ...]
    worst: tuple[Clean, ...]
    built_in: dict[str, int]
    with_chosen: dict[str, int]


def calibrate(
    clean: Source,
    store: Store,
    pipeline: Pipeline,
    *,
    budget: float,
    seed: int,
    jobs: int,
    limits: Limits,
    tries: int = TRIES,
    progress: Callable[[int, int], None] | None = None,
) -> Calibration:
    """Scans the clean files, and excerpts of the documents whose text `store` keeps. The same for the same arguments
    and engine. Forks worker processes. `progress`: called after each file, with the files and bytes done of the scan
    that runs.

    Raises UsageError: no text is kept, or no clean file was read; OSError: files cannot be written.
    """
    texts = _texts(store)
    if not texts:
        raise UsageError(
            "excerpts are cut from the documents' text, and this store keeps none; name the documents' folder with "
            "--secret DIR, or register them with --keep-text"
        )
    files, findings, unread = _scanned(clean, pipeline, jobs, limits, progress)
    if not files:
        raise UsageError(f"no clean file was read ({unread} could not be): nothing to measure false alarms on")
    recall = _recall(texts, pipeline, seed, jobs, limits, tries, progress)
    chosen = least(sorted((each.rarity for each in files), reverse=True), budget)
    reached = sorted({*GRID, chosen} | {each.rarity + 1 for each in files if each.rarity >= FLOOR})
    flagging = sorted((each for each in files if each.rarity >= chosen), key=lambda each: (-each.rarity, each.path))
    return Calibration(
        version=1,
        seed=seed,
        budget=budget,
        clean=len(files),
        unread=unread,
        documents=len(texts),
        chosen=chosen,
        points=tuple(_point(rarity, files, recall) for rarity in reached),
        recall=recall,
        worst=tuple(flagging[:LISTED]),
        built_in=_warned(default_policy(), findings),
        with_chosen=_warned(load(policy_text(chosen), "the calibrated policy"), findings),
    )


def least(rarities: Sequence[int], budget: float) -> int:
    """The least threshold, from FLOOR on, that at most a share `budget` of the rarities (descending) reach."""
    allowed = math.floor(budget * len(rarities))
    return max(FLOOR, rarities[allowed] + 1) if allowed < len(rarities) else FLOOR


def _point(rarity: int, files: Sequence[Clean], recall: Sequence[Recall]) -> Point:
    flagged = sum(each.rarity >= rarity for each in files)
    return Point(rarity, flagged, flagged / len(files), tuple(each.at(rarity) for each in recall))


def _texts(store: Store) -> dict[Document, str]:
    """Of the newest version of each document that keeps its text."""
    newest: dict[str, int] = {}
    for ordinal, each in store.documents.items():
        kept = newest.get(each.id)
        if each.keeps_text and not each.background and (kept is None or store.documents[kept].version < each.version):
            newest[each.id] = ordinal
    return {store.documents[ordinal].document: text for ordinal in newest.values() if (text := store.text(ordinal))}


def _scanned(
    source: Source,
    pipeline: Pipeline,
    jobs: int,
    limits: Limits,
    progress: Callable[[int, int], None] | None,
) -> tuple[list[Clean], list[list[PassageFinding]], int]:
    """(the files, the findings in each, how many were not read)."""
    files, findings, unread = [], [], 0
    for result in _results(source, pipeline, jobs, limits, progress):
        if any(isinstance(each, SetFinding) for each in result.findings):
            continue  # of several files together
        if result.coverage == Coverage.UNSCANNABLE:
            unread += 1
            continue
        found = _passages(result)
        best = max(found, key=lambda each: each.rarity, default=None)
        files.append(Clean(result.path, best.rarity if best else 0, best.document.name if best else ""))
        findings.append(found)
    return files, findings, unread


def _results(
    source: Source, pipeline: Pipeline, jobs: int, limits: Limits, progress: Callable[[int, int], None] | None
) -> Iterator[Result]:
    scan = Scan(source, pipeline, jobs=jobs, limits=limits, everything=True, progress=progress)
    with closing(scan.results()) as results:
        yield from results


def _passages(result: Result) -> list[PassageFinding]:
    return [each for each in result.findings if isinstance(each, PassageFinding)]


class _Excerpts:
    """The source of the files that hold an excerpt, each made when it is drawn."""

    def __init__(self, texts: Mapping[Document, str], folder: str, seed: int, tries: int) -> None:
        self._texts, self._folder, self._seed, self._tries = texts, folder, seed, tries
        self.made: dict[str, tuple[int, float, str, str]] = {}
        """By a file's name: words, share that is replaced, the document's id, the file's path."""

    def items(self) -> Iterator[Item]:
        # Workers end in any order: a trial is to be the same each time.
        documents = sorted(self._texts, key=lambda document: (document.name, self._texts[document]))
        sizes = {document: len(spans(self._texts[document])) for document in documents}
        for words in LENGTHS:
            enough = [document for document in documents if sizes[document] >= words]
            for rate in RATES:
                for number in range(self._tries if enough else 0):
                    chance = Random(f"{self._seed}|{words}|{rate}|{number}")
                    document = chance.choice(enough)
                    piece = replaced(excerpt(self._texts[document], words, chance), rate, chance)
                    content = planted(piece, prose(CARRIER, chance), chance).encode()
                    name = f"{words}-{rate}-{number}.txt"
                    path = os.path.join(self._folder, name)
                    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
                        file.write(content)
                    self.made[name] = words, rate, document.id, path
                    yield Item(os.fsencode(path), name, name, len(content))


def _recall(
    texts: Mapping[Document, str],
    pipeline: Pipeline,
    seed: int,
    jobs: int,
    limits: Limits,
    tries: int,
    progress: Callable[[int, int], None] | None,
) -> tuple[Recall, ...]:
    found: dict[tuple[int, float], list[int]] = {(words, rate): [] for words in LENGTHS for rate in RATES}
    with temporary("calibrate") as folder:
        source = _Excerpts(texts, folder, seed, tries)
        for result in _results(source, pipeline, jobs, limits, progress):
            if result.path not in source.made:
                continue  # of several files together
            words, rate, document, path = source.made[result.path]
            os.unlink(path)
            mine = [each.rarity for each in _passages(result) if document in _documents(each)]
            found[words, rate].append(max(mine, default=0))
    return tuple(Recall(words, rate, tuple(sorted(rarities))) for (words, rate), rarities in found.items())


def _documents(finding: PassageFinding) -> set[str]:
    return {finding.document.id, *(each.document.id for each in finding.also)}


def _warned(policy: Policy, findings: Sequence[Sequence[PassageFinding]]) -> dict[str, int]:
    """How many files the policy would warn of, or more, if all documents had this label."""
    return {
        label: sum(
            policy.decide(Subject(""), _as(label, found), ()).verdict.rank >= Verdict.WARN.rank for found in findings
        )
        for label in (*(each.name for each in reversed(policy.classes)), ANY)
        if policy.judges(label)
    }


def _as(label: str, findings: Sequence[PassageFinding]) -> list[Finding]:
    replace = msgspec.structs.replace
    return [replace(each, document=replace(each.document, label=label)) for each in findings]


@contextmanager
def registered(source: Source, *, jobs: int, limits: Limits) -> Iterator[tuple[Store, list[str]]]:
    """A store of these documents in a temporary folder, which is gone afterwards, and the names of the files that gave
    no document. Forks worker processes. Raises StoreError, and UsageError as the source does."""
    with temporary("calibrate") as folder:
        place, key = os.path.join(folder, "store"), os.urandom(32)
        create_store(place, key)
        with Writer(place, key) as writer:
            call = Registration(
                writer, label=ANY, owner="", name=None, background=False, jobs=jobs, limits=limits, keep=Keep(text=True)
            )
            refused = [each.name for each in call.outcomes(source) if each.document is None]
        store = Store(place, key)
        try:
            yield store, refused
        finally:
            store.close()


_VERDICT = re.compile(r"\bverdict: (\w+)")
_RARITY = re.compile(r"\brarity: (\d+)")


def policy_text(chosen: int, notes: Sequence[str] = ()) -> bytes:
    """The default policy with its rarities in proportion, so that `chosen` stands where it usually warns. By one
    passage alone none of its steps warns, or more, below `chosen`; steps that go by a share are not lowered, since the
    curve says nothing of them. `notes`: comment lines at the top."""
    with open(shipped("default-policy.yaml"), encoding="utf-8") as file:
        lines = file.read().splitlines()
    usual = next(round(rule.least["rarity"]) for rule in default_policy().rules if rule.name == USUAL)
    return "\n".join(
        [*(f"# {note}".rstrip() for note in notes), *(_scaled(line, chosen, usual) for line in lines), ""]
    ).encode()


def _scaled(line: str, chosen: int, usual: int) -> str:
    """`usual`: the rarity that stands where `chosen` is to stand."""
    verdict, rarity = _VERDICT.search(line), _RARITY.search(line)
    if not verdict or not rarity or line.lstrip().startswith("#"):
        return line
    scaled = max(1, round(int(rarity[1]) * chosen / usual))
    if "share:" in line:
        scaled = max(scaled, int(rarity[1]))
    else:
        strict = Verdict(verdict[1]).rank >= Verdict.WARN.rank
        scaled = max(scaled, chosen) if strict else min(scaled, chosen)
    return f"{line[: rarity.start()]}rarity: {scaled}{line[rarity.end() :]}"
