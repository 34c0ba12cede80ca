from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .making import Place

MEMORY = "/dev/shm"
"""A folder whose files are never synced, where there is one."""


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder that costs no waiting for a disk."""
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.fixture
def place(memory: Path) -> Place:
    return Place(memory)
