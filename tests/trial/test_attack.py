"""The trial: which document it is about, what is counted, and what becomes of the files."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from dlp import create_store, open_store, register_paths
from dlp.errors import UsageError
from dlp.limits import Limits
from dlp.model import Verdict
from dlp.policy.policy import default_policy
from dlp.scan.pipeline import Pipeline, pipeline_for
from dlp.trial import document
from dlp.trial.attack import attack
from dlp.trial.document import Subject, subject
from dlp.trial.matrix import Matrix, NotPossible, Row
from dlp.trial.mutants import FEWEST, MUTANTS, Files, Mutant, as_text
from dlp.trial.words import prose

KEY, LIMITS = bytes(32), Limits()
SECRET, OTHER, TEMPLATE = (prose(320, Random(name)) for name in ("secret", "other", "template"))
UNCHANGED = MUTANTS[0]


class Place:
    """A store with SECRET and OTHER, the background TEMPLATE and a file without text; and the files they came from."""

    def __init__(self, folder: Path) -> None:
        self.files = folder / "files"
        self.files.mkdir()
        self.store = folder / "store"
        create_store(self.store, KEY)
        for name, content in (("secret", SECRET), ("other", OTHER), ("template", TEMPLATE)):
            (self.files / f"{name}.txt").write_text(content)
        (self.files / "shape.bin").write_bytes(bytes(Random(0).randbytes(4_000)))
        names = ("secret.txt", "other.txt", "shape.bin")
        register_paths(self.store, KEY, [self.files / name for name in names], label="trade-secret")
        register_paths(self.store, KEY, [self.files / "template.txt"], label="", background=True)
        self.opened = open_store(self.store, KEY)
        self.pipeline: Pipeline = pipeline_for(self.opened, default_policy, LIMITS)

    def subject(self, name: str) -> Subject:
        return subject(str(self.files / name), self.opened, self.pipeline, LIMITS)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("place"))


@pytest.fixture(scope="module")
def secret(place: Place) -> Subject:
    return place.subject("secret.txt")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders go."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return tmp_path / "temporary"


def mutant(make: Callable[[str, Random], Files], variant: str = "variant", **more: Any) -> Mutant:
    return Mutant("family", variant, make, **more)


def run(place: Place, about: Subject, *mutants: Mutant, **more: Any) -> Matrix:
    given = {"seed": 0, "repeat": 1, "fail_on": Verdict.WARN, "keep": None, "jobs": 1, "limits": LIMITS} | more
    return attack(about, place.pipeline, mutants=mutants, **given)


def test_every_mutant_has_a_row_and_disguises_change_nothing(place: Place, secret: Subject, temporary: Path) -> None:
    matrix = run(place, secret, *MUTANTS, jobs=2)
    rows = {(row.family, row.variant): row for row in matrix.mutants}
    assert list(rows) == [(each.family, each.variant) for each in MUTANTS]
    control = rows["unchanged text", ""]
    assert (control.tries, control.found, control.flagged) == (1, 1, 1)
    assert (control.verdicts, control.confidence) == ({"block": 1}, {"high": 1})
    for family in ("soft hyphens", "full-width", "letter-spacing", "combining marks"):
        assert 1_000 < control.lowest_evidence - 26 <= rows[family, ""].lowest_evidence <= control.lowest_evidence
    assert rows["excerpt of 50 words", "in a carrier of 50,000"].found == 1
    assert matrix.not_possible == ()
    assert (matrix.document.name, matrix.document.words) == ("secret.txt", 320)


def test_the_same_seed_gives_the_same_matrix(place: Place, secret: Subject, temporary: Path) -> None:
    some = [each for each in MUTANTS if "words" in each.family and "50,000" not in each.variant]
    first, again = (run(place, secret, *some, repeat=2, jobs=jobs) for jobs in (1, 2))
    assert first == again
    assert run(place, secret, *some, repeat=2, seed=1).mutants != first.mutants


def test_what_is_of_other_documents_is_not_found_and_yet_flagged(
    place: Place, secret: Subject, temporary: Path
) -> None:
    (row,) = run(place, secret, mutant(as_text(lambda text, chance: OTHER))).mutants
    assert row == Row("family", "variant", 1, 0, 1, {"block": 1}, {}, 0, 0)
    (row,) = run(place, secret, mutant(as_text(lambda text, chance: prose(50, chance)))).mutants
    assert row == Row("family", "variant", 1, 0, 0, {"allow": 1}, {}, 0, 0)


def test_tries_are_counted_apart_and_of_a_try_s_files_the_worst_counts(
    place: Place, secret: Subject, temporary: Path
) -> None:
    def now_and_then(text: str, chance: Random) -> str:
        return text if chance.random() < 0.5 else "nothing at all"

    sometimes = mutant(as_text(now_and_then))
    files = mutant(
        lambda text, _: {"a": b"nothing", "b": text.encode(), "c": text[:200].encode()}, "many", together=True
    )
    row, together = run(place, secret, sometimes, files, repeat=8).mutants
    assert row.tries == 8
    assert 0 < row.found == row.flagged < 8
    assert row.verdicts == {"block": row.found, "allow": 8 - row.found}
    assert row.confidence == {"high": row.found}
    assert row.lowest_evidence == 0
    assert together.tries == together.found == 8
    assert together.lowest_evidence > 1_000


def test_flagged_begins_at_the_verdict_given(place: Place, secret: Subject, temporary: Path) -> None:
    excerpt = mutant(as_text(lambda text, _: " ".join(text.split()[:20])))
    counts = {each: run(place, secret, excerpt, fail_on=each).mutants[0].flagged for each in Verdict}
    assert list(counts.values()) == sorted(counts.values(), reverse=True)
    assert (counts[Verdict.WARN], counts[Verdict.BLOCK]) == (1, 0)


def test_what_a_short_text_does_not_allow_is_said(place: Place, secret: Subject, temporary: Path) -> None:
    short = Subject(secret.document, "word " * FEWEST, FEWEST)
    matrix = run(place, short, UNCHANGED, *MUTANTS[-3:])
    assert [row.family for row in matrix.mutants] == ["unchanged text"]
    assert matrix.not_possible == tuple(NotPossible(each.family, each.variant, 300) for each in MUTANTS[-3:])
    with pytest.raises(UsageError, match="has 19 words of text; a trial takes at least 20"):
        run(place, Subject(secret.document, "word " * 19, 19), UNCHANGED)


def test_files_are_private_and_gone_once_scanned(place: Place, secret: Subject, temporary: Path) -> None:
    seen: list[int] = []
    most = 0

    def look(files: int, size: int) -> None:
        nonlocal most
        seen.append(files)
        if files % 30 != 1:
            return
        there = list(temporary.rglob("*"))
        assert there
        assert {stat.S_IMODE(each.stat().st_mode) for each in there if each.is_dir()} == {0o700}
        assert {stat.S_IMODE(each.stat().st_mode) for each in there if each.is_file()} <= {0o600}
        most = max(most, sum(each.is_file() for each in there))

    split = mutant(lambda text, _: {"a": b"a", "b": b"b"}, "split", random=False, together=True)
    run(place, secret, mutant(as_text(lambda text, _: text)), split, repeat=300, progress=look)
    assert seen == list(range(1, 303))
    assert 0 < most < 200
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, OSError, ZeroDivisionError])
def test_nothing_is_left_behind_however_it_ends(
    place: Place, secret: Subject, temporary: Path, error: type[BaseException]
) -> None:
    def fail(text: str, _: Random) -> str:
        assert list(temporary.iterdir())
        raise error

    with pytest.raises(error):
        run(place, secret, UNCHANGED, mutant(as_text(fail)))
    assert list(temporary.iterdir()) == []


def test_mutants_are_kept_where_it_is_asked_for(place: Place, secret: Subject, tmp_path: Path) -> None:
    kept = tmp_path / "new" / "kept"
    run(place, secret, UNCHANGED, MUTANTS[-3], keep=str(kept))
    assert (kept / "unchanged-text/0/text.txt").read_text() == SECRET
    parts = sorted(kept.glob("split-over-10-files-a-tenth-each/0/*"), key=lambda each: int(each.stem[5:]))
    assert "".join(part.read_text() for part in parts) == SECRET
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert stat.S_IMODE(parts[0].stat().st_mode) == 0o600
    before = sorted(kept.rglob("*"))
    with pytest.raises(UsageError, match="kept is not empty"):
        run(place, secret, UNCHANGED, keep=str(kept))
    with pytest.raises(UsageError, match=r"cannot keep mutants in .*: File exists"):
        run(place, secret, UNCHANGED, keep=str(parts[0]))
    assert sorted(kept.rglob("*")) == before


def test_a_document_is_known_by_its_content_or_by_its_text(place: Place, secret: Subject) -> None:
    assert secret.text == SECRET
    assert secret.document.name == "secret.txt"
    (place.files / "wide.txt").write_text(SECRET.upper(), "utf-16")
    (place.files / "most.txt").write_text(prose(100, Random(9)) + SECRET)
    for name in ("wide.txt", "most.txt"):
        assert place.subject(name).document == secret.document


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("new.txt", r"new.txt is not registered in this store; register it first, with: dlp register --label LABEL"),
        ("excerpt.txt", r"excerpt.txt is not registered"),
        ("template.txt", r"template.txt is registered as background only"),
        ("shape.bin", r"shape.bin has no text that can be read: unsupported"),
        ("empty.txt", r"empty.txt has no text"),
        ("", r"is a folder; name one document"),
        ("gone.txt", r"no such file or directory: .*gone.txt"),
        ("pipe", r"pipe cannot be read: special-file"),
        ("../store/catalogue.sqlite", r"cannot be read: store, this is the registry itself"),
    ],
)
def test_what_is_no_document_of_the_store_is_refused_with_the_reason(place: Place, name: str, said: str) -> None:
    (place.files / "new.txt").write_text(prose(300, Random("new")))
    (place.files / "excerpt.txt").write_text(prose(300, Random("new")) + SECRET[:1_000])
    (place.files / "empty.txt").touch()
    if not (place.files / "pipe").exists():
        os.mkfifo(place.files / "pipe")
    with pytest.raises(UsageError, match=said):
        place.subject(name)


def test_too_much_text_is_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MAX_TEXT", 100)
    with pytest.raises(UsageError, match="has more than 100 bytes of text; try a part of it"):
        place.subject("secret.txt")
