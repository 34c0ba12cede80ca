"""`dlp incidents export`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from dlp.cli.incidents_show import as_json, as_lines
from dlp.cli.recording import incidents_option
from dlp.errors import UsageError
from dlp.report.encoding import encode

if TYPE_CHECKING:
    from dlp.incident.bundle import About


@click.command()
@click.argument("ids", nargs=-1, required=True, metavar="INCIDENT…")
@click.option("-o", "--output", required=True, metavar="FILE.zip|DIR", help="Where the bundle goes; a new one.")
@click.option("--reveal", is_flag=True, help="With the evidence in plain text; the log says that you did.")
@click.option("--review-key", metavar="FILE",
              help="The private review key  [$DLP_REVIEW_KEY, user's configuration]")  # fmt: skip
@incidents_option
def export(ids: tuple[str, ...], output: str, reveal: bool, review_key: str | None, incidents: str | None) -> None:
    """Make a bundle of incidents that others can verify with public tools.

    It holds what was found, the sealed evidence, the entries of the log with their signatures, the public key, a signed
    manifest of digests, and a page that says how to verify all of it with sha256sum and openssl (VERIFY.md).
    """
    from dlp.incident import keys
    from dlp.incident.bundle import export as exported
    from dlp.incident.folder import Folder
    from dlp.incident.incidents import Who
    from dlp.incident.places import incidents_path, review_key_path

    if review_key and not reveal:
        raise UsageError("--review-key is for --reveal")
    key = keys.load_review(review_key_path(review_key, os.environ)) if reveal else None
    with Folder(incidents_path(incidents, os.environ)) as folder:
        digest = exported(folder, ids, os.path.abspath(output), key, Who.here(), _described)
    click.echo(f"made {output}\nsha-256 of its manifest: {digest}")


def _described(about: About) -> Iterator[tuple[str, bytes]]:
    yield "incident.json", encode(as_json(about)) + b"\n"
    yield "incident.txt", ("\n".join(as_lines(about)) + "\n").encode()
    for entry, _, excerpts in about.opened or ():
        if excerpts:
            yield f"{entry.number:012d}.excerpts.json", encode(excerpts) + b"\n"
