"""Real documents of every type: what is read of each, and what is said of the rest.

CORPUS_DIR is any folder of files. Each is read by the whole pipeline, in workers. A worker that crashes or is killed is
a failure, and so is a file that comes out as complete and without a word, unless the golden listing has it so: somebody
has looked at it then. `--golden FILE` compares with a listing that was written before (`--write`): of each file its
type, coverage, reasons, and how much text it has. `--recall` looks for the words that other libraries find
(`readers.py`), each in a process of its own: words with a letter, for numbers have a spelling of each library's own. In
PDFs a word may be in pieces, for pdftotext joins what a line's end has hyphenated. `--beside` measures the wall time of
`dlp scan` and of kingfisher over the same folder.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

sys.path.append(str(Path(__file__).parents[1] / "speed"))
sys.path.append(str(Path(__file__).parents[1] / "comparison"))
import readers
from apart import set_apart
from measure import Bench, dlp, in_turn, ratio
from secrets_speed import others
from trees import default_folder

from dlp.extract import raw
from dlp.extract.detect import detect_stream
from dlp.extract.text import RAW
from dlp.limits import Limits
from dlp.match.seam import Heard, Listener
from dlp.model import Skipped, Text
from dlp.policy.policy import default_policy
from dlp.scan import pool
from dlp.scan.pipeline import Pipeline
from dlp.source.files import FileSource
from dlp.source.opening import open_file
from dlp.source.seam import Item

WORD = re.compile(r"\w{2,}")
LETTER = re.compile(r"[^\W\d_]")
RECALL = 0.98


class Read(msgspec.Struct):
    """Of one file. `characters`: of its text, without second readings as plain bytes. `words`: only if asked for."""

    name: str
    kind: str = "?"
    coverage: str = "unscannable"
    reasons: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    characters: int = 0
    seconds: float = 0.0
    size: int = 0
    words: frozenset[str] = frozenset()
    squashed: str = ""
    """Letters and digits of a PDF, in one."""

    @property
    def line(self) -> str:
        """As a golden listing has it. The size is a power of ten: libraries differ a little from version to version."""
        size = f"10^{len(str(self.characters)) - 1}" if self.characters else "0"
        return "\t".join((self.name, self.kind, self.coverage, ",".join(sorted(set(self.reasons))) or "-", size))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", metavar="CORPUS_DIR", help="a folder of files of any kind")
    parser.add_argument("--golden", metavar="FILE", help="compare with this listing")
    parser.add_argument("--write", action="store_true", help="write that listing anew")
    parser.add_argument("--list", action="store_true", help="a line a file, with what is said of it")
    parser.add_argument("--recall", action="store_true", help="look for the words that other libraries find")
    parser.add_argument(
        "--missing", action="store_true", help="with --recall: files with the most words that are missing"
    )
    parser.add_argument("--beside", action="store_true", help="measure the wall time beside kingfisher's")
    parser.add_argument("--tools", metavar="DIR", default=default_folder(), help="for kingfisher  [%(default)s]")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each, with --beside  [%(default)s]")
    parser.add_argument("--jobs", type=int, default=2, help="worker processes  [%(default)s]")
    parser.add_argument("--smoke", action="store_true", help="a small made-up corpus, and its results checked")
    given = parser.parse_args()
    if bool(given.corpus) == given.smoke:
        parser.error("give CORPUS_DIR, or --smoke, and not both")
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as folder:
        if given.smoke:
            given.corpus, given.golden = _made_up(Path(folder) / "corpus"), os.path.join(folder, "golden.tsv")
            given.recall = True
        found, failures = read(given.corpus, given.jobs, given.recall)
        if given.list:
            for each in found:
                print(f"{each.line}\t{each.seconds:.2f} s\t{'; '.join(dict.fromkeys(each.details))}")
        _by_type(found)
        if given.golden and (given.write or given.smoke):
            _write(found, given.golden)
        if given.golden:
            failures += _differences(found, given.golden)
        else:
            empty = [each for each in found if each.coverage == "complete" and each.size and not each.characters]
            failures += [f"{each.name}: complete, and not a word" for each in empty]
        if given.recall:
            failures += recall(found, given.corpus, given.missing)
        if given.beside:
            _beside(folder, given.corpus, given.tools, given.rounds, given.jobs)
    for failure in failures:
        print(f"FAILED  {failure}")
    if failures:
        sys.exit(1)


class Collector:
    """Hears what is read, and finds nothing in it."""

    def __init__(self, keep: bool) -> None:
        self.keep = keep
        self.characters = 0
        self.words: set[str] = set()
        self.squashed: list[str] = []
        self._plain: object = None

    def listen(self, text: Text) -> Listener | None:
        """A text that follows the plain bytes of its file is these once more, and does not count."""
        if text.alphabet == "bytes":
            self._plain = text.provenance
            return None
        again, self._plain = self._plain == text.provenance, None
        return _Heard(self, text, again)


class _Heard:
    def __init__(self, collector: Collector, text: Text, again: bool) -> None:
        self._collector, self._text, self._again = collector, text, again
        self._chunks: list[bytes] = []

    def feed(self, chunk: bytes | bytearray | memoryview) -> None:
        self._chunks.append(bytes(chunk))

    def finish(self) -> list[Heard]:
        text = b"".join(self._chunks).decode("utf-8", "ignore")
        if self._collector.keep:
            self._collector.words |= words(text)
            self._collector.squashed.append(squash(text))
        second = self._again or [mark.locator for mark in self._text.marks] == [RAW]
        self._collector.characters += 0 if second else sum(map(str.isalnum, text))
        return []


def words(text: str) -> set[str]:
    """What counts as a word, the same for all readers."""
    found = WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    return {word for word in found if LETTER.search(word)}


def squash(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def read(corpus: str, jobs: int, keep: bool) -> tuple[list[Read], list[str]]:
    """What is read of each file below `corpus`, by name; and what must not be."""
    limits = Limits()
    items = [item for item in FileSource([corpus]).items() if not isinstance(item, Skipped)]

    def handle(item: Item) -> bytes:
        collector = Collector(keep)
        begun = time.perf_counter()
        result = Pipeline([collector], default_policy, limits).scan(item)
        seconds = time.perf_counter() - begun
        with open_file(item.path) as stream:
            kind = detect_stream(raw.read_upto(stream, raw.HEAD), stream, item.name)
        skipped = [
            (each.reason.value, f"{'/'.join(each.provenance[1:])} {each.detail}".strip()) for each in result.skipped
        ]
        made = Read(
            item.relative,
            kind,
            result.coverage.value,
            tuple(reason for reason, _ in skipped),
            tuple(detail for _, detail in skipped[:20]),
            collector.characters,
            seconds,
            item.size,
            frozenset(collector.words),
            "".join(collector.squashed) if kind == "pdf" else "",
        )
        return msgspec.msgpack.encode(made)

    found, failures = [], []
    for outcome in pool.run(iter(items), handle, jobs=jobs, limits=limits, max_payload=256 << 20):
        if isinstance(outcome.payload, pool.Failure):
            reason = outcome.payload.reason.value
            found.append(Read(outcome.item.relative, reasons=(reason,), details=(outcome.payload.detail,)))
            failures.append(f"{outcome.item.relative}: {reason}")
            continue
        each = msgspec.msgpack.decode(outcome.payload, type=Read)
        found.append(each)
    return sorted(found, key=lambda each: each.name), failures


def _by_type(found: Sequence[Read]) -> None:
    groups: dict[str, list[Read]] = defaultdict(list)
    for each in found:
        groups[each.kind].append(each)
    print(
        f"{'type':<15}{'files':>6}{'complete':>10}{'partial':>9}{'unscann.':>9}{'letters':>12}{'seconds':>9}  reasons"
    )
    for kind, group in [*sorted(groups.items()), ("all", list(found))]:
        coverage = Counter(each.coverage for each in group)
        reasons = Counter(reason for each in group for reason in set(each.reasons))
        told = " ".join(f"{reason} {count}" for reason, count in reasons.most_common())
        figures = f"{coverage['complete']:>10}{coverage['partial']:>9}{coverage['unscannable']:>9}"
        letters, seconds = sum(each.characters for each in group), sum(each.seconds for each in group)
        print(f"{kind:<15}{len(group):>6}{figures}{letters:>12,}{seconds:>9.2f}  {told}")


_HEAD = "file\ttype\tcoverage\treasons\tletters\n"


def _write(found: Iterable[Read], path: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(_HEAD + "".join(f"{each.line}\n" for each in found))


def _differences(found: Iterable[Read], path: str) -> list[str]:
    wanted = set(Path(path).read_text(encoding="utf-8").splitlines()[1:])
    have = {each.line for each in found}
    missing = [f"golden: no longer {line!r}" for line in sorted(wanted - have)]
    return missing + [f"golden: new {line!r}" for line in sorted(have - wanted)]


def recall(found: Sequence[Read], corpus: str, missing: bool) -> list[str]:
    """Prints, by the file's suffix and reader, the share of the reader's words that were read; returns what is below
    RECALL."""
    totals: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    worst: list[tuple[int, str, str, list[str]]] = []
    for each in found:
        path = os.path.join(corpus, each.name)
        suffix = os.path.splitext(each.name)[1].lower()
        for reader in readers.for_suffix(suffix):
            text = readers.run(reader, path)
            if text is None or each.coverage == "unscannable" or "encrypted" in each.reasons:
                continue
            theirs = words(text)
            lost = {word for word in theirs - each.words if squash(word) not in each.squashed}
            total = totals[suffix, reader]
            total[0] += 1
            total[1] += len(theirs)
            total[2] += len(lost)
            if lost:
                worst.append((len(lost), each.name, reader, sorted(lost)[:12]))
    print(f"\n{'suffix':<8}{'reader':<14}{'files':>6}{'words':>10}{'recall':>8}")
    low = []
    for (suffix, reader), (files, count, lost) in sorted(totals.items()):
        share = 1 - lost / count if count else 1.0
        print(f"{suffix:<8}{reader:<14}{files:>6}{count:>10,}{share:>8.4f}")
        if share < (0.97 if suffix == ".pdf" else RECALL):
            low.append(f"recall of {suffix} against {reader}: {share:.4f}")
    if missing:
        for count, name, reader, some in sorted(worst, reverse=True)[:30]:
            print(f"  {count:>6} {name} ({reader}): {' '.join(some)[:200]}")
    return low


def _beside(folder: str, corpus: str, cached: str, rounds: int, jobs: int) -> None:
    bench = Bench(folder)
    set_apart(bench)
    tools = others(cached, install=True)
    if not tools.kingfisher:
        raise SystemExit(f"kingfisher {tools.missing}")
    bench.make_store()
    ours = [dlp(), "scan", "--no-progress", "-j", str(jobs), "-f", "json", "-o", bench.path("dlp.json"), corpus]
    options = ["--no-validate", "--git-history", "none", "--no-update-check", "-q", "-f", "json"]
    theirs = [tools.kingfisher, "scan", corpus, *options, "-o", bench.path("kingfisher.json")]
    runs = in_turn({"dlp": lambda: bench.run(ours, (0, 1)), "kingfisher": lambda: bench.run(theirs, (0, 200))}, rounds)
    print()
    for name, each in runs.items():
        walls, cpus = sorted(run.wall for run in each), sorted(run.cpu for run in each)
        print(
            f"{name:<12}{walls[len(walls) // 2]:8.2f} s wall{cpus[len(cpus) // 2]:8.2f} s CPU  (median of {len(each)})"
        )
    for what in ("wall", "cpu"):
        pairs, best = ratio(runs["dlp"], runs["kingfisher"], what)
        target = "  (target: 0.5 or less)" if what == "wall" else ""
        print(f"{what} time, kingfisher = 1: {pairs:.2f}, the best runs {best:.2f}{target}")


def _made_up(folder: Path) -> str:
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from tests.matrix import pdf, web, word
    from tests.matrix.plant import Plant

    folder.mkdir()
    plant = Plant("plainword")
    for name, make in (("a.docx", word.body), ("b.pdf", pdf.junk), ("c.html", web.cut), ("d.docx", word.encrypted)):
        data = make(plant)
        assert isinstance(data, bytes)
        (folder / name).write_bytes(data)
    return str(folder)


if __name__ == "__main__":
    main()
