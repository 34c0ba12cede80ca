"""`dlp init`: a store and its key."""

from __future__ import annotations

import os

import click

from dlp.cli.options import store_options
from dlp.errors import KeyMissing
from dlp.registry.places import key_path, load_key, make_key, store_path
from dlp.registry.store import create_store


@click.command()
@store_options
def init(store: str | None, key_file: str | None) -> None:
    """Make a store and its key.

    A key that exists already (--key-file, $DLP_KEY_FILE, $DLP_KEY) is used; otherwise a new one is written, never into
    the store. Keep a copy of the key in a safe place: without it the store cannot be read.
    """
    folder = store_path(store, os.environ)
    path = key_path(key_file, os.environ)
    from_environment = not key_file and not os.environ.get("DLP_KEY_FILE") and bool(os.environ.get("DLP_KEY"))
    if not from_environment and os.path.commonpath([folder, path]) == folder:
        raise KeyMissing(f"the key must not lie in the store it opens: {path}; name another place by --key-file")
    if from_environment or os.path.exists(path):
        key, origin = load_key(key_file, os.environ), "the key of $DLP_KEY" if from_environment else f"the key {path}"
        create_store(folder, key)
        click.echo(f"made the store {folder} under {origin}")
    else:
        key = make_key(path)
        try:
            create_store(folder, key)
        except BaseException:
            os.unlink(path)
            raise
        click.echo(f"made the store {folder}\nmade its key   {path}  (keep a copy in a safe place)")
