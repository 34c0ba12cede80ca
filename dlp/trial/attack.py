"""A trial: mutants of a document are written, scanned as any file is, and what was found is counted.

The files hold the document's text: their folders are of mode 0700, and a file is gone once it is scanned.
"""

from __future__ import annotations

import os
import re
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from random import Random

from dlp.errors import UsageError
from dlp.limits import Limits
from dlp.model import Level, PassageFinding, Result, SetFinding, Verdict
from dlp.report.escape import visible
from dlp.scan.pipeline import Pipeline
from dlp.scan.scanning import Scan
from dlp.source.seam import Item
from dlp.trial.document import Subject
from dlp.trial.folder import temporary
from dlp.trial.matrix import Matrix, NotPossible, Row, Target
from dlp.trial.mutants import MUTANTS, Mutant


class _Try:
    """One mutant made once, and what was found in its files."""

    def __init__(self, mutant: Mutant, number: int, folder: str) -> None:
        self.mutant, self.number = mutant, number
        self.verdict = Verdict.ALLOW
        self.found: list[PassageFinding] = []
        self.name = f"{_plain(f'{mutant.family} {mutant.variant}')}/{number}"
        self.folder = os.path.join(folder, self.name)

    def write(self, text: str, seed: int) -> Iterator[Item]:
        """Its files, one at a time."""
        chance = Random(f"{seed}|{self.mutant.family}|{self.mutant.variant}|{self.number}")
        os.makedirs(os.path.dirname(self.folder), mode=0o700, exist_ok=True)
        os.mkdir(self.folder, mode=0o700)
        for name, content in self.mutant.make(text, chance).items():
            path = os.path.join(self.folder, name)
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
                file.write(content)
            yield Item(os.fsencode(path), f"{self.name}/{name}", name, len(content))

    def take(self, result: Result, document: str) -> None:
        """Counts a result; `document`: the id of the one that is looked for."""
        self.verdict = max(self.verdict, result.verdict, key=lambda each: each.rank)
        self.found += [
            each
            for each in result.findings
            if isinstance(each, PassageFinding)
            and document in (each.document.id, *(other.document.id for other in each.also))
        ]


class _Files:
    """The source of the files of some tries, made when they are drawn."""

    def __init__(self, tries: Sequence[_Try], text: str, seed: int) -> None:
        self._tries, self._text, self._seed = tries, text, seed
        self.tries: dict[str, tuple[_Try, bytes]] = {}
        """The try that a file belongs to, and the file's path, by its name."""

    def items(self) -> Iterator[Item]:
        for each in self._tries:
            for item in each.write(self._text, self._seed):
                self.tries[item.name] = each, item.path
                yield item


def attack(
    subject: Subject,
    pipeline: Pipeline,
    *,
    seed: int,
    repeat: int,
    fail_on: Verdict,
    keep: str | None,
    jobs: int,
    limits: Limits,
    mutants: Sequence[Mutant] = MUTANTS,
    progress: Callable[[int, int], None] | None = None,
) -> Matrix:
    """The detection matrix of a document. The same for the same arguments and engine. Forks worker processes.

    seed: of all chance.
    repeat: tries of each mutant that chance has a say in; the others are made once.
    keep: a new or empty folder that the files are kept in; None: a temporary one, which is gone afterwards, however
        the trial ends.
    progress: called after each file, with the files and bytes done.

    Raises UsageError: the text is too short for any mutant, or `keep` is not such a folder; OSError: files cannot be
    written.
    """
    possible = [each for each in mutants if subject.words >= each.least]
    if not possible:
        least = min(each.least for each in mutants)
        raise UsageError(f"the document has {subject.words:,} words of text; a trial takes at least {least:,}")
    with _place(keep) as folder:
        tries = [_Try(each, number, folder) for each in possible for number in range(repeat if each.random else 1)]
        counted = _Counted(progress)
        for group in _groups(tries):
            source = _Files(group, subject.text, seed)
            scan = Scan(source, pipeline, jobs=jobs, limits=limits, everything=True, progress=counted.update)
            with closing(scan.results()) as results:
                for result in results:
                    if any(isinstance(each, SetFinding) for each in result.findings):
                        if len(group) == 1:  # else it is of files of several tries
                            group[0].take(result, subject.document.id)
                        continue
                    one, path = source.tries[result.path]
                    one.take(result, subject.document.id)
                    if keep is None:
                        os.unlink(path)
            counted.next()
    document = subject.document
    return Matrix(
        version=1,
        document=Target(document.id, document.name, document.label, subject.words),
        seed=seed,
        repeat=repeat,
        fail_on=fail_on.value,
        mutants=tuple(_row(each, [one for one in tries if one.mutant is each], fail_on) for each in possible),
        not_possible=tuple(
            NotPossible(each.family, each.variant, each.least) for each in mutants if each not in possible
        ),
    )


class _Counted:
    """Progress over several scans."""

    def __init__(self, progress: Callable[[int, int], None] | None) -> None:
        self._progress = progress
        self._before = self._now = (0, 0)

    def update(self, files: int, size: int) -> None:
        self._now = (self._before[0] + files, self._before[1] + size)
        if self._progress:
            self._progress(*self._now)

    def next(self) -> None:
        self._before = self._now


def _groups(tries: Sequence[_Try]) -> Iterator[list[_Try]]:
    """What is scanned in one go: files that leave together by themselves, and all others."""
    yield [each for each in tries if not each.mutant.together]
    yield from ([each] for each in tries if each.mutant.together)


def _row(mutant: Mutant, tries: Sequence[_Try], fail_on: Verdict) -> Row:
    evidence = [max((each.evidence for each in one.found), default=0) for one in tries]
    sure = [max((each.confidence for each in one.found), key=lambda each: each.rank) for one in tries if one.found]
    return Row(
        family=mutant.family,
        variant=mutant.variant,
        tries=len(tries),
        found=sum(bool(one.found) for one in tries),
        flagged=sum(one.verdict.rank >= fail_on.rank for one in tries),
        verdicts=_counts(Verdict, [one.verdict for one in tries]),
        confidence=_counts(Level, sure),
        lowest_evidence=min(evidence),
        median_evidence=round(statistics.median(evidence)),
    )


def _counts(kinds: type[Verdict] | type[Level], given: Sequence[str]) -> dict[str, int]:
    """Strictest or highest first."""
    return {each.value: given.count(each) for each in reversed(tuple(kinds)) if each in given}


@contextmanager
def _place(keep: str | None) -> Iterator[str]:
    """The folder for the files."""
    if keep is not None:
        try:
            os.makedirs(keep, mode=0o700, exist_ok=True)
            if os.listdir(keep):
                raise UsageError(f"{visible(keep)} is not empty; name a new folder for the mutants")
        except OSError as error:
            raise UsageError(f"cannot keep mutants in {visible(keep)}: {error.strerror}") from None
        yield keep
        return
    with temporary("attack") as folder:
        yield folder


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
