from __future__ import annotations

from pathlib import Path

import pytest

from ..cli.running import EXAMPLES, Dlp
from .running import Daemon


@pytest.fixture(scope="session")
def dlp(tmp_path_factory: pytest.TempPathFactory) -> Dlp:
    """The command, with the example secrets registered. For tests that change nothing in the store."""
    command = Dlp(tmp_path_factory.mktemp("home"))
    assert command("init").code == 0
    assert command("register", "--label", "trade-secret", EXAMPLES / "secrets").code == 0
    return command


@pytest.fixture
def daemon(dlp: Dlp, tmp_path: Path) -> Daemon:
    """One that is not started yet."""
    return Daemon(dlp, tmp_path)


@pytest.fixture
def fresh(tmp_path: Path) -> Dlp:
    """The command, with an empty store."""
    (tmp_path / "home").mkdir()
    command = Dlp(tmp_path / "home")
    assert command("init").code == 0
    return command
