"""`dlp scan`: files, folders and standard input against what is registered."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

import click
import msgspec

from dlp.cli.assembling import comments_of, judge_of, matcher_of
from dlp.cli.explaining import explained
from dlp.cli.options import (
    Bounds,
    Selection,
    colour_wanted,
    is_terminal,
    jobs_option,
    limit_options,
    open_registry,
    processors,
    rule_options,
    say,
    source_options,
    store_options,
)
from dlp.cli.output import OutputFile
from dlp.cli.progress import Progress
from dlp.cli.recording import ScanRecording, act_option, recording_for, recording_options
from dlp.cli.repository import InGit, git_options
from dlp.errors import UsageError
from dlp.limits import Limits
from dlp.match.allowing import COMMENTS
from dlp.match.pattern import PatternMatcher
from dlp.model import Result, Verdict
from dlp.report import FORMATS, reporter
from dlp.report.excerpt import REDACTED
from dlp.report.seam import Reporter, Style, Verbosity
from dlp.rule.packs import Selection as RuleSelection
from dlp.scan.patterns import Patterns
from dlp.scan.pipeline import pipeline_for
from dlp.scan.scanning import Scan
from dlp.source.seam import Source
from dlp.source.stdin import StdinSource

if TYPE_CHECKING:
    from dlp.match.baseline.entries import Baseline
    from dlp.match.seam import Matcher


@click.command()
@click.argument("paths", nargs=-1, metavar="PATH…")
@click.option("-f", "--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True,
              help="How results are written.")  # fmt: skip
@click.option("-o", "--output", metavar="FILE", help="Write results to FILE instead of standard output.")
@click.option("--fail-on", type=click.Choice([each.value for each in Verdict if each != Verdict.ALLOW]), default="warn",
              show_default=True, help="Exit with 1 at this verdict or a stricter one.")  # fmt: skip
@click.option("--fail-on-skipped", is_flag=True, help="Exit with 3 if anything was not read whole; with findings: 1.")
@click.option("--all", "everything", is_flag=True, help="List files that are allowed and were read whole, too.")
@click.option("--policy", "policy_file", metavar="FILE", help="Judge by this policy instead of the built-in one.")
@click.option("--explain", is_flag=True, help="Tell what would have matched, and why it does not count; takes longer.")
@click.option("--no-rules", is_flag=True, help="Look for what is registered only, not for what rules describe.")
@rule_options
@click.option("--allow-comments", type=click.Choice([*COMMENTS, "none"]), multiple=True,
              help="Whose comments allow what is on a line (dlp:allow, …).  [dlp; none in a repository]")  # fmt: skip
@click.option("--baseline", "baseline_file", metavar="FILE",
              help="What this file lists is known, and does not count (dlp baseline).")  # fmt: skip
@click.option("--screen", "screen_file", metavar="FILE",
              help="Look for registered text by this screen  [key: $DLP_SCREEN_KEY, FILE.key]")  # fmt: skip
@click.option("--redact", type=click.IntRange(0, 100), is_flag=False, flag_value=100, default=None, metavar="PERCENT",
              help="Percent of a matched value to hide; 100 without a number.  [85]")  # fmt: skip
@click.option("--show-secrets", is_flag=True, help="Show matched values in plain text, in every output.")
@click.option("--show-passages", is_flag=True, help="Both sides of passages in plain text (--format html).")
@source_options
@git_options
@limit_options
@store_options
@act_option
@recording_options
@jobs_option
@click.option("--timeout", type=click.FloatRange(min=0.1), metavar="SECONDS",
              help="Time for one file, besides what its size allows.  [120]")  # fmt: skip
@click.option(
    "--ocr", is_flag=True, help="Read the text in pictures, some seconds each, 20 of a file (needs dlp[ocr])."
)
@click.option("--no-progress", is_flag=True, help="No progress line on the terminal.")
@click.option("-v", "--verbose", is_flag=True, help="Every passage, with what else is known of it.")
@click.option("-q", "--quiet", is_flag=True, help="A line a file, and no summary.")
def scan(
    paths: tuple[str, ...],
    form: str,
    output: str | None,
    fail_on: str,
    fail_on_skipped: bool,
    everything: bool,
    policy_file: str | None,
    explain: bool,
    no_rules: bool,
    rules: RuleSelection,
    allow_comments: tuple[str, ...],
    baseline_file: str | None,
    screen_file: str | None,
    redact: int | None,
    show_secrets: bool,
    show_passages: bool,
    selection: Selection,
    in_git: InGit,
    bounds: Bounds,
    store: str | None,
    key_file: str | None,
    incidents: str | None,
    no_record: bool,
    act: bool,
    jobs: int | None,
    timeout: float | None,
    ocr: bool,
    no_progress: bool,
    verbose: bool,
    quiet: bool,
) -> int:
    """Look in files, folders, or standard input (-) for passages of registered documents, and for what rules describe:
    secrets, personal data, markings.

    Results are written as they come. Files that are allowed and were read whole are left out unless --all is given.

    --explain tells of passages that do not count, or for little, since they stand in background documents or in more
    than ten registered ones, or are what everybody writes; files that have nothing else are listed, too. No verdict
    changes.
    """
    limits = bounds.limits(selection.max_file_size, timeout)
    if ocr:
        limits = _with_ocr(limits, timeout)
    if show_passages and form != "html":
        raise UsageError("--show-passages is for --format html; other formats mask them. One by one: dlp show PATH#ID")
    target = OutputFile(output, paths) if output else None
    judge = judge_of(policy_file)  # before anything is scanned
    baseline = _baseline(baseline_file, key_file) if baseline_file is not None else None
    folder, registry, key = open_registry(store, key_file)
    if registry and not registry.documents:
        say("nothing is registered in this store; register documents with: dlp register")
    matcher: PatternMatcher | None = None
    if not no_rules:
        if show_secrets and redact is not None:
            raise UsageError("--show-secrets hides nothing, --redact hides a part: give one of the two")
        hidden = 0 if show_secrets else REDACTED if redact is None else redact
        asked = Patterns(rules, comments_of(allow_comments, in_git=in_git.wanted), hidden)
        matcher = matcher_of(asked, key, baseline.digests if baseline else None)
    pipeline = pipeline_for(
        registry,
        judge.policy,
        limits,
        patterns=matcher,
        explain=explain,
        judges_all=judge.judges_all,
        quotes=show_passages,
        baseline=baseline,
        more=[_screen(screen_file)] if screen_file is not None else [],
    )
    masked = not show_secrets and redact in (None, 100)
    acts_on = paths if act else None
    recording = recording_for(incidents, no_record, judge, registry, masked=masked, acts_on=acts_on)
    if recording:
        pipeline = pipeline.with_excerpts(recording.excerpts(registry, limits))
    if verbose:
        _say_what_is_missing()
    if in_git.wanted:
        sourced: AbstractContextManager[Source] = in_git.source(paths, selection)
    else:
        ours = [folder, *([recording.folder] if recording else ())]
        sourced = nullcontext(_source(paths, selection, ours, target))
    with sourced as source, Progress("scanning", wanted=not no_progress) as progress:
        running = Scan(
            source,
            pipeline,
            jobs=jobs or processors(),
            limits=limits,
            everything=everything,
            progress=progress.update,
        )
        results = running.results()  # what is wrong with the paths is said before anything is written
        with target.opened() if target else nullcontext(sys.stdout.buffer) as stream:
            report = reporter(form, stream, _style(stream, verbose, quiet, rules))
            _run(running, results, report, progress, recording)
    if recording:
        recording.end()
    done = running.summary()
    if baseline and baseline_file and not in_git.partly:
        from dlp.cli.baseline import say_stale

        say_stale(baseline_file, baseline, running.listed)
    if not done.files and not done.skipped:
        say("no files to scan")
    if Verdict(fail_on).rank <= running.worst.rank:
        return 1
    return 3 if fail_on_skipped and running.unread else 0


def _source(paths: Sequence[str], selection: Selection, ours: Sequence[str], target: OutputFile | None) -> Source:
    """Of files, folders or standard input. Raises UsageError."""
    if not paths:
        raise UsageError("name files and folders to scan, - for standard input, or a repository by --git-history")
    if "-" in paths:
        if len(paths) > 1:
            raise UsageError("standard input (-) is scanned alone, not together with other paths")
        if sys.stdin is None:
            raise UsageError("standard input (-) is closed")
        return StdinSource(sys.stdin.buffer, max_file_size=selection.max_file_size)
    source = selection.files(paths, *ours)
    return target.left_out(source) if target else source


def _run(
    running: Scan, results: Generator[Result], report: Reporter, progress: Progress, recording: ScanRecording | None
) -> None:
    """Reports results until there are no more; a scan that is cut short still ends its report whole."""
    try:
        report.begin()
        for result in results:
            progress.clear()
            report.result(recording.add(result) if recording else result)
    finally:
        results.close()
        if recording:
            recording.flush()
        progress.clear()
        report.end(running.summary())


def _say_what_is_missing() -> None:
    from dlp.scan.confining import held_here

    held = held_here()
    if not (held.landlock and held.seccomp):
        say(f"readers of files are confined by {held}")


def _baseline(path: str, key_file: str | None) -> Baseline:
    from dlp.cli.baseline import baseline_for

    return baseline_for(path, key_file)


def _screen(path: str) -> Matcher:
    from dlp.match.screen import ScreenMatcher
    from dlp.registry.screen import load_screen
    from dlp.report.excerpt import mask

    return ScreenMatcher(load_screen(path, os.environ), mask)


def _columns() -> int:
    import shutil  # with its compressions 2 ms, which only a terminal costs

    return shutil.get_terminal_size().columns


def _style(stream: BinaryIO, verbose: bool, quiet: bool, rules: RuleSelection) -> Style:
    terminal = stream is sys.stdout.buffer and is_terminal(sys.stdout)
    return Style(
        verbosity=Verbosity.VERBOSE if verbose else Verbosity.QUIET if quiet else Verbosity.NORMAL,
        colour=colour_wanted(terminal),
        width=_columns() if terminal else None,
        ascii=terminal and (sys.stdout.encoding or "").lower().replace("-", "") not in ("utf8", "utf16"),
        about=partial(explained, rules),
    )


def _with_ocr(limits: Limits, timeout: float | None) -> Limits:
    """`limits` with room for the time and memory that it takes. Raises UsageError."""
    from dlp.extract.media.ocr import MEMORY, PICTURES, SECONDS, is_installed

    if not is_installed():
        raise UsageError("--ocr needs the extra dlp[ocr]: pip install 'dlp-engine[ocr]'")
    seconds = timeout or limits.seconds + SECONDS * PICTURES
    return msgspec.structs.replace(limits, ocr_pictures=PICTURES, seconds=seconds, memory=MEMORY)
