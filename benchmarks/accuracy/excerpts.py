"""Excerpts of secret contracts, planted in innocent ones: how many are found at a given rate of false alarms.

CORPUS_DIR holds contracts as text, one a file. Each seed deals them anew: 75 innocent ones, so many secrets, and all
others as background. The background is registered as such, and the table of familiar text that the engine ships is
replaced by one made of that background only (as fingerprints/make_background.py makes it), since the shipped one was
made of these very contracts. An innocent contract belongs to one half for good, whatever the seed: on one half the
threshold is chosen, on the other all is measured.

A contract is flagged when a passage of it has a rarity of the threshold or more. An excerpt is found when a passage of
the document that it was cut from, at the place where it was planted, has. Excerpts: 30 and 50 words as they stand, and
100 words of which every tenth is replaced.

Relatives: contracts of one filer, or that share a tenth of either one's shingles. What an innocent contract has of a
relative is no false alarm by any wording; figures are given with such passages left out, and counted.
"""

from __future__ import annotations

import argparse
import math
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from itertools import combinations
from pathlib import Path
from random import Random
from typing import NamedTuple
from unittest import mock

from pan import without_digests

from dlp import PassageFinding, create_store, open_store, register_paths
from dlp.fingerprint import TEXT_SCALE, Familiar, Selector
from dlp.limits import Limits
from dlp.match import passage
from dlp.model import Subject, Verdict
from dlp.policy.policy import default_policy
from dlp.scan.pipeline import Pipeline, pipeline_for
from dlp.source.seam import Item
from dlp.trial.edits import Span, excerpt, spans
from dlp.trial.words import prose, word

sys.path.append(str(Path(__file__).parents[2] / "fingerprints"))
import make_background

KEY = bytes(32)
LABEL = "confidential"
BUDGET = 0.02
SHARED = 0.1
"""Share of its shingles from which on a contract is a relative."""

FILER = re.compile(r"_| - ")
KINDS = ("30 words", "50 words", "100 edited")
NOTHING = "no background at all"
NO_DIGESTS = "the first, without the alignments that are digests"
CONDITIONS = (
    "background registered, and the shipped table made of it",
    "nothing registered as background, the shipped table made of it",
    NO_DIGESTS,
    NOTHING,
)
"""All but the first are tried with the smallest number of secrets only."""

Score = tuple[int, bool]
"""(rarity, whether the default policy warns or more)."""


class Sizes(NamedTuple):
    """How much is measured."""

    clean: int
    secrets: tuple[int, ...]
    seeds: int
    excerpts: int


class Contract(NamedTuple):
    name: str
    text: str
    places: list[Span]
    calibrates: bool


class Deal(NamedTuple):
    """What one seed gave with one number of secrets under one condition: the scores of each innocent contract, with
    and without relatives, and of the excerpts of each kind."""

    calibration: list[tuple[Score, Score]]
    measured: list[tuple[Score, Score]]
    found: dict[str, list[Score]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", type=Path, metavar="CORPUS_DIR", help="a folder of contracts as text")
    parser.add_argument("--seeds", type=int, default=4, help="deals  [%(default)s]")
    parser.add_argument("--excerpts", type=int, default=40, help="of each kind and deal  [%(default)s]")
    parser.add_argument("--smoke", action="store_true", help="a small made-up corpus, and its results checked")
    given = parser.parse_args()
    if bool(given.corpus) == given.smoke:
        parser.error("give CORPUS_DIR, or --smoke, and not both")
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as folder:
        corpus = given.corpus or made_up(Path(folder, "corpus"))
        sizes = Sizes(6, (3,), 1, 4) if given.smoke else Sizes(75, (10, 25, 50, 100), given.seeds, given.excerpts)
        contracts = read(corpus)
        begun = time.perf_counter()
        found = Trial(contracts, Path(folder, "work"), sizes).run()
        print(f"{time.perf_counter() - begun:.0f} s")
    if given.smoke and min(found[0]) < 1.0:
        sys.exit(f"of the made-up corpus not every excerpt was found: {found}")


def read(corpus: Path) -> list[Contract]:
    """The contracts in the order of their names, each in a half of its own."""
    paths = sorted(path for path in corpus.iterdir() if path.is_file())
    halves = [number % 2 == 0 for number in range(len(paths))]
    Random("halves").shuffle(halves)
    texts = [path.read_bytes().decode("utf-8", "replace") for path in paths]
    return [Contract(path.name, text, spans(text), half) for path, text, half in zip(paths, texts, halves, strict=True)]


def relatives(contracts: Sequence[Contract]) -> set[tuple[str, str]]:
    """Both ways round, each with itself."""
    found = {(each.name, each.name) for each in contracts}
    filers = [re.sub(r"[^a-z]", "", FILER.split(each.name)[0].lower())[:14] for each in contracts]
    holders: dict[int, list[int]] = defaultdict(list)
    sizes = []
    for number, each in enumerate(contracts):
        selector = Selector(TEXT_SCALE)
        selector.feed(each.text.encode())
        keys = set(selector.finish()[0])
        sizes.append(len(keys) or 1)
        for key in keys:
            holders[key].append(number)
    shared: Counter[tuple[int, int]] = Counter()
    for numbers in holders.values():
        shared.update(combinations(numbers, 2))
    for one, other in combinations(range(len(contracts)), 2):
        if filers[one] == filers[other] or shared[one, other] >= SHARED * min(sizes[one], sizes[other]):
            names = contracts[one].name, contracts[other].name
            found |= {names, names[::-1]}
    return found


class Trial:
    """All deals, in a temporary folder."""

    def __init__(self, contracts: Sequence[Contract], folder: Path, sizes: Sizes) -> None:
        self._contracts, self._folder, self._sizes = contracts, folder, sizes
        self._relatives = relatives(contracts)
        pairs = (len(self._relatives) - len(contracts)) // 2
        print(f"{len(contracts)} contracts, {pairs} pairs of relatives; {sizes.clean} innocent ones in each deal")
        folder.mkdir()

    def run(self) -> list[list[float]]:
        """Prints the tables; of each line, the recall by kind."""
        made: dict[tuple[str, int], list[Deal]] = defaultdict(list)
        for seed in range(self._sizes.seeds):
            order = list(self._contracts)
            Random(f"deal {seed}").shuffle(order)
            clean, others = order[: self._sizes.clean], order[self._sizes.clean :]
            for count in self._sizes.secrets:
                for condition, deal in self._deals(seed, clean, others[:count], others[count:]):
                    made[condition, count].append(deal)
        lines = []
        for condition in dict.fromkeys(condition for condition, _ in made):
            print(f"\n{condition}")
            print(f"{'secrets':>7}  {'relatives':9}  {'flagged when':12}  {'of the other half':>17}", end="")
            print("".join(f"{kind:>16}" for kind in KINDS))
            for count in [each for each in self._sizes.secrets if (condition, each) in made]:
                lines += list(_lines(count, made[condition, count]))
        return lines

    def _deals(
        self, seed: int, clean: Sequence[Contract], secrets: Sequence[Contract], background: Sequence[Contract]
    ) -> Iterator[tuple[str, Deal]]:
        planted = list(self._planted(Random(f"excerpts {seed} {len(secrets)}"), clean, secrets))
        written = [self._written(name, group) for name, group in (("secrets", secrets), ("background", background))]
        table = familiar(written[1])
        for condition in CONDITIONS if len(secrets) == min(self._sizes.secrets) else CONDITIONS[:1]:
            store = self._folder / "store"
            create_store(store, KEY)
            register_paths(store, KEY, [written[0]], label=LABEL)
            if condition in (CONDITIONS[0], NO_DIGESTS):
                register_paths(store, KEY, [written[1]], label="", background=True)
            known = Familiar(64) if condition == NOTHING else table
            digests = without_digests() if condition == NO_DIGESTS else nullcontext()
            with mock.patch.object(passage, "shipped", return_value=known), digests:
                pipeline = pipeline_for(open_store(store, KEY), default_policy, Limits())
                yield condition, self._deal(pipeline, clean, planted)
            shutil.rmtree(store)
        for each in written:
            shutil.rmtree(each)

    def _deal(
        self, pipeline: Pipeline, clean: Sequence[Contract], planted: Sequence[tuple[str, str, str, Span]]
    ) -> Deal:
        made = Deal([], [], {kind: [] for kind in KINDS})
        for each in clean:
            findings = list(self._scan(pipeline, each.text))
            strange = [
                finding
                for finding in findings
                if any((each.name, name) not in self._relatives for name in _documents(finding))
            ]
            (made.calibration if each.calibrates else made.measured).append((_score(strange), _score(findings)))
        for kind, secret, text, (start, end) in planted:
            found = self._scan(pipeline, text)
            made.found[kind].append(
                _score(
                    finding
                    for finding in found
                    if secret in _documents(finding) and finding.span.start < end and start < finding.span.end
                )
            )
        return made

    def _planted(
        self, chance: Random, clean: Sequence[Contract], secrets: Sequence[Contract]
    ) -> Iterator[tuple[str, str, str, Span]]:
        """(kind, the secret's name, an innocent contract of the measured half with an excerpt, where that is)."""
        carriers = [each for each in clean if not each.calibrates and len(each.places) > 1]
        makers: dict[str, tuple[int, Callable[[str, Random], str]]] = {
            KINDS[0]: (30, lambda text, _: text),
            KINDS[1]: (50, lambda text, _: text),
            KINDS[2]: (100, every_tenth),
        }
        for kind, (words, edit) in makers.items():
            long_enough = [each for each in secrets if len(each.places) >= words]
            for _ in range(self._sizes.excerpts):
                secret, carrier = chance.choice(long_enough), chance.choice(carriers)
                piece = edit(excerpt(secret.text, words, chance), chance)
                at, _ = chance.choice(carrier.places[1:])
                text = f"{carrier.text[:at]}{piece} {carrier.text[at:]}"
                yield kind, secret.name, text, (at, at + len(piece))

    def _scan(self, pipeline: Pipeline, text: str) -> Iterator[PassageFinding]:
        path = self._folder / "scanned.txt"
        data = text.encode()
        path.write_bytes(data)
        result = pipeline.scan(Item(str(path).encode(), "scanned.txt", "scanned.txt", len(data)))
        return (each for each in result.findings if isinstance(each, PassageFinding))

    def _written(self, name: str, group: Sequence[Contract]) -> Path:
        folder = self._folder / name
        folder.mkdir()
        for each in group:
            (folder / each.name).write_bytes(each.text.encode())
        return folder


def familiar(folder: Path) -> Familiar:
    """The table of common grams, of the contracts in a folder and the licences on this machine."""
    table, once = Familiar(make_background.BITS), Familiar(make_background.ONCE)
    for text in make_background.texts(make_background.STANDARD):
        table.add(text)
    for text in make_background.texts(folder):
        table.add_repeated(text, once)
    return table


def every_tenth(text: str, chance: Random) -> str:
    """Every tenth word replaced by another."""
    made, done = [], 0
    for start, end in spans(text)[9::10]:
        made += [text[done:start], word(chance)]
        done = end
    return "".join([*made, text[done:]])


def _documents(finding: PassageFinding) -> set[str]:
    return {finding.document.name, *(each.document.name for each in finding.also)}


def _score(findings: Iterable[PassageFinding]) -> Score:
    rarity, warned = 0, False
    for each in findings:
        rarity = max(rarity, each.rarity)
        warned = warned or default_policy().decide(Subject(""), [each], ()).verdict.rank >= Verdict.WARN.rank
    return rarity, warned


def threshold(rarities: Sequence[int]) -> int:
    """The least rarity that at most BUDGET of these reach."""
    allowed = math.floor(BUDGET * len(rarities))
    return sorted(rarities, reverse=True)[allowed] + 1 if rarities else 0


def _lines(count: int, deals: Sequence[Deal]) -> Iterator[list[float]]:
    for which, relatives in ((0, "left out"), (1, "counted")):
        least = threshold([each[which][0] for deal in deals for each in deal.calibration])
        yield _line(count, relatives, f"rarity {least}", deals, which, lambda score, least=least: score[0] >= least)
        yield _line(count, relatives, "policy warns", deals, which, lambda score: score[1])


def _line(
    count: int, relatives: str, how: str, deals: Sequence[Deal], which: int, flagged: Callable[[Score], bool]
) -> list[float]:
    false = _rates([flagged(each[which]) for each in deal.measured] for deal in deals)
    recall = {kind: _rates([flagged(each) for each in deal.found[kind]] for deal in deals) for kind in KINDS}
    print(f"{count:>7}  {relatives:9}  {how:12}  {_spread(false, '.1%'):>17}", end="")
    print("".join(f"{_spread(each, '.2f'):>16}" for each in recall.values()))
    return [statistics.mean(each) for each in recall.values()]


def _rates(flags: Iterable[Sequence[bool]]) -> list[float]:
    return [sum(each) / len(each) for each in flags if each]


def _spread(rates: Sequence[float], form: str) -> str:
    spread = f" ± {statistics.stdev(rates):{form}}" if len(rates) > 1 else ""
    return f"{statistics.mean(rates):{form}}{spread}" if rates else "-"


def made_up(corpus: Path) -> Path:
    """Contracts that share a clause, and nothing else."""
    corpus.mkdir()
    clause = prose(60, Random("clause"))
    for number in range(20):
        chance = Random(f"contract {number}")
        (corpus / f"{chr(97 + number) * 3}_{number}.txt").write_text(
            f"{prose(500, chance)}\n{clause}\n{prose(500, chance)}", "utf-8"
        )
    return corpus


if __name__ == "__main__":
    main()
