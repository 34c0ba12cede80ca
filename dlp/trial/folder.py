"""Where a trial keeps its files while it runs: they hold documents."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def temporary(trial: str) -> Iterator[str]:
    """A folder of mode 0700 that is gone afterwards, however the trial ends."""
    folder = tempfile.mkdtemp(prefix=f"dlp-{trial}-")
    try:
        yield folder
    finally:
        try:
            shutil.rmtree(folder)
        finally:  # a second Ctrl-C may have broken that off
            shutil.rmtree(folder, ignore_errors=True)
