"""`dlp register`: documents into the store."""

from __future__ import annotations

import os
from itertools import islice

import click

from dlp.cli.options import (
    Bounds,
    Selection,
    jobs_option,
    limit_options,
    open_place,
    processors,
    say,
    source_options,
    store_options,
)
from dlp.cli.progress import Progress
from dlp.cli.register_terms import register_list
from dlp.errors import UsageError
from dlp.fingerprint import Alphabet
from dlp.model import Reason, Skipped
from dlp.registry.writer import Writer
from dlp.report.escape import visible
from dlp.scan.keeping import Keep
from dlp.scan.registering import Outcome, Registration
from dlp.source.opening import display
from dlp.source.seam import Item

BACKGROUND = "background"
NOT_WHOLE = "read in part"


@click.command()
@click.argument("paths", nargs=-1, metavar="PATH…")
@click.option("--terms", metavar="FILE", help="Register a list instead: terms (code names, customers), one a line.")
@click.option("--label", metavar="LABEL", help="The documents' class, such as trade-secret; the policy goes by it.")
@click.option("--owner", default="", metavar="NAME", help="Who answers for the documents.")
@click.option("--name", metavar="NAME", help="The document's name (one file).  [path relative to the given folder]")
@click.option("--background", is_flag=True, help="Text that is no evidence: templates, boilerplate, public text.")
@click.option("--keep-text", is_flag=True,
              help="Keep the text, too, sealed, so that `dlp show` can print both sides. Who holds store and key can "
              "then read it: the two together are as secret as the documents.")  # fmt: skip
@click.option("--no-sketch", is_flag=True,
              help="Keep no sketch of the words: a smaller store, that finds edited text less well.")  # fmt: skip
@source_options
@limit_options
@store_options
@jobs_option
@click.option("--no-progress", is_flag=True, help="No progress line on the terminal.")
@click.option("--fail-on-skipped", is_flag=True, help="Exit with 3 if anything was not read whole.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong.")
def register(
    paths: tuple[str, ...],
    terms: str | None,
    label: str | None,
    owner: str,
    name: str | None,
    background: bool,
    keep_text: bool,
    no_sketch: bool,
    selection: Selection,
    bounds: Bounds,
    store: str | None,
    key_file: str | None,
    jobs: int | None,
    no_progress: bool,
    fail_on_skipped: bool,
    quiet: bool,
) -> int:
    """Fingerprint documents into the store: files, and folders with all that is below them; or take a list of --terms.

    Content that is registered already is recognised. A document is known by its name: changed content under a known
    name is a new version of it; older versions still count. An interrupted call keeps what it had done: call it again.

    A list of terms has one term a line, in UTF-8; blank lines and lines that begin with # are none. A term is found as
    whole words, whatever their case, spacing and punctuation. A changed list takes the place of the older one.
    """
    if terms is not None:
        if paths or background or keep_text or no_sketch:
            raise UsageError("--terms FILE is registered alone: without PATH, --background, --keep-text or --no-sketch")
        return register_list(terms, label=label, owner=owner, name=name, store=store, key_file=key_file, quiet=quiet)
    if not paths:
        raise UsageError("name files or folders to register, or a list of terms with --terms FILE")
    if bool(label) == background:
        raise UsageError("give --label LABEL (such as trade-secret), or --background, and not both")
    limits = bounds.limits(selection.max_file_size)
    folder, key = open_place(store, key_file)
    source = selection.files(paths, folder)
    if name and sum(1 for _ in islice((each for each in source.items() if isinstance(each, Item)), 2)) > 1:
        raise UsageError("--name is for one file, and there are more; without it each is named by its path")
    counts: dict[str, int] = {}
    taken: dict[str, str] = {}
    unread = files = size = 0
    with Writer(folder, key) as writer, Progress("registering", wanted=not no_progress) as progress:
        labels = _labels(writer)
        call = Registration(
            writer,
            label=display(os.fsencode(label)) if label else BACKGROUND,
            owner=display(os.fsencode(owner)),
            name=display(os.fsencode(name)) if name else None,
            background=background,
            jobs=jobs or processors(),
            limits=limits,
            keep=Keep(sketch=not no_sketch, text=keep_text),
        )
        if progress.on:
            progress.total = sum(isinstance(each, Item) for each in source.items())
        for outcome in call.outcomes(source):
            files += 1
            size += outcome.document.size if outcome.document else 0
            if outcome.document and outcome.change in ("new", "version"):
                first = taken.setdefault(outcome.document.name, outcome.name)
                if first != outcome.name:
                    what = f"version {outcome.document.version} of {visible(outcome.document.name)}"
                    say(f"{visible(outcome.name)} became {what}, the name that {visible(first)} has, too")
            for line in _warnings(outcome, writer, labels) + (_not_kept(outcome) if keep_text else []):
                progress.clear()
                say(line)
            counts[outcome.change or "skipped"] = counts.get(outcome.change or "skipped", 0) + 1
            unread += any(skipped.reason != Reason.TOO_SHORT for skipped in outcome.skipped)
            if not quiet or outcome.skipped:
                progress.clear()
                for line in _lines(outcome, label, quiet):
                    click.echo(line)
            progress.update(files, size)
    if not quiet:
        click.echo(_total(counts))
    if counts and set(counts) == {"skipped"}:
        say("nothing was registered")
        return 2
    return 3 if unread and fail_on_skipped else 0


LARGE = 100_000_000
"""Bytes that a document seldom has."""

REMOVE = "dlp fingerprints remove"


def _labels(writer: Writer) -> dict[str, str]:
    """The label of the newest version of each document, by name."""
    secret = (each for each in writer.store.documents.values() if not each.background)
    return {each.name: each.label for each in sorted(secret, key=lambda each: each.version)}


def _warnings(outcome: Outcome, writer: Writer, labels: dict[str, str]) -> list[str]:
    """What changes how documents are judged, or whether they are found at all. Brings `labels` up to date."""
    document = outcome.document
    if not document:
        return []
    said = []
    name, label = visible(outcome.name), visible(document.label)
    if outcome.change == "version" and not document.background and labels[document.name] != document.label:
        before = visible(labels[document.name])
        what = f"version {document.version} of {visible(document.name)}"
        said.append(f"{name} became {what} with another label: {label}; earlier versions stay {before}")
    if outcome.change != "known" and not document.background:
        labels[document.name] = document.label
    if outcome.ordinary and not document.background:
        said.append(f"{name} is nothing but what everybody writes: no passage of it will count as its own")
    if document.size > LARGE and outcome.change in ("new", "version") and not document.background:
        out = f"{REMOVE} {document.id}"
        said.append(f"{name} has {document.size:,} bytes: if it is a log or an export, take it out again: {out}")
    other = writer.known(document.digest, not document.background)
    if other:
        secret = document if other.background else other
        what = f"{visible(secret.name)}, {visible(secret.label)}"
        background = visible((other if other.background else document).name)
        said.append(
            f"{name} is registered both as a secret ({what}) and as background ({background}): "
            "the secret is not found any more; to find it, remove the background document"
        )
    return said


def _not_kept(outcome: Outcome) -> list[str]:
    """Where the text was to be kept, and is not."""
    document = outcome.document
    if not document or document.keeps_text or Alphabet.TEXT not in document.symbols:
        return []
    name = visible(outcome.name)
    if outcome.change in ("new", "version"):
        return [f"the text of {name} is not kept: it is too long"]
    mend = f"remove it ({REMOVE} {document.id}@{document.version}) and register it again"
    return [f"{name} was registered without its text, and is so still; to keep it, {mend}"]


def _lines(outcome: Outcome, label: str | None, quiet: bool) -> list[str]:
    name, document = visible(outcome.name), outcome.document
    lines = []
    if document and not quiet:
        what = {
            "new": "registered",
            "version": f"version {document.version}",
            "relabelled": f"now {visible(document.label)}",
            "known": "known already",
        }[outcome.change or ""]
        as_name = "" if document.name == outcome.name else f" as {visible(document.name)}"
        amount = f", {document.entries} shingles" if outcome.change in ("new", "version") else ""
        other = label and document.label != label
        kept = f", still {visible(document.label)}; to relabel it: --name {visible(document.name)}" if other else ""
        lines.append(f"{what:<13} {name}{as_name}{amount}{kept}")
    if not document and not outcome.skipped:
        lines.append(f"{'skipped':<13} {name}")
    lines += [f"{'skipped' if not document else NOT_WHOLE:<13} {_why(each, outcome.name)}" for each in outcome.skipped]
    return lines


def _why(skipped: Skipped, name: str) -> str:
    where = " › ".join(visible(part) for part in (name, *skipped.provenance[1:]))  # noqa: RUF001 - the sign of a provenance
    return f"{where}: {skipped.reason}, {visible(skipped.detail)}"


def _total(counts: dict[str, int]) -> str:
    words = {
        "new": "registered",
        "version": "new versions",
        "relabelled": "relabelled",
        "known": "known already",
        "skipped": "skipped",
    }
    said = [f"{counts[what]} {word}" for what, word in words.items() if counts.get(what)]
    return ", ".join(said) or "nothing to register"
