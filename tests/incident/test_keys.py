"""Who may read what: keys, the configuration and the folder are refused where others can reach them."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from dlp.errors import ConfigError, IncidentsError, IncidentsExists, IncidentsMissing, IncidentsUnsafe
from dlp.incident import keys, settings
from dlp.incident.database import NAME
from dlp.incident.folder import Folder, create
from dlp.incident.settings import Anchor, Retention, Settings

from .making import REVIEW, made, recorder, result


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return made(tmp_path / "incidents")


def test_all_that_is_made_is_its_owners_alone(folder: Folder) -> None:
    recorder(folder).take(result())
    assert os.stat(folder.path).st_mode & 0o777 == 0o700
    for each in Path(folder.path).rglob("*"):
        assert os.stat(each).st_mode & 0o777 == (0o700 if each.is_dir() else 0o600), each


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_signing_key_that_others_can_read_is_refused_and_mended_as_said(folder: Folder, mode: int) -> None:
    path = os.path.join(folder.path, "signing.key")
    os.chmod(path, mode)
    with pytest.raises(IncidentsUnsafe) as caught:
        folder.log()
    subprocess.run(shlex.split(str(caught.value).rpartition("mend it: ")[2]), check=True)
    folder.log()


def test_what_may_be_read_may_not_be_written_by_others(folder: Folder) -> None:
    for name, ask in (("review.pub", folder.review), ("signing.pub", folder.public),
                      ("config.yaml", lambda: settings.load(folder.path))):  # fmt: skip
        path = os.path.join(folder.path, name)
        os.chmod(path, 0o644)
        ask()
        os.chmod(path, 0o646)
        with pytest.raises(IncidentsUnsafe, match=r"chmod go-w"):
            ask()


def test_a_folder_that_others_can_enter_is_refused(folder: Folder) -> None:
    os.chmod(folder.path, 0o750)
    with pytest.raises(IncidentsUnsafe, match="chmod 700"):
        Folder(folder.path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_somebody_elses_key_is_refused(folder: Folder) -> None:
    os.chown(os.path.join(folder.path, "signing.key"), 12345, -1)
    with pytest.raises(IncidentsUnsafe, match="belongs to user 12345"):
        folder.log()


def test_a_key_of_another_kind_or_none_is_refused(folder: Folder, tmp_path: Path) -> None:
    review = tmp_path / "review.key"
    keys.write_new(str(review), keys.private_pem(REVIEW))
    assert keys.load_review(str(review)).public_key() == REVIEW.public_key()
    with pytest.raises(IncidentsError, match="no private key of Ed25519"):
        keys.load_signing(str(review))
    with pytest.raises(IncidentsError, match="no private key of X25519"):
        keys.load_review(os.path.join(folder.path, "signing.key"))
    with pytest.raises(IncidentsError, match="no public key of X25519"):
        keys.load_public_review(os.path.join(folder.path, "signing.pub"))
    review.write_text("nothing")
    with pytest.raises(IncidentsError, match="in PEM"):
        keys.load_review(str(review))
    review.write_bytes(bytes(1 << 15))
    with pytest.raises(IncidentsError, match="too large"):
        keys.load_review(str(review))
    with pytest.raises(IncidentsMissing):
        keys.load_review(str(tmp_path / "gone"))
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(IncidentsUnsafe, match="is no file"):
        keys.load_review(str(tmp_path / "pipe"))


def test_nothing_is_overwritten(folder: Folder, tmp_path: Path) -> None:
    with pytest.raises(IncidentsExists):
        create(folder.path, REVIEW.public_key())
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(IncidentsExists, match="not empty"):
        create(str(tmp_path / "full"), REVIEW.public_key())
    with pytest.raises(IncidentsExists):
        keys.write_new(os.path.join(folder.path, "signing.key"), b"")
    (tmp_path / "empty").mkdir()
    create(str(tmp_path / "empty"), REVIEW.public_key()).close()
    assert sorted(os.listdir(tmp_path)) == ["empty", "full", "incidents"]


def test_a_folder_that_is_none_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(IncidentsMissing, match="dlp incidents init"):
        Folder(str(tmp_path / "gone"))
    (tmp_path / "empty").mkdir(mode=0o700)
    with pytest.raises(IncidentsMissing, match="dlp incidents init"):
        Folder(str(tmp_path / "empty"))
    (tmp_path / "empty" / NAME).write_bytes(b"no database at all" * 100)
    with pytest.raises(IncidentsError, match="damaged"):
        Folder(str(tmp_path / "empty"))


def test_what_init_writes_is_what_holds_without_it(folder: Folder) -> None:
    assert settings.load(folder.path) == Settings()
    os.unlink(os.path.join(folder.path, settings.NAME))
    assert settings.load(folder.path) == Settings()
    start = settings.EXAMPLE.index("# anchor:")
    block = settings.EXAMPLE[start : settings.EXAMPLE.index("\n\n", start)]
    Path(folder.path, settings.NAME).write_text("\n".join(line.removeprefix("# ") for line in block.split("\n")))
    os.chmod(os.path.join(folder.path, settings.NAME), 0o600)
    assert settings.load(folder.path).anchor == Anchor(["logger", "--tag", "dlp-head"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("version: 2", "line 1: version 2"),
        ("version: 1\nretention: {closed: soon}", "line 2: retention.*'soon' is no time"),
        ("version: 1\nretention:\n  closd: 1d", "line"),
        ("evidence: {largest: lots}", "is no size"),
        ("anchor: {command: []}", "a word at least"),
        ("anchor: {command: [x], every: 0}", "counts from 1"),
        ("version: 1\nversion: 1", "line 2"),
        ("{", "line"),
    ],
)
def test_a_configuration_that_makes_no_sense_is_refused_with_its_line(folder: Folder, text: str, told: str) -> None:
    Path(folder.path, settings.NAME).write_text(text)
    with pytest.raises(ConfigError, match=told):
        settings.load(folder.path)


def test_ages_are_as_elsewhere() -> None:
    assert settings.seconds("180d") == 180 * settings.DAY
    assert settings.seconds("never") is None
    with pytest.raises(ValueError, match="no time"):
        Retention(log="1 fortnight")
