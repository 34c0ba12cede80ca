"""Every case through the whole pipeline, and what became of it."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from dlp import __version__
from dlp.library import create_store, open_store, register_paths
from dlp.limits import Limits
from dlp.match.values import Digests
from dlp.model import Coverage, PassageFinding, PatternFinding, Reason, Result
from dlp.policy.policy import default_policy
from dlp.registry.store import Store
from dlp.rule.packs import Selection
from dlp.scan.patterns import Patterns, pattern_matcher
from dlp.scan.pipeline import pipeline_for
from dlp.scan.scanning import Scan
from dlp.source.files import FileSource

from .plant import BINARY, DOCUMENT, Case

KEY = bytes(range(32))
RULE = "github-personal-access-token"


class Outcome(msgspec.Struct):
    """What the scan says of one case. `places`: where the findings are, as a report names them."""

    token: bool = False
    passage: bool = False
    said: tuple[str, ...] = ()
    results: int = 0
    places: tuple[str, ...] = ()

    def found(self, case: Case) -> bool:
        """All that was planted."""
        return all(getattr(self, what) for what in case.holds)


def missing(case: Case) -> str:
    """A module that the case needs and that is not there; else nothing."""
    for name in case.needs:
        try:
            there = importlib.util.find_spec(name)
        except ModuleNotFoundError:
            there = None
        if there is None:
            return name
    return ""


def write(cases: Iterable[Case], folder: Path) -> dict[str, Case]:
    """Each case's files in a folder of its own; the cases by the names of these. What cannot be made is left out."""
    written = {}
    for number, case in enumerate(cases):
        if missing(case):
            continue
        made = case.make(case.plant)
        place = folder / f"{number:03}"
        place.mkdir(parents=True)
        for name, data in (made if isinstance(made, dict) else {case.file: made}).items():
            (place / name).write_bytes(data)
        written[place.name] = case
    return written


def registered(folder: Path) -> Store:
    """A store in `folder` that holds what the cases carry parts of."""
    (folder / "originals").mkdir()
    (folder / "originals" / "cheese.txt").write_text(DOCUMENT, encoding="utf-8")
    (folder / "originals" / "model.bin").write_bytes(BINARY)
    create_store(os.fspath(folder / "store"), KEY)
    register_paths(folder / "store", KEY, [folder / "originals"], label="secret")
    return open_store(folder / "store", KEY)


def scan(store: Store, folder: Path, jobs: int = 1) -> Sequence[Result]:
    """All files below `folder` against the store and the rule for the tokens."""
    limits = Limits()
    patterns = pattern_matcher(Patterns(Selection(enable=(RULE,))), store.value_key, __version__, {"DLP_CACHE": ""})
    pipeline = pipeline_for(store, default_policy, limits, patterns=patterns)
    source = FileSource([os.fspath(folder)], max_file_size=None, avoid=[])
    return list(Scan(source, pipeline, jobs=jobs, limits=limits, everything=True).results())


def outcomes(results: Iterable[Result], written: dict[str, Case], digests: Digests) -> dict[str, Outcome]:
    """By the case's id."""
    made = {case.id: Outcome() for case in written.values()}
    wanted = {case.id: digests.of(case.plant.token).hex() for case in written.values()}
    for result in results:
        case = written.get(Path(result.path).parent.name)
        if case is None:
            continue
        outcome = made[case.id]
        outcome.results += 1
        if result.coverage != Coverage.COMPLETE:
            crashed = [each.detail for each in result.skipped if each.reason == Reason.CRASHED]
            assert not crashed, (case.id, crashed)
            outcome.said += tuple(f"{each.reason.value}: {each.detail}" for each in result.skipped)
        for finding in result.findings:
            if isinstance(finding, PatternFinding) and finding.digest == wanted[case.id]:
                outcome.token = True
            elif isinstance(finding, PassageFinding):
                outcome.passage = True
            else:
                continue
            outcome.places += (" > ".join((*finding.provenance[1:], finding.span.locator)),)
    return made
