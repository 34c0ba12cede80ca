"""PAN's text-alignment corpus: all sources are registered at once, every suspicious document is scanned against all.

CORPUS_DIR is laid out as PAN 2013's training corpus: `src/`, `susp/`, and a folder of XML truth for each kind of
obfuscation. Scored by PAN's plagdet (see plagdet.py) over the pairs that the corpus lists. The competition gives each
program one pair at a time; here, as in use, each document meets all sources. Detections on pairs that the corpus
does not list are counted apart, since its sources overlap.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from plagdet import Alignment, score

from dlp import PassageFinding, create_store, open_store, register_paths, scan_paths

KEY = bytes(32)
Pair = tuple[str, str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", type=Path, metavar="CORPUS_DIR", help="a corpus laid out as PAN 2013's")
    parser.add_argument("--least", type=int, default=0, metavar="SYMBOLS", help="count passages of this evidence on")
    parser.add_argument("--jobs", type=int, default=2, help="worker processes  [%(default)s]")
    parser.add_argument("--smoke", action="store_true", help="a small made-up corpus, and its results checked")
    given = parser.parse_args()
    if bool(given.corpus) == given.smoke:
        parser.error("give CORPUS_DIR, or --smoke, and not both")
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as folder:
        corpus = given.corpus or made_up(Path(folder, "corpus"))
        verbatim = measure(corpus, Path(folder, "store"), given.least, given.jobs)
    if given.smoke and verbatim < 0.9:
        sys.exit(f"the made-up corpus gave a plagdet of {verbatim:.3f}, not 0.9 or more")


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


def detect(corpus: Path, store: Path, least: int, jobs: int) -> list[Alignment]:
    """Registers all sources, scans all suspicious documents, and prints how long it took."""
    create_store(store, KEY)
    begun = time.perf_counter()
    register_paths(store, KEY, [corpus / "src"], label="confidential", jobs=jobs)
    registered = time.perf_counter()
    detections = []
    for result in scan_paths(open_store(store, KEY), [corpus / "susp"], jobs=jobs, everything=True):
        for finding in result.findings:
            assert isinstance(finding, PassageFinding)
            if finding.evidence >= least:
                near, far = finding.span, finding.source_span
                name = os.path.basename(result.path)
                detections.append(Alignment(name, finding.document.name, near.start, near.end, far.start, far.end))
    scanned = time.perf_counter()
    size = sum(path.stat().st_size for path in (corpus / "susp").iterdir()) / 1e6
    print(f"registered in {registered - begun:.1f} s, scanned {size:.1f} MB in {scanned - registered:.1f} s")
    return detections


def measure(corpus: Path, store: Path, least: int, jobs: int) -> float:
    """Prints the table; the plagdet of the kind without obfuscation."""
    detections = detect(corpus, store, least, jobs)
    kinds: dict[str, dict[Pair, list[Alignment]]] = {}
    for kind, pair, cases in truth(corpus):
        kinds.setdefault(kind, {})[pair] = cases
    everything = {pair: cases for pairs in kinds.values() for pair, cases in pairs.items()}
    print(f"{'':30}{'pairs':>7}{'plagdet':>9}{'precision':>11}{'recall':>8}{'granularity':>13}{'pairs hit':>11}")
    verbatim = 0.0
    for kind, pairs in {**kinds, "overall": everything}.items():
        mine = [each for each in detections if (each.suspicious, each.source) in pairs]
        result = score([case for cases in pairs.values() for case in cases], mine)
        hit = len({(each.suspicious, each.source) for each in mine})
        print(
            f"{kind:30}{len(pairs):>7}{result.plagdet:>9.3f}{result.precision:>11.3f}{result.recall:>8.3f}"
            f"{result.granularity:>13.2f}{hit:>11}"
        )
        verbatim = result.plagdet if "no-obfuscation" in kind else verbatim
    elsewhere = [each for each in detections if (each.suspicious, each.source) not in everything]
    print(f"{len(elsewhere)} detections on {len({each[:2] for each in elsewhere})} pairs that the corpus does not list")
    return verbatim


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
