"""`dlp incidents`: the folder of incidents and its keys, and what people make of incidents."""

from __future__ import annotations

import os

import click

from dlp.cli.incidents_care import head, purge, verify
from dlp.cli.incidents_export import export
from dlp.cli.incidents_list import list_incidents
from dlp.cli.incidents_notify import notify
from dlp.cli.incidents_show import show
from dlp.cli.recording import incidents_option
from dlp.errors import IncidentsError, UsageError
from dlp.report.escape import encodable, visible


@click.group()
def incidents() -> None:
    """What scans found, in a log that shows whether it was changed, with sealed evidence.

    `dlp scan` records what is judged `warn` or stricter once there is a folder of incidents. INCIDENT is an id, or its
    first four digits or more.
    """


for each in (list_incidents, show, export, notify, verify, head, purge):
    incidents.add_command(each)


@incidents.command()
@click.option("--review-key", metavar="FILE",
              help="Where the private review key is written  [$DLP_REVIEW_KEY, user's configuration]")  # fmt: skip
@click.option("--review-public", metavar="FILE", help="Use this public review key, made elsewhere by keygen.")
@incidents_option
def init(review_key: str | None, review_public: str | None, incidents: str | None) -> None:
    """Make a folder of incidents and its keys.

    The signing key stays in the folder: whoever scans signs what is recorded. Evidence is sealed to the review key,
    whose private half is needed to reveal it and for nothing else: take it away from this machine.
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    from dlp.incident import folder, keys
    from dlp.incident.places import incidents_path, review_key_path

    path = incidents_path(incidents, os.environ)
    if review_public:
        if review_key:
            raise UsageError("--review-public has its private half elsewhere, --review-key writes one: give one")
        folder.create(path, keys.load_public_review(review_public)).close()
    else:
        private = review_key_path(review_key, os.environ)
        if os.path.commonpath([path, private]) == path:
            raise UsageError(f"the review key must not lie beside what it opens: {private}; name another place")
        key = X25519PrivateKey.generate()
        keys.write_new(private, keys.private_pem(key))
        try:
            folder.create(path, key.public_key()).close()
        except BaseException:
            os.unlink(private)
            raise
    click.echo(f"made the folder {path}")
    if not review_public:
        click.echo(f"made the review key {private}")
        click.echo("  It opens all evidence. Move it to who reviews incidents, and keep a copy in a safe place:")
        click.echo("  scans need only its public half, which is in the folder.")


@incidents.command()
@click.argument("file")
def keygen(file: str) -> None:
    """Make a review key: its private half in FILE, the public one in FILE.pub.

    Do it on the reviewer's machine, and take FILE.pub to where scans run: dlp incidents init --review-public FILE.pub
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    from dlp.incident import keys

    key = X25519PrivateKey.generate()
    private = os.path.abspath(file)
    if os.path.exists(private + ".pub"):
        raise IncidentsError(f"{private}.pub is there already; it is not overwritten")
    keys.write_new(private, keys.private_pem(key))
    keys.write_new(private + ".pub", keys.public_pem(key.public_key()))
    click.echo(f"made the review key {private}\nmade its public half {private}.pub")


def _decide(kind: str, ids: tuple[str, ...], state: str | None, note: str, option: str | None) -> None:
    from dlp.incident.deciding import decide
    from dlp.incident.folder import Folder
    from dlp.incident.incidents import State, Who
    from dlp.incident.places import incidents_path

    with Folder(incidents_path(option, os.environ)) as folder:
        made = decide(folder.log(), ids, kind, State(state) if state else None, encodable(note), Who.here())
    for each in made:
        click.echo(f"{each.id}  {each.state}  {visible(each.path)}")


ids_argument = click.argument("ids", nargs=-1, required=True, metavar="INCIDENT…")
note_option = click.option("-m", "--note", default="", metavar="TEXT", help="What there is to say.")


@incidents.command()
@ids_argument
@note_option
@incidents_option
def review(ids: tuple[str, ...], note: str, incidents: str | None) -> None:
    """Say that somebody has looked at incidents, and that they stand."""
    _decide("review", ids, "reviewed", note, incidents)


@incidents.command("note")
@ids_argument
@click.option("-m", "--note", required=True, metavar="TEXT", help="What there is to say.")
@incidents_option
def add_note(ids: tuple[str, ...], note: str, incidents: str | None) -> None:
    """Add a note to incidents."""
    if not note.strip():
        raise UsageError("an empty note says nothing; write one with -m TEXT")
    _decide("note", ids, None, note, incidents)


@incidents.command()
@ids_argument
@click.option("--false-positive", is_flag=True, help="It was none: seen again, it stays closed unless it is graver.")
@note_option
@incidents_option
def resolve(ids: tuple[str, ...], false_positive: bool, note: str, incidents: str | None) -> None:
    """Close incidents. One that was resolved opens again when its file is seen again."""
    _decide("resolve", ids, "false-positive" if false_positive else "resolved", note, incidents)


@incidents.command()
@ids_argument
@note_option
@incidents_option
def reopen(ids: tuple[str, ...], note: str, incidents: str | None) -> None:
    """Open incidents again."""
    _decide("reopen", ids, "open", note, incidents)
