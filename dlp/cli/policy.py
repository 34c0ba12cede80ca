"""`dlp policy`: write one, check it, see why it decides as it does, test it, and tell what a change would change."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from typing import Any

import click
import msgspec

from dlp.cli.options import say
from dlp.cli.policy_trying import explain, test
from dlp.errors import UsageError
from dlp.policy import checking, diffing
from dlp.policy.diffing import Change
from dlp.policy.explaining import shown
from dlp.policy.policy import Policy, default_policy, load_file, shipped
from dlp.policy.publishing import PATH as SCHEMA
from dlp.report.escape import visible
from dlp.report.figures import counted
from dlp.report.json_reading import results

BUILT_IN = "built-in"
"""Stands for the policy that holds where no other is given."""


@click.group()
def policy() -> None:
    """Write a policy, check it, see why it decides as it does, test it, tell what a change would change.

    Where a command takes POLICY, `built-in` stands for the one that holds where no other is given.
    """


policy.add_command(explain)
policy.add_command(test)


@policy.command()
@click.argument("file", default="dlp-policy.yaml", metavar="[FILE]")
@click.option("--force", is_flag=True, help="Overwrite it.")
def init(file: str, force: bool) -> None:
    """Write a policy to begin with, with comments, to FILE (dlp-policy.yaml), and its JSON Schema beside it, by which
    editors complete it."""
    beside = os.path.join(os.path.dirname(file), os.path.basename(SCHEMA))
    if not force and os.path.lexists(file):
        raise UsageError(f"{file} is there already; --force overwrites it")
    try:
        with open(shipped("example-policy.yaml"), "rb") as source, open(file, "wb" if force else "xb") as target:
            shutil.copyfileobj(source, target)
        with open(SCHEMA, "rb") as source, open(beside, "wb") as target:
            shutil.copyfileobj(source, target)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise UsageError(f"cannot write {file}: {getattr(error, 'strerror', None) or error}") from None
    click.echo(f"wrote {visible(file)} and {visible(beside)}")
    click.echo(f"change it, then: dlp policy check {visible(file)}; dlp scan --policy {visible(file)} PATH")


@policy.command()
@click.argument("files", nargs=-1, required=True, metavar="POLICY…")
@click.option("--soon", type=click.IntRange(0, 3660), default=checking.SOON, show_default=True, metavar="DAYS",
              help="Tell of exceptions that expire within so many days.")  # fmt: skip
def check(files: tuple[str, ...], soon: int) -> int:
    """Check policies: what is wrong, exceptions that have expired or soon will, rules that are never asked, and gaps.

    Exits with 0 if nothing needs to be done, with 1 if something does, with 2 if a policy is wrong.
    """
    grave = 0
    for file in files:
        there = _policy(file)
        remarks = checking.check(there, soon)
        for each in remarks:
            click.echo(visible(f"{there.where}, line {each.line}: {'' if each.grave else 'note: '}{each.text}"))
        grave += sum(each.grave for each in remarks)
        told = f"{counted(len(there.rules), 'rule')}, {counted(len(there.exceptions), 'exception')}"
        say(visible(f"{there.where}: right: {told}; {counted(sum(each.grave for each in remarks), 'thing')} to do"))
    return 1 if grave else 0


@policy.command()
@click.argument("file", default=BUILT_IN, metavar="[POLICY]")
@click.option("-f", "--format", "form", type=click.Choice(["text", "yaml", "json"]), default="text", show_default=True,
              help="How it is written; yaml: as its file is.")  # fmt: skip
def show(file: str, form: str) -> None:
    """Show what a policy says: its version, classes, channels, rules and exceptions."""
    there = _policy(file)
    if form == "yaml":
        with open(shipped("default-policy.yaml") if file == BUILT_IN else file, "rb") as source:
            shutil.copyfileobj(source, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    elif form == "json":
        _write_json(_data(there))
    else:
        for line in _lines(there):
            click.echo(visible(line))


@policy.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--on", "report", required=True, metavar="RESULTS", help="A report of dlp scan, in JSON or JSON Lines.")
@click.option("-f", "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
              help="How changes are written.")  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="Tell of files, too, whose verdict stays by other rules.")
def diff(old: str, new: str, report: str, form: str, everything: bool) -> int:
    """Tell which results of a scan the policy NEW would judge otherwise than OLD.

    A report that `dlp scan --all` wrote has files, too, in which nothing was found. Exits with 1 if a verdict changes.
    """
    before, after = _policy(old), _policy(new)
    count, milder, stricter, others = 0, 0, 0, 0
    told: list[Change] = []
    for each in diffing.diff(before, after, results(report)):
        count += 1
        if each.verdict:
            stricter += each.new.verdict.rank > each.old.verdict.rank
            milder += each.new.verdict.rank < each.old.verdict.rank
        elif each.old.handling != each.new.handling:
            others += 1
        else:
            continue
        if each.verdict or everything:
            told.append(each)
    if form == "json":
        _write_json({"version": 1, "results": count, "changes": [_change(each) for each in told]})
    else:
        for each in told:
            for line in _changed(each):
                click.echo(visible(line))
    say(f"{counted(count, 'result')}: {stricter:,} stricter, {milder:,} milder, {others:,} by other rules")
    return 1 if stricter or milder else 0


def _policy(name: str) -> Policy:
    return default_policy() if name == BUILT_IN else load_file(name)


def _lines(there: Policy) -> Iterator[str]:
    yield f"{there.where}, SHA-256 {there.digest}"
    yield f"default: {there.default}"
    for each in there.classes:
        yield f"class {each.name}" + (f", of {each.owner}" if each.owner else "")
    for channel in there.channels:
        yield f"channel {channel.name}: {', '.join(channel.paths) or 'where a source names it'}"
    width = max(len(rule.name) for rule in there.rules)
    for rule in there.rules:
        more = [*([f"notifies {', '.join(rule.notify)}"] if rule.notify else []), *(["stops"] if rule.stop else [])]
        yield f"{rule.verdict:<10}  {rule.name:<{width}}  {shown(rule.when)}{''.join(f'; {each}' for each in more)}"
    for waiver in there.exceptions:
        yield f"exception {waiver.name}, of {waiver.owner}, until {waiver.expires}: {shown(waiver.when)}"


def _data(there: Policy) -> dict[str, Any]:
    return {
        "version": 1,
        "file": there.where,
        "digest": there.digest,
        "default": there.default,
        "classes": [msgspec.to_builtins(each) for each in there.classes],
        "channels": [msgspec.to_builtins(each) for each in there.channels],
        "rules": [
            {"name": each.name, "when": shown(each.when), "line": each.line}
            | {name: getattr(each, name) for name in ("verdict", "severity", "notify", "message", "keep", "stop")}
            for each in there.rules
        ],
        "exceptions": [
            {"name": each.name, "when": shown(each.when), "line": each.line}
            | {name: getattr(each, name) for name in ("owner", "reason", "expires")}
            for each in there.exceptions
        ],
    }


def _changed(change: Change) -> Iterator[str]:
    old, new = change.old, change.new
    verdicts = f"{old.verdict} → {new.verdict}" if change.verdict else f"{new.verdict}, as before"
    yield f"{change.path}: {verdicts}"
    yield f"  rules: {_names(old.handling.rules)} → {_names(new.handling.rules)}"
    if new.handling.exceptions != old.handling.exceptions:
        yield f"  exceptions: {_names(old.handling.exceptions)} → {_names(new.handling.exceptions)}"
    for reason in new.reasons[:3] if change.verdict else ():
        yield f"  {reason}"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"


def _change(change: Change) -> dict[str, Any]:
    return {"path": change.path, "old": msgspec.to_builtins(change.old), "new": msgspec.to_builtins(change.new)}


def _write_json(data: Any) -> None:
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(data), indent=2) + b"\n")
    sys.stdout.buffer.flush()
