"""`dlp incidents verify`, `head` and `purge`: the care of the log."""

from __future__ import annotations

import os

import click

from dlp.cli.options import say
from dlp.cli.recording import incidents_option
from dlp.errors import ConfigError, UsageError
from dlp.report.escape import visible
from dlp.report.figures import counted

MOST_ANCHOR = 1 << 16


@click.command()
@click.option("--head", "heads", multiple=True, metavar="NUMBER:HASH|FILE",
              help="A head that was kept elsewhere, or a file with what `head` printed.")  # fmt: skip
@click.option("--public-key", metavar="FILE", help="The log's public key, as it was kept elsewhere  [signing.pub]")
@incidents_option
def verify(heads: tuple[str, ...], public_key: str | None, incidents: str | None) -> int:
    """Check that nothing in the log was changed, removed, reordered or cut off, and where.

    Also that the table of incidents, the evidence, the kept files, what is in quarantine and what was released from it
    are what the log says. Needs no private key. Ends with 1 where something is wrong. Who has the signing key could
    still have written all of it anew: a head that was kept elsewhere shows that.
    """
    from dlp.incident import keys
    from dlp.incident.folder import SIGNING_PUBLIC, Folder
    from dlp.incident.places import incidents_path
    from dlp.incident.verifying import anchored
    from dlp.incident.verifying import verify as verified

    anchors = [anchored(_head(each), each) for each in heads]
    with Folder(incidents_path(incidents, os.environ), writing=False) as folder:
        path = public_key or os.path.join(folder.path, SIGNING_PUBLIC)
        key = keys.load_public_signing(path)
        made = verified(folder.database, folder.evidence, key, keys.public_pem(key), anchors)
    for note in made.notes:
        say(visible(note))
    for fault in made.faults:
        click.echo(f"entry {fault.number}: {visible(fault.problem)}" if fault.number else visible(fault.problem))
    if made.faults:
        faults = counted(len(made.faults) + made.further, "fault")
        click.echo(f"{faults}; entries up to {made.vouched:,} are vouched for", err=True)
        return 1
    against = f", and what was anchored: {counted(len(anchors), 'head')}" if anchors else ""
    click.echo(f"all is well: {made.entries:,} entries, the last is {made.hash}{against}")
    return 0


def _head(given: str) -> str:
    if not os.path.exists(given):
        return given
    try:
        with open(given, encoding="ascii", errors="replace") as file:
            return file.read(MOST_ANCHOR)
    except OSError as error:
        raise ConfigError(f"--head {given}: {error.strerror}") from None


@click.command()
@click.option("--anchor", is_flag=True, help="Hand it to the command of config.yaml now, instead of printing it.")
@incidents_option
def head(anchor: bool, incidents: str | None) -> None:
    """Print where the log ends, signed, to be kept elsewhere: `verify --head` checks the log against it."""
    from dlp.incident.anchoring import anchor as anchored
    from dlp.incident.anchoring import printed
    from dlp.incident.chain import head_of
    from dlp.incident.folder import Folder
    from dlp.incident.places import incidents_path
    from dlp.incident.settings import load

    with Folder(incidents_path(incidents, os.environ), writing=anchor) as folder:
        if not anchor:
            click.echo(printed(head_of(folder.database)), nl=False)
            return
        wanted = load(folder.path).anchor
        if wanted is None:
            raise UsageError(f"{folder.path}/config.yaml names no command to hand the head to (anchor: command)")
        problem = anchored(folder.log(), wanted, now=True)
    if problem:
        raise UsageError(f"the head was not anchored: {visible(problem)}")


@click.command()
@click.option("--dry-run", is_flag=True, help="Say only what would go.")
@incidents_option
def purge(dry_run: bool, incidents: str | None) -> None:
    """Take away what is older than config.yaml keeps (retention). The log's chain stays verifiable."""
    from dlp.incident.folder import Folder
    from dlp.incident.incidents import Who
    from dlp.incident.places import incidents_path
    from dlp.incident.retention import purge as purged
    from dlp.incident.settings import load

    with Folder(incidents_path(incidents, os.environ)) as folder:
        retention = load(folder.path).retention
        gone = purged(folder.log(), folder.evidence, retention, Who.here(), dry=dry_run)
    word = "would go" if dry_run else "gone"
    click.echo(
        f"{word}: {counted(gone.incidents, 'incident')}, what {counted(gone.entries, 'entry', 'entries')} said, "
        f"evidence of {counted(gone.evidence, 'entry', 'entries')}, {counted(gone.files, 'kept file')}"
    )
