"""`dlp baseline`: what is known and need not be told again, in a file that a repository can hold."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any

import click
import msgspec

from dlp.cli.baseline_scan import Examined, Extent, extent_options
from dlp.cli.options import say
from dlp.errors import UsageError
from dlp.match.baseline.entries import DOCUMENT, Baseline, Entry, entries_for
from dlp.match.baseline.file import Page, fresh, load, merged, opened, save
from dlp.registry.places import load_key
from dlp.report.escape import visible
from dlp.report.figures import counted

_SHOWN = 20


@click.group()
def baseline() -> None:
    """What is known, so that a scan tells only what is new: dlp scan --baseline FILE.

    FILE lists values by rule and keyed digest, and passages by document, never by line, commit or time. It is text, one
    entry a line, sorted; owner=, until= and reason= behind an entry are yours to edit.
    """


def _about(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day that new entries count, in UTC."),
        click.option("--reason", default="", help="Why they may stand there."),
        click.option("--owner", default="", help="Who answers for new entries."),
        click.option("--paths", "bound", is_flag=True, help="New entries hold for the path where they are found."),
    ):
        command = option(command)
    return command


@baseline.command()
@click.argument("file", metavar="FILE")
@click.option("--from", "foreign", multiple=True, metavar="FILE",
              help="Only what this file lists: gitleaks' report, .gitleaksignore, .secrets.baseline.")  # fmt: skip
@click.option("--keyed", is_flag=True, help="Digests under the key ($DLP_KEY, --key-file): none without it can guess.")
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@_about
@extent_options
def create(
    file: str,
    foreign: tuple[str, ...],
    keyed: bool,
    force: bool,
    bound: bool,
    owner: str,
    reason: str,
    until: datetime | None,
    extent: Extent,
) -> None:
    """Scan, and list all that is found in FILE. Takes the options of `dlp scan` that say where and what to look for."""
    if os.path.lexists(file) and not force:
        raise UsageError(f"{file} exists; `dlp baseline update` adds to it, --force makes it anew")
    theirs = [each for name in foreign for each in _foreign(name)]
    key = load_key(extent.key_file, os.environ) if keyed else None
    page = Page(fresh(key), ())
    made = opened(page, key, _today(), file)
    examined = extent.examine(made)
    if foreign:
        from dlp.match.baseline.foreign import taken

        found, missing = taken(theirs, examined.results, made, paths=bound)
        for each in missing[:_SHOWN]:
            say(f"not taken over: {visible(each.path)}:{each.first} {visible(each.rule)}: nothing is found there")
        if len(missing) > _SHOWN:
            say(f"and {len(missing) - _SHOWN:,} more that were not taken over")
    else:
        found = entries_for(examined.results, made, paths=bound)
    entries = _with(found.values(), owner, reason, until)
    save(Page(page.head, entries), file)
    _said(examined)
    if not keyed and _guessable(examined, entries):
        say("it lists personal data, which can be guessed from digests; --keyed makes it so that only your key can")
    click.echo(f"{counted(len(entries), 'entry', 'entries')} in {file}")


@baseline.command()
@click.argument("file", metavar="FILE")
@_about
@extent_options
def update(file: str, bound: bool, owner: str, reason: str, until: datetime | None, extent: Extent) -> None:
    """Scan, and add to FILE what is found and not listed. Nothing is taken out or changed, nor is what has expired
    renewed."""
    page, made = _read(file, extent, _today())
    examined = extent.examine(made)
    more = _with(entries_for(examined.results, made, paths=bound).values(), owner, reason, until)
    entries = merged(page.entries, more)
    save(msgspec.structs.replace(page, entries=entries), file)
    _said(examined)
    click.echo(f"{counted(len(entries) - len(page.entries), 'entry', 'entries')} added, {len(entries):,} in {file}")


@baseline.command()
@click.argument("file", metavar="FILE")
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would go.")
@extent_options
def prune(file: str, dry_run: bool, extent: Extent) -> None:
    """Scan all that FILE is for, and take out of it what is found nowhere any more."""
    page, made = _read(file, extent, date.min)
    examined = extent.examine(made)
    kept = tuple(each for number, each in enumerate(page.entries) if number in examined.listed)
    for number, each in enumerate(page.entries):
        if number not in examined.listed:
            click.echo(_line(each, "stale"))
    if not dry_run and len(kept) < len(page.entries):
        save(msgspec.structs.replace(page, entries=kept), file)
    _said(examined)
    gone = counted(len(page.entries) - len(kept), "entry", "entries")
    click.echo(f"{gone} {'would go' if dry_run else 'taken out'}, {len(kept):,} in {file}", err=True)


@baseline.command()
@click.argument("file", metavar="FILE")
@click.option("-f", "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@extent_options
def audit(file: str, form: str, extent: Extent) -> int:
    """Scan all that FILE is for, and say of each entry whether it is met, has expired, or is found nowhere any more.

    Exit code 1 if one has expired or is stale.
    """
    page, made = _read(file, extent, date.min)
    examined = extent.examine(made)
    today = _today()
    states = [
        "stale" if number not in examined.listed else "in force" if each.in_force(today) else "expired"
        for number, each in enumerate(page.entries)
    ]
    _said(examined)
    if form == "json":
        told = [
            {name: value for name, value in msgspec.structs.asdict(each).items() if value} | {"state": state}
            for each, state in zip(page.entries, states, strict=True)
        ]
        sys.stdout.buffer.write(msgspec.json.encode({"version": 1, "entries": told}) + b"\n")
    else:
        for each, state in zip(page.entries, states, strict=True):
            click.echo(_line(each, state))
        figures = ", ".join(f"{states.count(state):,} {state}" for state in ("in force", "expired", "stale"))
        click.echo(f"{counted(len(states), 'entry', 'entries')}: {figures}", err=True)
    return 1 if any(state != "in force" for state in states) else 0


def baseline_for(file: str, key_file: str | None) -> Baseline:
    """For a scan. What has expired is said. Raises UsageError, ConfigError, KeyMissing."""
    page = load(file)
    today = _today()
    made = opened(page, _key(page, key_file), today, file)
    expired = [each for each in page.entries if not each.in_force(today)]
    if expired:
        first = min(each.until for each in expired if each.until)
        many = counted(len(expired), "entry", "entries")
        say(f"{many} of {file} expired, the first on {first}; what they list counts again")
    return made


def say_stale(file: str, made: Baseline, met: set[int]) -> None:
    """After a scan of everything."""
    stale = len(made.entries) - len(met | made.expired)
    if stale:
        say(f"{counted(stale, 'entry', 'entries')} of {file} found nowhere here; dlp baseline prune takes them out")


def _read(file: str, extent: Extent, today: date) -> tuple[Page, Baseline]:
    page = load(file)
    return page, opened(page, _key(page, extent.key_file), today, file)


def _key(page: Page, key_file: str | None) -> bytes | None:
    return load_key(key_file, os.environ) if page.head.keyed else None


def _foreign(name: str) -> list[Any]:
    from dlp.match.baseline import foreign

    return list(foreign.load(name))


def _with(entries: Iterable[Entry], owner: str, reason: str, until: datetime | None) -> tuple[Entry, ...]:
    day = until.date() if until else None
    return tuple(
        msgspec.structs.replace(each, owner=owner, reason=reason or each.reason, until=day) for each in entries
    )


def _guessable(examined: Examined, entries: Iterable[Entry]) -> bool:
    return any(each.subject in examined.personal for each in entries)


def _said(examined: Examined) -> None:
    if examined.unread:
        say(f"{counted(examined.unread, 'file')} not read whole: what is in there is neither listed nor met")


def _line(entry: Entry, state: str) -> str:
    what = f"{'passage or term of ' if entry.subject.startswith(DOCUMENT) else ''}{entry.subject}"
    words = [f"{state:<9} {visible(what)} {entry.digest[:12]}", visible(entry.path) or "anywhere"]
    words += [f"owner {visible(entry.owner)}" if entry.owner else "no owner"]
    words += [f"until {entry.until}"] if entry.until else []
    words += [visible(entry.reason) if entry.reason else "no reason given"]
    return ", ".join(words)


def _today() -> date:
    return datetime.now(UTC).date()
