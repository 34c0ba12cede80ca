"""A document that leaves in pieces, some in each of several files."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dlp import open_store, scan_paths
from dlp.limits import Limits
from dlp.model import Coverage, PassageFinding, Result, SetFinding, Verdict
from dlp.policy.policy import default_policy
from dlp.registry.store import Store
from dlp.scan.pipeline import pipeline_for
from dlp.scan.scanning import Scan
from dlp.source.files import FileSource

from .engine import KEY, Engine, prose

SECRET = prose(1, 1000)
WORDS = SECRET.split()


def piece(number: int, words: int) -> str:
    """The so many-th piece of so many words, and other text around it."""
    own = " ".join(WORDS[number * words : (number + 1) * words])
    return f"{prose(5000 + number, 40)}\n{own}\n{prose(9000 + number, 40)}"


TENTHS = {f"{number}.txt": piece(number, 100) for number in range(10)}

Scanned = Callable[..., list[Result]]


@pytest.fixture
def scanned(engine: Engine, tmp_path: Path) -> Scanned:
    """All results of a scan of files with these contents, the sets of files last."""

    def scanned(files: dict[str, str], *, jobs: int = 1, everything: bool = False) -> list[Result]:
        folder = tmp_path / f"out{len(list(tmp_path.iterdir()))}"
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content)
        return list(scan_paths(open_store(engine.store, KEY), [folder], jobs=jobs, everything=everything))

    return scanned


def sets(results: list[Result]) -> list[tuple[Result, SetFinding]]:
    return [(result, each) for result in results for each in result.findings if isinstance(each, SetFinding)]


def test_a_tenth_in_each_of_ten_files_is_the_whole_document(engine: Engine, scanned: Scanned) -> None:
    engine.register(SECRET, name="secret", label="confidential")
    results = scanned(TENTHS)
    assert {each.verdict for each in results[:-1]} <= {Verdict.WARN, Verdict.QUARANTINE}
    ((together, found),) = sets(results)
    assert together is results[-1]
    assert together.path.endswith("/out2")
    assert (together.provenance, together.coverage, together.skipped) == ((together.path,), Coverage.COMPLETE, ())
    assert (found.document.name, found.files) == ("secret", 10)
    assert 0.95 < found.share <= 1
    assert together.reasons == (
        f"confidential document secret: {found.evidence} symbols (from 600 on), {found.share:.0%} of it, "
        "in 10 files together",
    )
    assert {each.path for each in found.pieces} == {f"{together.path}/{name}" for name in TENTHS}


def test_a_set_leads_to_a_stricter_verdict_than_any_of_its_files(engine: Engine, scanned: Scanned) -> None:
    engine.register(SECRET, name="secret", label="confidential")
    results = scanned({f"{number}.txt": piece(number, 20) for number in range(50)})
    assert {each.verdict for each in results[:-1]} <= {Verdict.AUDIT, Verdict.WARN}
    ((together, found),) = sets(results)
    assert together.verdict == Verdict.QUARANTINE
    assert (found.files, found.share > 0.85) == (50, True)


def test_files_that_are_allowed_alone_are_not_together(engine: Engine, scanned: Scanned) -> None:
    engine.register(SECRET, name="secret", label="internal")
    pieces = {f"{number}.txt": piece(number, 12) for number in range(80)}
    (together,) = [each for each in scanned(pieces) if each.verdict != Verdict.AUDIT]
    ((_, found),) = sets([together])
    assert (together.verdict, found.share > 0.5) == (Verdict.WARN, True)
    alone = scanned(pieces, everything=True)[:-1]
    assert len([each for each in alone if each.verdict == Verdict.ALLOW and each.findings]) > 50


def test_the_same_tenth_in_ten_files_is_told_ten_times_and_no_more(engine: Engine, scanned: Scanned) -> None:
    engine.register(SECRET, name="secret")
    own = " ".join(WORDS[300:400])
    results = scanned({f"{at}": f"{prose(100 + at, 40)} {own} {prose(200 + at, 40)}" for at in range(10)})
    assert len(results) == 10
    assert sets(results) == []


def test_a_whole_copy_says_all_that_excerpts_say(engine: Engine, scanned: Scanned) -> None:
    engine.register(SECRET, name="secret")
    results = scanned({**TENTHS, "whole.txt": SECRET.upper()})
    assert (len(results), sets(results)) == (11, [])


def test_so_does_a_whole_copy_of_a_document_that_is_half_background(engine: Engine, scanned: Scanned) -> None:
    clauses = [prose(50 + number, 100) for number in range(5)]
    own = [" ".join(WORDS[at : at + 100]) for at in range(0, 500, 100)]
    document = "\n".join(each for pair in zip(own, clauses, strict=True) for each in pair)
    engine.register(document, name="secret")
    engine.register("\n".join(clauses), name="clauses", background=True)
    excerpts = {f"{number}": each for number, each in enumerate(own)}
    assert sets(scanned({**excerpts, "whole": document})) == []
    ((_, found),) = sets(scanned(excerpts))
    assert found.share == pytest.approx(0.5, abs=0.08)


def test_pieces_of_two_documents_in_the_same_files_are_two_sets(engine: Engine, scanned: Scanned) -> None:
    other = prose(2, 1000).split()
    parts = [" ".join(other[at : at + 60]) for at in range(0, 600, 60)]
    engine.register(SECRET, name="secret")
    engine.register(" ".join(other), name="other", label="confidential")
    files = {name: f"{text}\n{part}" for part, (name, text) in zip(parts, TENTHS.items(), strict=True)}
    found = sets(scanned(files))
    assert [(result.verdict, each.document.name) for result, each in found] == [
        (Verdict.BLOCK, "secret"),
        (Verdict.QUARANTINE, "other"),
    ]
    assert [each.share for _, each in found] == [pytest.approx(0.98, abs=0.03), pytest.approx(0.6, abs=0.05)]


def test_pieces_of_an_old_version_add_up_though_the_new_one_has_most_of_them_too(
    engine: Engine, scanned: Scanned
) -> None:
    new = WORDS[:]
    for at in (110, 350, 560, 790, 910):
        new[at : at + 40] = prose(7000 + at, 40).split()
    engine.register(SECRET, " ".join(new), name="secret")
    ((_, found),) = sets(scanned(TENTHS))
    assert found.share > 0.9
    assert found.files == 10


def test_a_document_whose_label_allows_it_leads_to_no_result(engine: Engine, scanned: Scanned) -> None:
    engine.register(SECRET, name="secret", label="public")
    assert scanned(TENTHS) == []
    (*files, together) = scanned(TENTHS, everything=True)
    assert len(files) == 10
    assert (together.verdict, len(sets([together]))) == (Verdict.ALLOW, 1)


def test_neither_workers_nor_the_order_of_files_matter(engine: Engine, scanned: Scanned) -> None:
    engine.register(SECRET, name="secret")
    names = list(TENTHS)
    random.Random(1).shuffle(names)
    orders = [list(TENTHS), names]
    found = []
    for order, jobs in [(orders[0], 1), (orders[0], 3), (orders[1], 1), (orders[1], 2)]:
        files = {f"{chr(97 + at)}/x": TENTHS[name] for at, name in enumerate(order)}
        ((_, each),) = sets(scanned(files, jobs=jobs))
        found.append((each.share, each.evidence, each.files, [piece.evidence for piece in each.pieces]))
    assert found == [found[0]] * 4


def test_the_folder_named_is_the_deepest_that_holds_all(engine: Engine, scanned: Scanned) -> None:
    engine.register(SECRET, name="secret")
    files = {f"mail/{'a' if number % 2 else 'b'}/{name}": text for number, (name, text) in enumerate(TENTHS.items())}
    ((together, _),) = sets(scanned({**files, "other/x": prose(3, 50)}))
    assert together.path.endswith("/mail")


def scan_of(engine: Engine, files: dict[str, str], folder: Path) -> Scan:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_text(content)
    pipeline = pipeline_for(Store(engine.store, KEY), default_policy, Limits())
    return Scan(FileSource([str(folder)]), pipeline, jobs=1, limits=Limits())


def test_the_summary_counts_a_set_as_a_finding_and_its_verdict_and_not_as_a_file(
    engine: Engine, tmp_path: Path
) -> None:
    engine.register(SECRET, name="secret", label="internal")
    files = {f"{number}": piece(number, 12) for number in range(80)}
    scan = scan_of(engine, files, tmp_path / "out")
    results = list(scan.results())
    summary = scan.summary()
    assert len(sets(results)) == 1
    passages = sum(isinstance(each, PassageFinding) for result in results for each in result.findings)
    assert (summary.files, summary.complete) == (80, True)
    assert summary.findings > passages
    assert (summary.verdicts[Verdict.WARN], sum(summary.verdicts.values())) == (1, 81)
    assert scan.worst == Verdict.WARN


def test_a_scan_that_is_cut_short_tells_of_no_set(engine: Engine, tmp_path: Path) -> None:
    engine.register(SECRET, name="secret")
    scan = scan_of(engine, TENTHS, tmp_path / "out")
    results: Iterator[Result] = scan.results()
    found = [next(results) for _ in range(9)]
    results.close()  # type: ignore[attr-defined]
    assert sets(found) == []
    assert (scan.summary().complete, scan.summary().findings) == (False, 9)
