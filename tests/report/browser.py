"""A real browser, where there is one: Chromium or Chrome of the system, or the one of playwright's."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


class NoBrowser(Exception):
    """Why there is none."""


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """Without a window. Raises NoBrowser."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise NoBrowser("playwright is not installed") from None
    path = os.environ.get("DLP_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        try:
            # Its own sandbox needs namespaces, which containers and root do not have; the pages are our own.
            started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except Error as error:
            raise NoBrowser(f"no browser: {str(error).splitlines()[0]}") from None
        with contextlib.closing(started):
            yield started
