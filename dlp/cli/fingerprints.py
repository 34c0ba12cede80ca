"""`dlp fingerprints`: what is registered, and the care of the store."""

from __future__ import annotations

import os
import sys
import time

import click
import msgspec

from dlp.cli.options import open_place, store_options
from dlp.errors import UsageError
from dlp.model import Document
from dlp.registry.places import load_key
from dlp.registry.records import Registered
from dlp.registry.store import Store
from dlp.registry.transfer import export_store, import_store
from dlp.registry.writer import Writer
from dlp.report.escape import visible

as_json = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)


@click.group()
def fingerprints() -> None:
    """What is registered, and the care of the store."""


@fingerprints.command("list")
@as_json
@store_options
def list_documents(form: str, store: str | None, key_file: str | None) -> None:
    """List registered documents, newest version first."""
    registry = Store(*open_place(store, key_file))
    documents = sorted(registry.documents.values(), key=lambda each: (each.background, each.name, -each.version))
    if form == "json":
        _write_json({"version": 1, "documents": [_public(each) for each in documents]})
        return
    for each in documents:
        label = "(background)" if each.background else each.label
        owner = f"  {each.owner}" if each.owner else ""
        terms = f" (a list of {each.terms:,} terms)" if each.terms else ""
        click.echo(f"{each.id}  v{each.version:<3} {visible(label):<14} {visible(each.name)}{terms}{visible(owner)}")
    click.echo(_counted(registry), err=True)


@fingerprints.command()
@click.argument("documents", nargs=-1, required=True, metavar="DOCUMENT…")
@as_json
@store_options
def show(documents: tuple[str, ...], form: str, store: str | None, key_file: str | None) -> None:
    """Show registered documents. DOCUMENT is a name, an id, or id@version."""
    registry = Store(*open_place(store, key_file))
    found = [registry.documents[each] for each in _find(registry, documents)]
    if form == "json":
        _write_json({"version": 1, "documents": [_public(each) for each in found]})
        return
    for each in found:
        when = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(each.registered))
        symbols = ", ".join(f"{count:,} ({alphabet})" for alphabet, count in each.symbols.items())
        rows = {
            "name": visible(each.name),
            "id": f"{each.id}@{each.version}",
            "label": "(background)" if each.background else visible(each.label),
            "owner": visible(each.owner) or "-",
            "registered": when,
            "file size": f"{each.size:,} bytes",
        }
        if each.terms:
            rows["terms"] = f"{each.terms:,}"
        else:
            rows["symbols"] = symbols
            rows["shingles"] = f"{each.entries:,}"
            rows["sketch"] = f"{each.words:,} words" if each.words else "none"
            rows["text"] = "kept" if each.keeps_text else "not kept"
        click.echo("\n".join(f"{name:<12}{value}" for name, value in rows.items()) + "\n")


@fingerprints.command()
@click.argument("documents", nargs=-1, required=True, metavar="DOCUMENT…")
@store_options
def remove(documents: tuple[str, ...], store: str | None, key_file: str | None) -> None:
    """Take documents out: they no longer match. DOCUMENT is a name or an id (all versions), or id@version.

    Their fingerprints stay sealed on the disk until `compact`.
    """
    with Writer(*open_place(store, key_file)) as writer:
        for each in writer.remove(_find(writer.store, documents)):
            click.echo(f"removed {visible(each.name)} version {each.version}")


@fingerprints.command()
@store_options
def compact(store: str | None, key_file: str | None) -> None:
    """Merge segments, and drop the fingerprints of removed documents from the disk."""
    with Writer(*open_place(store, key_file)) as writer:
        before, after = writer.compact()
    click.echo(f"{before:,} bytes before, {after:,} after")


@fingerprints.command()
@store_options
def verify(store: str | None, key_file: str | None) -> int:
    """Read the whole store and check it."""
    registry = Store(*open_place(store, key_file))
    wrong = registry.verify()
    for line in wrong:
        click.echo(f"wrong: {line}", err=True)
    if not wrong:
        entries = sum(each.entries for each in registry.state.segments)
        click.echo(f"all is well: {_counted(registry)}, {entries:,} shingles")
    return 2 if wrong else 0


@fingerprints.command("export")
@click.argument("file", metavar="FILE")
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@click.option("--with-text", is_flag=True,
              help="Take along the texts that are kept (register --keep-text, --background). Who holds FILE and key "
              "can read them.")  # fmt: skip
@click.option("--screen", is_flag=True,
              help="Only a one-way screen: that registered text is there, not what. Its key goes to FILE.key.")
@store_options
def export_documents(
    file: str, force: bool, with_text: bool, screen: bool, store: str | None, key_file: str | None
) -> None:
    """Write all that is registered to one file, sealed under the store's key.

    It holds fingerprints, sketches and lists of terms; text only --with-text.
    """
    if os.path.exists(file) and not force:
        raise UsageError(f"{file} exists; give --force to overwrite it")
    folder, key = open_place(store, key_file)
    if screen:
        _export_screen(Store(folder, key), file)
        return
    count = export_store(Store(folder, key), key, file, with_text=with_text)
    click.echo(f"exported {count} documents to {file}")


def _export_screen(registry: Store, file: str) -> None:
    from dlp.registry.places import make_key
    from dlp.registry.screen import evidence, write_screen

    found = evidence(registry)
    beside = os.path.abspath(file) + ".key"
    key = load_key(beside, {}) if os.path.lexists(beside) else make_key(beside)
    size = write_screen(file, key, found)
    many = sum(map(len, found.values()))
    click.echo(f"{many:,} shingles in {file}, {size:,} bytes; its key, for $DLP_SCREEN_KEY, is in {beside}")


@fingerprints.command("import")
@click.argument("file", metavar="FILE")
@click.option("--from-key-file", metavar="FILE", help="The key that FILE is sealed under.  [the store's own]")
@store_options
def import_documents(file: str, from_key_file: str | None, store: str | None, key_file: str | None) -> None:
    """Take the documents of an exported FILE into the store."""
    folder, key = open_place(store, key_file)
    from_key = load_key(from_key_file, os.environ) if from_key_file else key
    with Writer(folder, key) as writer:
        taken, known = import_store(writer, from_key, file)
    click.echo(f"imported {taken} documents, {known} known already")


def _counted(registry: Store) -> str:
    lists = registry.lists.values()
    many = "1 list" if len(lists) == 1 else f"{len(lists)} lists"
    terms = f", {many} of {sum(each.terms for each in lists):,} terms" if lists else ""
    return f"{len(registry.documents) - len(lists)} documents{terms}"


def _find(registry: Store, wanted: tuple[str, ...]) -> list[int]:
    """Ordinals of what is asked for. Raises UsageError naming all that is not there."""
    found: dict[int, None] = {}
    missing = []
    for each in wanted:
        matching = [
            ordinal
            for ordinal, document in registry.documents.items()
            if each in (document.name, document.id, f"{document.id}@{document.version}")
        ]
        found.update(dict.fromkeys(matching))
        if not matching:
            missing.append(each)
    if missing:
        raise UsageError(f"not registered: {', '.join(missing)}; `dlp fingerprints list` shows what is")
    return list(found)


def _public(document: Registered) -> dict[str, object]:
    """A document as the JSON formats show it."""
    named: Document = document.document
    return {
        **msgspec.structs.asdict(named),
        "owner": document.owner,
        "background": document.background,
        "size": document.size,
        "shingles": document.entries,
        "words": document.words,
        "keeps_text": document.keeps_text,
        "terms": document.terms,
        "registered": document.registered,
    }


def _write_json(value: object) -> None:
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")
    sys.stdout.buffer.flush()
