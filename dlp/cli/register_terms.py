"""`dlp register --terms`: a list of terms into the store."""

from __future__ import annotations

import os

import click

from dlp.cli.options import open_place, say
from dlp.registry.writer import Writer
from dlp.report.escape import visible
from dlp.scan.listing import Listing, read_terms, register_terms
from dlp.source.opening import display

LABEL = "terms"
"""Of a list that was given none."""

_NAMED = 5
"""Lines that are named."""


def register_list(
    file: str, *, label: str | None, owner: str, name: str | None, store: str | None, key_file: str | None, quiet: bool
) -> int:
    """Raises UsageError."""
    listing = read_terms(file)
    place = open_place(store, key_file)
    with Writer(*place) as writer:
        change = register_terms(
            writer,
            file,
            listing,
            label=display(os.fsencode(label or LABEL)),
            owner=display(os.fsencode(owner)),
            name=display(os.fsencode(name)) if name else None,
        )
    if listing.repeated:
        say(_repeated(listing))
    document = change.document
    what = {
        "new": "registered",
        "version": f"version {document.version}",
        "relabelled": f"now {visible(document.label)}",
        "known": "known already",
    }[change.what]
    named = visible(document.name)
    other = change.what == "known" and label and document.label != display(os.fsencode(label))
    kept = f", still {visible(document.label)}; to relabel it: --name {named}" if other else ""
    if not quiet:
        click.echo(f"{what:<13} {named}, a list of {document.terms:,} terms{kept}")
    return 0


def _repeated(listing: Listing) -> str:
    count, lines = len(listing.repeated), ", ".join(map(str, listing.repeated[:_NAMED]))
    more = " and so on" if count > _NAMED else ""
    if count == 1:
        return f"1 line repeats a term, as it is compared, and counts once: line {lines}"
    return f"{count:,} lines repeat a term, as it is compared, and count once: lines {lines}{more}"
