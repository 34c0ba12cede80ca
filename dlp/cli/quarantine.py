"""`dlp quarantine`: files that were taken out of their place, and what is done with them."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from dlp.cli.incidents_public import when
from dlp.cli.options import say
from dlp.cli.recording import incidents_option, say_resumed
from dlp.errors import IncidentsMissing, UsageError
from dlp.report.encoding import encode
from dlp.report.escape import encodable, visible
from dlp.report.figures import counted, size

if TYPE_CHECKING:
    from dlp.incident.quarantine.records import Record
    from dlp.incident.quarantine.restoring import Restoring

VERSION = 1

as_json = click.option("-f", "--format", "form", type=click.Choice(["text", "json"]), default="text",
                       show_default=True, help="How it is written.")  # fmt: skip
ids_argument = click.argument("ids", nargs=-1, required=True, metavar="ID…")
review_option = click.option("--review-key", metavar="FILE",
                             help="The private review key  [$DLP_REVIEW_KEY, user's configuration]")  # fmt: skip
to_option = click.option("--to", metavar="PATH", help="Put it there: a folder, or the file's new path.")
force_option = click.option("--force", is_flag=True, help="Replace what stands there.")
reason_option = click.option("-m", "--reason", default="", metavar="TEXT", help="Why; the log keeps it.")


@click.group()
def quarantine() -> None:
    """Files that were taken out of their place (dlp scan --act), sealed to the review key.

    ID is a file's number in the quarantine, or its first five characters or more.
    """


@quarantine.command("list")
@click.option("--all", "everything", is_flag=True, help="Also what was given back or purged.")
@as_json
@incidents_option
def list_files(everything: bool, form: str, incidents: str | None) -> None:
    """List what is in quarantine, oldest first. Times are UTC."""
    from dlp.incident.quarantine.records import ENDED

    found = [each for each in _records(incidents) if everything or each.state not in ENDED]
    if form == "json":
        _write_json({"version": VERSION, "files": [_public(each) for each in found]})
        return
    for each in found:
        click.echo(f"{each.id}  {each.state:<11}  {when(each.taken)[:16]}  {size(each.size):>8}  {_path(each.path)}")
    click.echo(f"{counted(len(found), 'file')}, {size(sum(each.sealed_bytes for each in found))}", err=True)


@quarantine.command()
@click.argument("id", metavar="ID")
@as_json
@incidents_option
def show(id: str, form: str, incidents: str | None) -> None:
    """Show all that is on record of a file: where it was, since when, what became of it."""
    record = _named(_records(incidents), id)
    public = _public(record)
    if form == "json":
        _write_json({"version": VERSION, "file": public})
        return
    for name, value in public.items():
        if value not in ("", None):
            click.echo(f"{name.replace('_', ' '):<14}{visible(str(value))}")
    if record.notice:
        click.echo("\n" + "\n".join(f"  | {visible(line)}" for line in record.notice.splitlines()))


@quarantine.command()
@ids_argument
@to_option
@force_option
@reason_option
@review_option
@incidents_option
def restore(
    ids: tuple[str, ...], to: str | None, force: bool, reason: str, review_key: str | None, incidents: str | None
) -> None:
    """Put files back: content, owner, mode, times and attributes.

    The next scan that acts takes them away again; `release` keeps it from that.
    """
    _give_back(ids, to, force, reason, None, review_key, incidents)


@quarantine.command()
@ids_argument
@click.option("-m", "--reason", required=True, metavar="TEXT", help="Why; the log keeps it.")
@click.option("--for", "length", default="30d", show_default=True, metavar="TIME",
              help="How long its content may stay anywhere: 12h, 30d, 4w, 1y.")  # fmt: skip
@to_option
@force_option
@review_option
@incidents_option
def release(
    ids: tuple[str, ...],
    reason: str,
    length: str,
    to: str | None,
    force: bool,
    review_key: str | None,
    incidents: str | None,
) -> None:
    """Put files back, and leave the same content alone for a time.

    It is still found and judged, and is still an incident; it is not taken away.
    """
    from dlp.incident.settings import seconds

    if not reason.strip():
        raise UsageError("--reason is empty; say why this may stay where it is")
    try:
        lasting = seconds(length)
    except ValueError as error:
        raise UsageError(f"--for: {error}") from None
    if lasting is None:
        raise UsageError("--for never ends nothing; give a time, and write an exception into the policy for more")
    _give_back(ids, to, force, reason, lasting, review_key, incidents)


@quarantine.command()
@click.argument("ids", nargs=-1, metavar="[ID…]")
@click.option("--older-than", metavar="TIME", help="All that were taken longer ago: 90d, 1y.")
@reason_option
@incidents_option
def purge(ids: tuple[str, ...], older_than: str | None, reason: str, incidents: str | None) -> None:
    """Delete what is sealed, for good; the record stays. Needs no key."""
    from dlp.incident.quarantine.records import State
    from dlp.incident.settings import seconds

    if bool(ids) == bool(older_than):
        raise UsageError("name files by ID, or give --older-than")
    with _restoring(incidents) as restoring:
        if older_than:
            try:
                lasting = seconds(older_than)
            except ValueError as error:
                raise UsageError(f"--older-than: {error}") from None
            before = 0 if lasting is None else int((time.time() - lasting) * 1_000_000)
            there = _records(incidents)
            wanted = [each.id for each in there if each.state == State.QUARANTINED and each.taken < before]
        else:
            there = _records(incidents)
            wanted = [_named(there, each).id for each in ids]
        for each in wanted:
            record = restoring.purge(each, encodable(reason))
            click.echo(f"purged {record.id}  {_path(record.path)}")
    if not wanted:
        say("nothing to purge")


def _give_back(
    ids: tuple[str, ...],
    to: str | None,
    force: bool,
    reason: str,
    lasting: float | None,
    review_key: str | None,
    incidents: str | None,
) -> None:
    from dlp.incident import keys
    from dlp.incident.places import review_key_path

    if to is not None and len(ids) > 1 and not os.path.isdir(to):
        raise UsageError(f"--to {to}: several files go into a folder, and that is none")
    review = keys.load_review(review_key_path(review_key, os.environ))
    with _restoring(incidents) as restoring:
        there = _records(incidents)
        for id in [_named(there, each).id for each in ids]:
            until = None if lasting is None else int((time.time() + lasting) * 1_000_000)
            record, failed = restoring.restore(
                id,
                review,
                to=None if to is None else os.fsencode(os.path.abspath(to)),
                force=force,
                reason=encodable(reason),
                until=until,
            )
            ends = f" until {when(record.until)[:16]}" if record.until else ""
            click.echo(f"{record.state} {record.id}{ends}  {_path(record.to)}")
            for each in failed:
                say(f"{record.id}: could not put back {visible(each)}")
            if record.links > 1:
                say(f"{record.id}: it had {counted(record.links, 'name')} (hard links), and is a file of its own now")


@contextmanager
def _restoring(incidents: str | None) -> Iterator[Restoring]:
    from dlp.incident.folder import Folder
    from dlp.incident.places import incidents_path
    from dlp.incident.quarantine.opening import open_quarantine
    from dlp.incident.quarantine.restoring import Restoring
    from dlp.incident.quarantine.resuming import resume

    with Folder(incidents_path(incidents, os.environ)) as folder, open_quarantine(folder) as opened:
        for each in resume(opened):
            say_resumed(*each)
        yield Restoring(opened)


def _records(incidents: str | None) -> list[Record]:
    from dlp.incident.folder import Folder
    from dlp.incident.places import incidents_path
    from dlp.incident.quarantine.records import listed

    with Folder(incidents_path(incidents, os.environ), writing=False) as folder, folder.database.reading() as db:
        return listed(db)


def _named(there: list[Record], id: str) -> Record:
    """Raises IncidentsMissing, UsageError for the beginning of several."""
    found = [each for each in there if each.id == id] or [
        each for each in there if len(id) >= 5 and each.id.startswith(id)
    ]
    if not found:
        raise IncidentsMissing(f"{id} is not in the quarantine; `dlp quarantine list --all` shows what is, and was")
    if len(found) > 1:
        raise UsageError(f"{id} is the beginning of {len(found)}: {', '.join(each.id for each in found[:5])}")
    return found[0]


def _public(record: Record) -> dict[str, object]:
    """A record as JSON shows it."""
    return {
        "id": record.id,
        "state": record.state.value,
        "path": _text(record.path),
        "size": record.size,
        "digest": record.digest,
        "incident": record.incident,
        "taken": when(record.taken),
        "taken_by": record.by.user,
        "sealed_size": record.sealed_bytes,
        "names": record.links,
        "notice": _text(record.notice_name),
        "remark": encodable(record.remark),
        "ended": when(record.ended) if record.ended else None,
        "ended_by": record.ended_by.user if record.ended_by else None,
        "to": _text(record.to),
        "reason": record.reason,
        "allowed_until": when(record.until) if record.until else None,
    }


def _text(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")


def _path(path: bytes) -> str:
    return visible(_text(path))


def _write_json(value: object) -> None:
    sys.stdout.buffer.write(encode(value) + b"\n")
    sys.stdout.buffer.flush()
