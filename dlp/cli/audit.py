"""`dlp audit`: the regular audit, a paper that is signed."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from dlp.cli.assembling import judge_of, matcher_of
from dlp.cli.options import (
    Bounds,
    Selection,
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
from dlp.cli.recording import ScanRecording, recording_for, recording_options
from dlp.errors import UsageError
from dlp.model import Result, Verdict
from dlp.rule.packs import Selection as RuleSelection
from dlp.scan.patterns import Patterns
from dlp.scan.pipeline import pipeline_for
from dlp.scan.scanning import Scan

if TYPE_CHECKING:
    from dlp.audit.shape import Audit, Scanned
    from dlp.audit.tally import Tally
    from dlp.incident.folder import Folder
    from dlp.policy.policy import Policy
    from dlp.registry.store import Store

LAST = "LAST"


@click.command()
@click.argument("paths", nargs=-1, metavar="PATH…")
@click.option("-f", "--format", "form", type=click.Choice(["markdown", "html", "json"]), default="markdown",
              show_default=True, help="How the audit is written.")  # fmt: skip
@click.option("-o", "--output", metavar="FILE", help="Write the audit to FILE instead of standard output.")
@click.option("--since", metavar="FILE|LAST", help="Say what changed since an earlier audit; LAST: the newest.")
@click.option("--verify", "verified", metavar="FILE", help="Check an audit in JSON: is it as it was made?")
@click.option("--policy", "policy_file", metavar="FILE", help="Judge by this policy instead of the built-in one.")
@click.option("--no-rules", is_flag=True, help="Look for what is registered only, not for what rules describe.")
@click.option("--fail-on", type=click.Choice([each.value for each in Verdict if each != Verdict.ALLOW]), default="warn",
              show_default=True, help="Exit with 1 at this verdict or a stricter one.")  # fmt: skip
@rule_options
@source_options
@limit_options
@store_options
@recording_options
@jobs_option
@click.option("--no-progress", is_flag=True, help="No progress line on the terminal.")
def audit(
    paths: tuple[str, ...],
    form: str,
    output: str | None,
    since: str | None,
    verified: str | None,
    policy_file: str | None,
    no_rules: bool,
    fail_on: str,
    rules: RuleSelection,
    selection: Selection,
    bounds: Bounds,
    store: str | None,
    key_file: str | None,
    incidents: str | None,
    no_record: bool,
    jobs: int | None,
    no_progress: bool,
) -> int:
    """Look through folders and write down how things stand: what is registered, what was found where, what changed,
    what could not be read, which exceptions there are, which incidents are open, and what to see to.

    With a folder of incidents the audit is signed by its key, told of in its log, and kept there for --since LAST.
    """
    if verified is not None:
        if paths:
            raise UsageError("--verify looks at one audit and scans nothing: leave the paths out")
        return _verify(verified, incidents)
    if not paths or "-" in paths:
        raise UsageError("name files and folders to audit")
    from dlp.audit.tally import Tally

    limits = bounds.limits(selection.max_file_size, None)
    target = OutputFile(output, paths) if output else None
    judge = judge_of(policy_file)
    place, registry, key = open_registry(store, key_file)
    matcher = None
    if not no_rules:
        matcher = matcher_of(Patterns(rules), key)
    pipeline = pipeline_for(registry, judge.policy, limits, patterns=matcher, judges_all=judge.judges_all)
    recording = recording_for(incidents, no_record, judge, registry, masked=True)
    folder = recording.opened if recording else None
    before = _before(since, folder)
    if recording:
        pipeline = pipeline.with_excerpts(recording.excerpts(registry, limits))
    source = selection.files(paths, place, *([recording.folder] if recording else ()))
    tally = Tally(_incident_of(folder))
    with Progress("auditing", wanted=not no_progress) as progress:
        running = Scan(
            target.left_out(source) if target else source, pipeline, jobs=jobs or processors(), limits=limits,
            progress=progress.update,
        )  # fmt: skip
        try:
            _run(running, tally, recording)
        finally:
            if recording:
                recording.flush()
    if recording:
        recording.end()
    made = _made(paths, running, tally, judge.policy(), registry, folder, before, no_rules)
    _write(made, form, folder, target)
    return 1 if Verdict(fail_on).rank <= running.worst.rank else 0


def _run(running: Scan, tally: Tally, recording: ScanRecording | None) -> None:
    for result in running.results():
        tally.add(result)
        if recording:
            recording.add(result)


def _before(since: str | None, folder: Folder | None) -> Audit | None:
    """The audit to compare with; where there is a log, one that it tells of. Raises UsageError, IncidentsError."""
    if since is None:
        return None
    from dlp.audit.keeping import faults, last, load

    if folder is None:
        if since != LAST:
            return load(since)[0]
        raise UsageError("--since LAST looks in the folder of incidents, and there is none; make one, or name a file")
    path = since if since != LAST else last(folder)
    if path is None:
        say("no audit is kept yet: there is nothing to compare with")
        return None
    before, whole = load(path)
    for problem in faults(whole, folder.public(), folder):
        raise UsageError(f"--since {path}: {problem}; with --no-record audits are compared unverified")
    return before


def _incident_of(folder: Folder | None) -> Callable[[Result], str]:
    """Asked for when all is recorded."""

    def id_of(result: Result) -> str:
        if folder is None:
            return ""
        digest = result.file.digest if result.file else ""
        column, value = ("digest", digest) if digest else ("path", os.path.abspath(result.path))
        query = f"SELECT id FROM incidents WHERE {column} = ? ORDER BY last DESC LIMIT 1"
        row = folder.database.execute(query, (value,)).fetchone()
        return row[0] if row else ""

    return id_of


def _made(
    paths: tuple[str, ...],
    running: Scan,
    tally: Tally,
    judge: Policy,
    registry: Store | None,
    folder: Folder | None,
    before: Audit | None,
    no_rules: bool,
) -> Audit:
    import msgspec

    from dlp.audit import standing
    from dlp.audit.comparing import changes
    from dlp.audit.concerns import concerns
    from dlp.audit.shape import VERSION, Audit
    from dlp.incident.incidents import Who
    from dlp.match.engines import choose

    now, who = time.time(), Who.here()
    scanned = _scanned(paths, running)
    registered = standing.registered(registry, judge) if registry else None
    compared = None
    if before is not None:
        left_out, given = tally.index_left_out, scanned.paths
        compared = changes(before, tally.index, left_out, given, registered, complete=scanned.complete)
    draft = Audit(
        version=VERSION,
        id=os.urandom(8).hex(),
        made=int(now),
        host=who.host,
        user=who.user,
        engine=standing.engine("" if no_rules else choose().name),
        policy=standing.policy(judge, tally.exceptions(), now),
        concerns=[],
        scanned=scanned,
        registered=registered,
        found=tally.found(),
        unread=tally.unread(),
        incidents=standing.of_incidents(folder, before.made if before else 0) if folder else None,
        quarantine=standing.quarantine(folder) if folder else None,
        changes=compared,
        index=tally.index,
        index_left_out=tally.index_left_out,
    )
    return msgspec.structs.replace(draft, concerns=concerns(draft))


def _scanned(paths: tuple[str, ...], running: Scan) -> Scanned:
    from dlp.audit.shape import Scanned
    from dlp.report.escape import encodable

    done = running.summary()
    given = sorted(encodable(os.path.abspath(each)) for each in paths)
    seconds = round(done.seconds, 3)
    verdicts = {str(verdict): count for verdict, count in done.verdicts.items()}
    return Scanned(given, done.files, done.bytes, seconds, done.complete, done.findings, verdicts, done.allowed)


def _write(made: Audit, form: str, folder: Folder | None, target: OutputFile | None) -> None:
    import msgspec

    from dlp.audit.html import html
    from dlp.audit.keeping import paper
    from dlp.audit.markdown import markdown
    from dlp.audit.shape import Paper

    whole = paper(made, folder)
    signature = msgspec.json.decode(whole, type=Paper).signature
    content = whole if form == "json" else (html if form == "html" else markdown)(made, signature)
    with target.opened() if target else nullcontext(sys.stdout.buffer) as stream:
        stream.write(content)
        stream.flush()


def _verify(path: str, option: str | None) -> int:
    from dlp.audit.keeping import faults, load
    from dlp.incident.folder import Folder
    from dlp.incident.places import incidents_path

    made, whole = load(path)
    with Folder(incidents_path(option, os.environ), writing=False) as folder:
        problems = faults(whole, folder.public(), folder)
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        return 1
    entry = whole.signature.entry if whole.signature else 0
    click.echo(f"all is well: audit {made.id}, as entry {entry:,} of the log tells of it")
    return 0
