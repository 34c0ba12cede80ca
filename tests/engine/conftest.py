from __future__ import annotations

from pathlib import Path

import pytest

from .engine import Engine, Listener, prose

SECRET = prose(1, 900) + "\n" + (Path(__file__).parent / "languages.txt").read_text()
"""What `registered` holds: English of no meaning, then paragraphs in other languages and scripts."""


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """An empty store."""
    return Engine(tmp_path)


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """A store with the one document SECRET, to be scanned against and not to be changed."""
    engine = Engine(tmp_path_factory.mktemp("registered"))
    engine.register(SECRET, name="secret")
    return engine


@pytest.fixture(scope="module")
def secret() -> str:
    return SECRET


@pytest.fixture(scope="module")
def listener(registered: Engine) -> Listener:
    return Listener(registered)
