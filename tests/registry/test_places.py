"""Where the store and its key are looked for."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from dlp.errors import KeyMissing, StoreExists
from dlp.registry import places
from dlp.registry.places import key_path, load_key, make_key, store_path

KEYS = {name: bytes([number]) * 32 for number, name in enumerate(("option", "file", "variable", "user"))}


def _write(path: Path, content: bytes | str, mode: int = 0o600) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return str(path)


def _key(name: str) -> str:
    return base64.b64encode(KEYS[name]).decode()


def test_a_key_is_the_options_or_that_of_the_named_file_or_of_the_variable_or_the_users(tmp_path: Path) -> None:
    option = _write(tmp_path / "option", _key("option"))
    environment = {
        "DLP_KEY_FILE": _write(tmp_path / "file", _key("file") + "\n"),
        "DLP_KEY": _key("variable"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    _write(tmp_path / "config/dlp/store.key", _key("user"))
    assert load_key(option, environment) == KEYS["option"]
    assert load_key(None, environment) == KEYS["file"]
    del environment["DLP_KEY_FILE"]
    assert load_key(option, environment) == KEYS["option"]
    assert load_key(None, environment) == KEYS["variable"]
    del environment["DLP_KEY"]
    assert load_key(None, environment) == KEYS["user"]


def test_a_key_file_that_was_named_is_not_passed_over_for_another_key(tmp_path: Path) -> None:
    environment = {"DLP_KEY": _key("variable"), "DLP_KEY_FILE": str(tmp_path / "gone")}
    with pytest.raises(KeyMissing, match="gone does not exist"):
        load_key(None, environment)
    with pytest.raises(KeyMissing, match=r"nowhere does not exist.*--key-file or \$DLP_KEY_FILE.*dlp init"):
        load_key(str(tmp_path / "nowhere"), {"DLP_KEY": _key("variable")})


def test_empty_variables_count_as_none(tmp_path: Path) -> None:
    environment = {"DLP_KEY": "", "DLP_KEY_FILE": "", "DLP_STORE": "", "XDG_CONFIG_HOME": str(tmp_path)}
    _write(tmp_path / "dlp/store.key", _key("user"))
    assert load_key(None, environment) == KEYS["user"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o601, 0o777])
def test_a_key_file_that_others_may_open_is_refused_with_the_mend(tmp_path: Path, mode: int) -> None:
    path = _write(tmp_path / "a key", _key("option"), mode)
    with pytest.raises(KeyMissing, match=f"mode {mode:04o}.*chmod 600 '{path}'"):
        load_key(path, {})
    os.chmod(path, 0o400)
    assert load_key(path, {}) == KEYS["option"]


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"not base64!", b"QUJD", base64.b64encode(bytes(31)), base64.b64encode(bytes(33)), bytes(32),
     b"\xff" * 44, base64.b64encode(bytes(32)) * 2],
)  # fmt: skip
def test_what_is_no_key_is_refused_and_never_shown(tmp_path: Path, content: bytes) -> None:
    path = _write(tmp_path / "key", content)
    with pytest.raises(KeyMissing, match="does not hold a key") as caught:
        load_key(path, {})
    assert len(content) < 3 or content.decode("ascii", "replace") not in str(caught.value)
    if content and b"\0" not in content:
        with pytest.raises(KeyMissing, match=r"\$DLP_KEY does not hold a key"):
            load_key(None, {"DLP_KEY": content.decode("latin-1")} if content.strip() else {"DLP_KEY": " "})


def test_a_folder_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing, match="cannot read"):
        load_key(str(tmp_path), {})


def test_a_store_is_the_options_or_that_of_the_variable_or_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    environment = {"DLP_STORE": "here", "XDG_DATA_HOME": "/data"}
    assert store_path("there", environment) == str(tmp_path / "there")
    assert store_path(None, environment) == str(tmp_path / "here")
    assert store_path(None, {"XDG_DATA_HOME": "/data"}) == "/data/dlp/store"


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_the_users_key_is_not_beside_the_users_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(places.sys, "platform", platform)
    store, key = store_path(None, {}), key_path(None, {})
    assert store.startswith(str(tmp_path))
    assert key.startswith(str(tmp_path))
    assert os.path.dirname(store) != os.path.dirname(key)
    assert os.path.commonpath([store, key]) != store


def test_folders_of_the_environment_that_are_not_absolute_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert key_path(None, {"XDG_CONFIG_HOME": "relative"}) == key_path(None, {})
    assert store_path(None, {"XDG_DATA_HOME": "relative"}) == store_path(None, {})


def test_a_new_key_is_random_for_its_owner_only_and_never_overwrites_one(tmp_path: Path) -> None:
    paths = [str(tmp_path / name / "key") for name in "ab"]
    keys = [make_key(path) for path in paths]
    assert keys[0] != keys[1]
    for path, key in zip(paths, keys, strict=True):
        assert os.stat(path).st_mode & 0o777 == 0o600
        assert load_key(path, {}) == key
    with pytest.raises(StoreExists, match="there is a key already"):
        make_key(paths[0])
    assert load_key(paths[0], {}) == keys[0]


def test_a_key_that_cannot_be_written_leaves_no_half_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KeyMissing, match="cannot write the key"):
        make_key(str(tmp_path / "file/key"))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KeyMissing, match="No space left"):
        make_key(str(tmp_path / "key"))
    assert not (tmp_path / "key").exists()
