"""The scan behind `dlp baseline`: the options that say what is looked at, and what came of it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import click
import msgspec

from dlp.cli.assembling import comments_of, judge_of, matcher_of
from dlp.cli.options import (
    Bounds,
    Selection,
    jobs_option,
    limit_options,
    open_registry,
    processors,
    rule_options,
    source_options,
    store_options,
)
from dlp.cli.progress import Progress
from dlp.cli.repository import InGit, git_options
from dlp.errors import UsageError
from dlp.match.allowing import COMMENTS
from dlp.match.baseline.entries import Baseline
from dlp.model import PatternFinding, Result, Verdict
from dlp.rule.packs import Selection as RuleSelection
from dlp.scan.patterns import Patterns
from dlp.scan.pipeline import pipeline_for
from dlp.scan.scanning import Scan
from dlp.source.seam import Source


class Examined(msgspec.Struct, frozen=True):
    """`results`: those at or above the verdict that counts. `listed`: entries that were met. `personal`: rules that
    found personal data."""

    results: Sequence[Result]
    listed: frozenset[int]
    unread: int
    personal: frozenset[str]


class Extent(msgspec.Struct, frozen=True):
    """What is looked at, and for what, as `extent_options` asks for it: as `dlp scan` has it."""

    paths: tuple[str, ...]
    selection: Selection
    in_git: InGit
    rules: RuleSelection
    bounds: Bounds
    no_rules: bool
    policy: str | None
    fail_on: str
    allow_comments: tuple[str, ...]
    store: str | None
    key_file: str | None
    jobs: int | None

    def examine(self, baseline: Baseline) -> Examined:
        """Scans. Raises DlpError."""
        limits = self.bounds.limits(self.selection.max_file_size)
        judge = judge_of(self.policy)
        folder, registry, key = open_registry(self.store, self.key_file)
        matcher = None
        if not self.no_rules:
            asked = Patterns(self.rules, comments_of(self.allow_comments, in_git=self.in_git.wanted))
            matcher = matcher_of(asked, key, baseline.digests)
        pipeline = pipeline_for(registry, judge.policy, limits, patterns=matcher, baseline=baseline)
        if self.in_git.wanted:
            sourced: AbstractContextManager[Source] = self.in_git.source(self.paths, self.selection)
        else:
            if not self.paths:
                raise UsageError("name files and folders to scan, or a repository by --git-history")
            sourced = nullcontext(self.selection.files(self.paths, folder))
        least = Verdict(self.fail_on).rank
        kept: list[Result] = []
        personal: set[str] = set()
        with sourced as source, Progress("scanning", wanted=True) as progress:
            jobs = self.jobs or processors()
            running = Scan(source, pipeline, jobs=jobs, limits=limits, progress=progress.update)
            for result in running.results():
                if result.verdict.rank >= least and result.findings:
                    kept.append(result)
                    personal.update(_personal(result))
        return Examined(kept, frozenset(running.listed), running.unread, frozenset(personal))


def _personal(result: Result) -> set[str]:
    return {each.rule for each in result.findings if isinstance(each, PatternFinding) and "personal" in each.tags}


def extent_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The paths, and the options of an Extent, which the command gets as `extent`."""

    @functools.wraps(command)
    def wrapper(**given: Any) -> Any:
        return command(extent=Extent(*map(given.pop, Extent.__struct_fields__)), **given)

    packed: Callable[..., Any] = wrapper
    packed = click.option("--no-rules", is_flag=True, help="Look for what is registered only.")(packed)
    packed = click.option("--policy", metavar="FILE", help="Judge by this policy instead of the built-in one.")(packed)
    packed = click.option(
        "--fail-on", type=click.Choice([each.value for each in Verdict if each != Verdict.ALLOW]), default="warn",
        show_default=True, help="Findings of files with this verdict or a stricter one.",
    )(packed)  # fmt: skip
    packed = click.option(
        "--allow-comments", type=click.Choice([*COMMENTS, "none"]), multiple=True,
        help="Whose comments allow what is on a line.  [dlp; none in a repository]",
    )(packed)  # fmt: skip
    for options in (rule_options, source_options, git_options, limit_options, store_options, jobs_option):
        packed = options(packed)
    return click.argument("paths", nargs=-1, metavar="PATH…")(packed)
