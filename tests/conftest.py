"""How hypothesis runs. `HYPOTHESIS_PROFILE=ci` draws the same examples each time: a failure in CI is a change's."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

import pytest
from hypothesis import settings

# No deadlines: tests state behaviour, and machines are busy.
settings.register_profile("search", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
# Rules are compiled once for all tests, and anew for each run of them.
if "DLP_CACHE" not in os.environ:
    os.environ["DLP_CACHE"] = tempfile.mkdtemp(prefix="dlp-rules-")
    atexit.register(shutil.rmtree, os.environ["DLP_CACHE"], ignore_errors=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "search"))


_FIRST = ("tests/registry/", "tests/scan/", "tests/incident/", "tests/daemon/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """First what forks and kills: from a process that is still small, and has little open, that is quick. Workers keep
    the order (`--no-loadscope-reorder`)."""

    def place(item: pytest.Item) -> int:
        return next((at for at, each in enumerate(_FIRST) if item.nodeid.startswith(each)), len(_FIRST))

    items.sort(key=place)
