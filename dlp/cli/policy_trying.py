"""`dlp policy explain` and `dlp policy test`: a policy, tried on files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

import click

from dlp.cli.assembling import judge_of, matcher_of
from dlp.cli.options import open_registry, rule_options, say, store_options
from dlp.errors import ConfigError, UsageError
from dlp.limits import Limits
from dlp.match.seam import Matcher
from dlp.model import Decision, Result, SetFinding, Subject, Verdict
from dlp.policy import cases
from dlp.policy.cases import Case
from dlp.policy.explaining import Asked
from dlp.policy.explaining import explain as explained
from dlp.policy.policy import Policy
from dlp.report.escape import visible
from dlp.report.figures import counted
from dlp.rule.packs import Selection as RuleSelection
from dlp.scan.patterns import Patterns
from dlp.scan.pipeline import Pipeline, pipeline_for
from dlp.scan.scanning import Scan
from dlp.source.files import FileSource
from dlp.source.seam import Item, Source
from dlp.trial.folder import temporary
from dlp.whole_files import read_whole

LISTED = 3
"""Matters named that a rule applies to."""


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILE…")
@click.option("--policy", "policy_file", metavar="POLICY", help="Explain this policy instead of the built-in one.")
@click.option("--no-rules", is_flag=True, help="Look for what is registered only, not for what rules describe.")
@click.option("-q", "--quiet", is_flag=True, help="Only what applies.")
@rule_options
@store_options
def explain(
    paths: tuple[str, ...],
    policy_file: str | None,
    no_rules: bool,
    quiet: bool,
    rules: RuleSelection,
    store: str | None,
    key_file: str | None,
) -> int:
    """Scan FILE, and tell of each rule of the policy whether it applies, to what, or at what it fails."""
    judge = judge_of(policy_file).policy()
    limits = Limits()
    pipeline, folder = _pipeline(judge, store, key_file, None if no_rules else rules, limits)
    told = 0
    for result in _scanned(FileSource(paths, avoid=[folder]), pipeline, limits):
        told += 1
        for line in _explained(judge, result, quiet):
            click.echo(visible(line))
    if not told:
        say("no files to scan")
    return 0


@click.command()
@click.argument("file", metavar="CASES")
@click.option("--policy", "policy_file", metavar="POLICY", help="Test this policy instead of the built-in one.")
@click.option("-q", "--quiet", is_flag=True, help="Only what is not as it should be.")
@rule_options
@store_options
def test(
    file: str, policy_file: str | None, quiet: bool, rules: RuleSelection, store: str | None, key_file: str | None
) -> int:
    """Try the policy on examples of your own: texts, files, or findings as a scan would give them, each with the
    verdict that it must get (rules/README.md has their fields). Exits with 1 if one gets another."""
    judge = judge_of(policy_file).policy()
    listed = cases.load(read_whole(file, cases.MAX_SIZE), file)
    _check_names(judge, listed, file)
    made: list[tuple[Pipeline, Limits]] = []

    def pipeline() -> tuple[Pipeline, Limits]:
        if not made:
            limits = Limits()
            made.append((_pipeline(judge, store, key_file, rules, limits)[0], limits))
        return made[0]

    missed = 0
    for case in listed:
        wrong = cases.misses(case, _decision(judge, case, os.path.dirname(file), pipeline))
        missed += bool(wrong)
        for each in wrong:
            click.echo(visible(f"missed  {case.name}: {each}"))
        if not (wrong or quiet):
            click.echo(visible(f"as it should be  {case.name}: {case.expect}"))
    say(f"{counted(len(listed), 'case')}, {missed:,} missed")
    return 1 if missed else 0


def _check_names(judge: Policy, listed: Sequence[Case], file: str) -> None:
    rules, exceptions = {each.name for each in judge.rules}, {each.name for each in judge.exceptions}
    for case in listed:
        for what, names, there in (("rule", case.rules, rules), ("exception", case.exceptions, exceptions)):
            for name in names:
                if name not in there:
                    raise ConfigError(f"{file}: case {case.name!r}: the policy has no {what} {name!r}")


def _decision(judge: Policy, case: Case, folder: str, pipeline: Callable[[], tuple[Pipeline, Limits]]) -> Decision:
    if not case.scanned:
        return cases.decide(judge, case, Subject(""), (), ())
    if case.file is not None:
        result = _one(os.path.join(folder, case.file), case.about.path or case.file, *pipeline())
    else:
        with temporary("policy") as place:
            path = os.path.join(place, "text")
            with open(path, "xb") as stream:
                stream.write((case.text or "").encode())
            result = _one(path, case.about.path or f"{case.name}.txt", *pipeline())
    found = Subject(result.path, result.file, result.origin, result.coverage)
    return cases.decide(judge, case, found, result.findings, result.skipped)


def _one(path: str, name: str, pipeline: Pipeline, limits: Limits) -> Result:
    """What a scan finds in one file, which goes by `name`."""
    try:
        size = os.stat(path).st_size
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    return next(iter(_scanned(_Single(Item(os.fsencode(path), name, name, size)), pipeline, limits)))


class _Single:
    """A source of one file."""

    def __init__(self, item: Item) -> None:
        self._item = item

    def items(self) -> Iterator[Item]:
        yield self._item


def _pipeline(
    judge: Policy, store: str | None, key_file: str | None, rules: RuleSelection | None, limits: Limits
) -> tuple[Pipeline, str]:
    """The pipeline, and the folder of the store, which no scan looks into."""
    folder, registry, key = open_registry(store, key_file)
    matcher: Matcher | None = None
    if rules is not None:
        matcher = matcher_of(Patterns(rules), key)
    return pipeline_for(registry, lambda: judge, limits, patterns=matcher, judges_all=True), folder


def _scanned(source: Source, pipeline: Pipeline, limits: Limits) -> Iterator[Result]:
    yield from Scan(source, pipeline, jobs=1, limits=limits, everything=True).results()


def _explained(judge: Policy, result: Result, quiet: bool) -> Iterator[str]:
    subject = Subject(result.path, result.file, result.origin, result.coverage)
    made = explained(judge, subject, result.findings, result.skipped)
    files = " (files together)" if any(isinstance(each, SetFinding) for each in result.findings) else ""
    yield f"{result.path}{files}: {made.decision.verdict}"
    for reason in made.decision.reasons:
        yield f"  because  {reason}"
    if made.decision.verdict != Verdict.ALLOW and made.decision.handling.message:
        for line in made.decision.handling.message.splitlines():
            yield f"  message  {line}"
    for kind, asked in (("exception", made.exceptions), ("", made.rules)):
        for each in asked:
            if each.applies or not quiet:
                yield f"  {_asked(each, kind)}"


def _asked(asked: Asked, kind: str) -> str:
    name = f"{f'{kind} ' if kind else ''}{asked.name} ({asked.says})"
    if not asked.applies:
        return f"no       {name}: {asked.fails}"
    more = len(asked.applies) - LISTED
    return f"applies  {name}: {'; '.join(asked.applies[:LISTED])}{f'; and {more:,} more' if more > 0 else ''}"
