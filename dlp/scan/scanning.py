"""One scan: a source's files through the pipeline, and what they come to together."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing

import msgspec

from dlp.limits import Limits
from dlp.model import Coverage, Result, Skipped, Summary, Verdict
from dlp.scan import pool
from dlp.scan.pipeline import Pipeline
from dlp.source.seam import Item, Knowing, Source


class Scan:
    """One scan: results as they come, those of files together at the end, and the summary when they are over."""

    def __init__(
        self,
        source: Source,
        pipeline: Pipeline,
        *,
        jobs: int,
        limits: Limits,
        everything: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """`everything`: give a result for what is allowed and was read whole, too. `progress` is called after each
        file, with the files and bytes done."""
        self._source = source
        self._pipeline = pipeline
        self._jobs = jobs
        self._limits = limits
        self._everything = everything
        self._progress = progress
        self._knowing = source if isinstance(source, Knowing) else None
        self._gathering = pipeline.gathering()
        self._begun = time.monotonic()
        self._files = self._bytes = self._findings = 0
        self._verdicts: dict[str, int] = dict.fromkeys(Verdict, 0)
        self._skipped: dict[str, int] = {}
        self._allowed = 0
        self.listed: set[int] = set()
        """Entries of the baseline that were met, by number."""
        self.worst = Verdict.ALLOW
        self.unread = 0
        """Results whose coverage is not complete."""
        self._complete = False

    def results(self) -> Generator[Result, None, None]:
        """Draws from the source as workers need more. Raises UsageError at once for paths that are not there; what
        it returns raises DlpError.

        Last come the results for sets of files that hold one document together (see `dlp.scan.gathering`): none, if the
        scan is cut short."""
        return self._results(self._source.items())

    def _results(self, items: Iterable[Item | Skipped]) -> Generator[Result, None, None]:
        aside: list[Skipped] = []
        listed = _files(items, aside)
        pipeline = self._pipeline
        running = pool.run(listed, pipeline.handle, jobs=self._jobs, limits=self._limits, readable=pipeline.readable)
        with closing(running) as outcomes:
            for outcome in self._settled(outcomes):
                yield from self._aside(aside)
                self._files += 1
                self._bytes += outcome.item.size
                if not outcome.payload and not self._everything:  # nearly every file: nothing to say of it
                    self._verdicts[Verdict.ALLOW] += 1
                    if self._progress:
                        self._progress(self._files, self._bytes)
                    continue
                result = self._pipeline.outcome(outcome)
                if self._knowing and (result.findings or result.skipped):
                    result = msgspec.structs.replace(result, origin=self._knowing.origin(outcome.item))
                self._count(result)
                self._gathering.add(result)
                if self._progress:
                    self._progress(self._files, self._bytes)
                if self._everything or _says_something(result):
                    yield result
        yield from self._aside(aside)
        for folder, finding in self._gathering.findings():
            together = self._pipeline.result(_named(folder), (finding,), (), read=True)
            self._count(together)
            if self._everything or together.verdict != Verdict.ALLOW:
                yield together
        self._complete = True

    def _settled(self, outcomes: Iterable[pool.Outcome]) -> Iterator[pool.Outcome]:
        """Each; once it was looked at, its source hears of it."""
        for outcome in outcomes:
            yield outcome
            if self._knowing:
                self._knowing.done(outcome.item)

    def _aside(self, aside: list[Skipped]) -> Iterator[Result]:
        """Results for what was found but is no file to read."""
        for skipped in aside:
            result = self._pipeline.result(_named(skipped.provenance[0]), (), (skipped,), read=False)
            self._count(result)
            yield result
        aside.clear()

    def _count(self, result: Result) -> None:
        self._verdicts[result.verdict] += 1
        self._findings += len(result.findings)
        self._allowed += result.allowed
        self.listed.update(result.listed)
        for skipped in result.skipped:
            self._skipped[skipped.reason] = self._skipped.get(skipped.reason, 0) + 1
        if result.verdict.rank > self.worst.rank:
            self.worst = result.verdict
        self.unread += result.coverage != Coverage.COMPLETE

    def summary(self) -> Summary:
        """What was counted so far. It is complete once `results` has given its last.

        A set of files is none of `files`; its finding is one of `findings`, and its verdict one of `verdicts`, which
        count results: also of what was no file to read."""
        seconds = time.monotonic() - self._begun
        return Summary(
            self._files,
            self._bytes,
            seconds,
            self._findings,
            dict(self._verdicts),
            dict(self._skipped),
            self._complete,
            self._allowed,
        )


def _named(name: str) -> Item:
    """What is no file to read, but has a name."""
    return Item(b"", name, name, 0)


def _says_something(result: Result) -> bool:
    return result.verdict != Verdict.ALLOW or result.coverage != Coverage.COMPLETE or bool(result.suppressed)


def _files(items: Iterable[Item | Skipped], aside: list[Skipped]) -> Iterator[Item]:
    for item in items:
        if isinstance(item, Skipped):
            aside.append(item)
        else:
            yield item
