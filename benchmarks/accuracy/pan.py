"""PAN's text-alignment corpus: all sources are registered at once, every suspicious document is scanned against all.

CORPUS_DIR is laid out as PAN 2013's training corpus: `src/`, `susp/`, and a folder of XML truth for each kind of
obfuscation. Scored by PAN's plagdet (see plagdet.py) over the pairs that the corpus lists. The competition gives each
program one pair at a time; here, as in use, each document meets all sources. Detections on pairs that the corpus
does not list are counted apart, since its sources overlap.

A detection is a finding of at least medium confidence (`--least` names another rarity), and each of the other documents
that it says have the passage too. Documents with odd numbers were held out while the engine was tuned: a table of them
stands below that of all.

Speed is of one process: bytes of text for each CPU second of the scan (its worker and the process that reports), files
in the page cache; and text that matches nothing, fed to all that a scan does with a text, beside the bare kernel.
"""

from __future__ import annotations

import argparse
import math
import random
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock
from xml.etree import ElementTree

from plagdet import Alignment, Score, score

from dlp import PassageFinding, create_store, open_store, scan_paths
from dlp.fingerprint import Alphabet, Familiar, Scanner
from dlp.limits import Limits
from dlp.match import passage
from dlp.match.passage import PassageMatcher
from dlp.model import Level, Text
from dlp.registry.store import Store
from dlp.registry.writer import Writer
from dlp.report.excerpt import mask
from dlp.scan.keeping import Keep
from dlp.scan.registering import Registration
from dlp.source.files import FileSource

sys.path.append(str(Path(__file__).parents[1] / "speed"))
from data import Carriers

KEY = bytes(32)
CHUNK = 1 << 18
DIGEST = 12
"""Where an alignment says that it is a digest: see `Aligned` in dlp/fingerprint/reference.py."""

RARITIES = (0, 12, 24, 30, 36, 48, 60)
"""From which on passages are counted, in the table of what is left out."""

Pair = tuple[str, str]
Truth = Mapping[str, Mapping[Pair, list[Alignment]]]


class Detection(NamedTuple):
    """One document of one finding."""

    where: Alignment
    rarity: int
    confidence: Level

    @property
    def pair(self) -> Pair:
        return self.where.suspicious, self.where.source


class Scanned(NamedTuple):
    detections: list[Detection]
    size: int
    cpu: float
    seconds: float

    def counted(self, least: int | None) -> list[Detection]:
        """Those of medium confidence and above; from a rarity on where one is given."""
        if least is None:
            return [each for each in self.detections if each.confidence != Level.LOW]
        return [each for each in self.detections if each.rarity >= least]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", type=Path, metavar="CORPUS_DIR", help="a corpus laid out as PAN 2013's")
    parser.add_argument("--least", type=int, metavar="RARITY", help="count from it on  [medium confidence]")
    parser.add_argument("--jobs", type=int, default=1, help="worker processes  [%(default)s]")
    parser.add_argument("--ablate", action="store_true", help="what each stage contributes, too")
    parser.add_argument("--smoke", action="store_true", help="a small made-up corpus, and its results checked")
    given = parser.parse_args()
    if bool(given.corpus) == given.smoke:
        parser.error("give CORPUS_DIR, or --smoke, and not both")
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as folder:
        corpus = given.corpus or made_up(Path(folder, "corpus"))
        cases: dict[str, dict[Pair, list[Alignment]]] = {}
        for kind, pair, mine in truth(corpus):
            cases.setdefault(kind, {})[pair] = mine
        store = register(corpus, Path(folder, "store"), Keep(), given.jobs)
        found = scan(corpus, store, given.jobs)
        print(
            f"scanned {found.size / 1e6:.1f} MB against all in {found.seconds:.1f} s, {found.cpu:.2f} s of CPU: "
            f"{found.size / 1e6 / found.cpu:.1f} MB/s for each core"
        )
        nothing(open_store(store, KEY), 1 if given.smoke else 32)
        results = report("all", cases, found.counted(given.least))
        report("held out: documents with odd numbers", odd(cases), found.counted(given.least))
        if given.ablate or given.smoke:
            ablate(corpus, cases, store, found, given.least, given.jobs)
    if given.smoke and (results["02-no-obfuscation"].plagdet < 0.9 or results["overall"].plagdet < 0.9):
        sys.exit(f"the made-up corpus was not found as it must be: {results}")


def truth(corpus: Path) -> Iterator[tuple[str, Pair, list[Alignment]]]:
    """(kind, pair, its cases) for each pair of each kind."""
    for listed in sorted(corpus.glob("*/pairs")):
        for line in listed.read_text("utf-8").splitlines():
            suspicious, source = line.split()
            path = listed.parent / f"{Path(suspicious).stem}-{Path(source).stem}.xml"
            cases = []
            for feature in ElementTree.parse(path).iter("feature"):
                if feature.get("name") == "plagiarism":
                    near, far = int(feature.get("this_offset", 0)), int(feature.get("source_offset", 0))
                    ends = near + int(feature.get("this_length", 0)), far + int(feature.get("source_length", 0))
                    cases.append(Alignment(suspicious, source, near, ends[0], far, ends[1]))
            yield listed.parent.name, (suspicious, source), cases


def odd(kinds: Truth) -> Truth:
    """The pairs whose suspicious document has an odd number."""
    return {
        kind: {pair: cases for pair, cases in pairs.items() if int(re.sub(r"\D", "", pair[0])) % 2}
        for kind, pairs in kinds.items()
    }


def register(corpus: Path, store: Path, keep: Keep, jobs: int) -> Path:
    """Registers all sources, prints how long it took, and gives the store."""
    create_store(store, KEY)
    begun = time.perf_counter()
    with Writer(str(store), KEY) as writer:
        call = Registration(
            writer, label="confidential", owner="", name=None, background=False, jobs=jobs, limits=Limits(), keep=keep
        )
        count = sum(1 for _ in call.outcomes(FileSource([str(corpus / "src")])))
    print(f"registered {count:,} sources in {time.perf_counter() - begun:.1f} s")
    return store


def scan(corpus: Path, store: Path, jobs: int) -> Scanned:
    """Scans all suspicious documents."""
    size = sum(len(path.read_bytes()) for path in (corpus / "susp").iterdir())  # now in the page cache
    opened = open_store(store, KEY)
    before, begun = _cpu(), time.perf_counter()
    detections = []
    for result in scan_paths(opened, [corpus / "susp"], jobs=jobs, everything=True):
        for finding in result.findings:
            if not isinstance(finding, PassageFinding):
                continue  # of several files together
            near, suspicious = finding.span, Path(result.path).name
            for each in (finding, *finding.also):
                far = each.source_span
                where = Alignment(suspicious, each.document.name, near.start, near.end, far.start, far.end)
                if where.size > 0:
                    detections.append(Detection(where, finding.rarity, finding.confidence))
    return Scanned(detections, size, _cpu() - before, time.perf_counter() - begun)


def _cpu() -> float:
    """CPU seconds of this process and of those it has ended."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in usages)


def nothing(store: Store, megabytes: int) -> float:
    """Prints, and gives, how long text that matches nothing takes, beside the bare kernel over the same bytes."""
    text = b"".join(Carriers(1_000).text(megabytes * 1_000_000, 3))
    chunks = [text[at : at + CHUNK] for at in range(0, len(text), CHUNK)]
    matcher = PassageMatcher(store, Limits(), mask)
    scanner = Scanner(store.indexes()[Alphabet.TEXT])

    def whole() -> None:
        listener = matcher.listen(Text(("made up",), "text", iter(()), []))
        assert listener
        for chunk in chunks:
            listener.feed(chunk)
        listener.finish()

    def bare() -> None:
        scanner.reset()
        for chunk in chunks:
            scanner.feed(chunk)
        scanner.finish()

    best = {whole: math.inf, bare: math.inf}
    for _ in range(5):
        for job in best:
            best[job] = min(best[job], _seconds(job))
    ratio = best[whole] / best[bare]
    print(
        f"text that matches nothing: {len(text) / 1e6 / best[whole]:.0f} MB/s with everything on, "
        f"{len(text) / 1e6 / best[bare]:.0f} MB/s bare: {ratio:.2f} times the bare kernel"
    )
    return ratio


def _seconds(job: Callable[[], None]) -> float:
    begun = time.thread_time()
    job()
    return time.thread_time() - begun


def report(title: str, kinds: Truth, detections: list[Detection]) -> dict[str, Score]:
    """Prints the table of one part of the corpus; the scores by kind."""
    width = 30
    print(
        f"\n{title}\n{'':{width}}{'pairs':>7}{'plagdet':>9}{'precision':>11}{'recall':>8}{'granularity':>13}{'hit':>7}"
    )
    made = {}
    everything = {pair: cases for pairs in kinds.values() for pair, cases in pairs.items()}
    for kind, pairs in {**kinds, "overall": everything}.items():
        made[kind], hit = scored(pairs, detections)
        result = made[kind]
        print(
            f"{kind:{width}}{len(pairs):>7}{result.plagdet:>9.3f}{result.precision:>11.3f}{result.recall:>8.3f}"
            f"{result.granularity:>13.3f}{hit:>7}"
        )
    mine = {suspicious for suspicious, _ in everything}
    elsewhere = [each.pair for each in detections if each.pair not in everything and each.pair[0] in mine]
    print(f"{len(elsewhere)} detections on {len(set(elsewhere))} pairs that the corpus does not list")
    return made


def scored(pairs: Mapping[Pair, list[Alignment]], detections: list[Detection]) -> tuple[Score, int]:
    """The score over these pairs, and how many of them are hit."""
    mine = [each for each in detections if each.pair in pairs]
    result = score([case for cases in pairs.values() for case in cases], [each.where for each in mine])
    return result, len({each.pair for each in mine})


def ablate(corpus: Path, kinds: Truth, store: Path, found: Scanned, least: int | None, jobs: int) -> None:
    """Prints what the figures are without one stage, and from other rarities on."""
    rows = [(f"everything, {f'from rarity {least} on' if least is not None else 'medium confidence'}", found, least)]
    plain = register(corpus, store.with_name("plain"), Keep(sketch=False), jobs)
    rows.append(("shingles alone, no alignment", scan(corpus, plain, jobs), least))
    with without_digests():
        rows.append(("no digests (summaries)", scan(corpus, store, jobs), least))
    with without_background():
        rows.append(("no background: every symbol whole", scan(corpus, store, jobs), least))
    rows += [(f"everything, from rarity {each} on", found, each) for each in RARITIES if each != least]
    everything = {pair: cases for pairs in kinds.values() for pair, cases in pairs.items()}
    short = [kind.split("-")[1] if "plagiarism" not in kind else "clean hit" for kind in kinds]
    print(f"\nplagdet, by what is left out\n{'':36}" + "".join(f"{each:>12}" for each in [*short, "overall", "MB/s"]))
    for what, scan_of, from_rarity in rows:
        detections = scan_of.counted(from_rarity)
        cells = []
        for kind, pairs in {**kinds, "overall": everything}.items():
            result, hit = scored(pairs, detections)
            cells.append(f"{hit:>12}" if "no-plagiarism" in kind else f"{result.plagdet:>12.3f}")
        print(f"{what:36}" + "".join(cells) + f"{scan_of.size / 1e6 / scan_of.cpu:>12.1f}")


@contextmanager
def without_digests() -> Iterator[None]:
    """Alignments that are digests are dropped."""
    aligned = passage.Aligner

    class Without(aligned):  # type: ignore[valid-type,misc]
        def align(self, *given: Any) -> Any:
            found, left = super().align(*given)
            return [each for each in found if not each[DIGEST]], left

    with mock.patch.object(passage, "Aligner", Without):
        yield


@contextmanager
def without_background() -> Iterator[None]:
    """No text is familiar."""
    nobody = Familiar(64)
    with mock.patch.object(passage, "shipped", return_value=nobody):
        yield


def made_up(corpus: Path) -> Path:
    """Ten sources, ten documents with a passage of one of them, and two that have none."""
    chance = random.Random(13)
    words = ["".join(chance.choices("etaoinshrdlu", k=chance.randint(3, 9))) for _ in range(4000)]
    for folder in ("src", "susp", "01-no-plagiarism", "02-no-obfuscation"):
        (corpus / folder).mkdir(parents=True)
    for number in range(12):
        source = " ".join(chance.choices(words, k=600))
        before, after = (" ".join(chance.choices(words, k=300)) + "." for _ in range(2))
        low = chance.randrange(1500)
        passage = source[low : low + 900] if number < 10 else ""
        kind = corpus / ("02-no-obfuscation" if passage else "01-no-plagiarism")
        near, far = f"suspicious-document{number:05}", f"source-document{number:05}"
        (corpus / "src" / f"{far}.txt").write_text(source, "utf-8")
        (corpus / "susp" / f"{near}.txt").write_text(before + passage + after, "utf-8")
        feature = (
            f'<feature name="plagiarism" this_offset="{len(before)}" this_length="{len(passage)}" '
            f'source_offset="{low}" source_length="{len(passage)}"/>'
        )
        (kind / f"{near}-{far}.xml").write_text(f"<document>{feature if passage else ''}</document>", "utf-8")
        with (kind / "pairs").open("a") as pairs:
            pairs.write(f"{near}.txt {far}.txt\n")
    return corpus


if __name__ == "__main__":
    main()
