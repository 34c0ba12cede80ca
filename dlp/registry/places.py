"""Where the store and its key are looked for, and how a new key is made."""

from __future__ import annotations

import base64
import binascii
import os
import shlex
import stat
import sys
from collections.abc import Mapping

from dlp.errors import KeyMissing, StoreExists
from dlp.whole_files import sync_folder

KEY_BYTES = 32


def user_folder(environment: Mapping[str, str], variable: str, otherwise: str) -> str:
    """The user's folder that `variable` names. One that is not absolute does not count, as XDG has it."""
    base = environment.get(variable, "")
    return os.path.join(base if os.path.isabs(base) else os.path.expanduser(otherwise), "dlp")


def data_folder(environment: Mapping[str, str]) -> str:
    """Ours among the user's data."""
    usual = "~/Library/Application Support" if sys.platform == "darwin" else "~/.local/share"
    return user_folder(environment, "XDG_DATA_HOME", usual)


def store_path(option: str | None, environment: Mapping[str, str]) -> str:
    """The store's folder: the option, else $DLP_STORE, else `store` in the user's data folder."""
    given = option or environment.get("DLP_STORE")
    return os.path.abspath(given or os.path.join(data_folder(environment), "store"))


def key_path(option: str | None, environment: Mapping[str, str]) -> str:
    """The key's file: the option, else $DLP_KEY_FILE, else `store.key` in the user's configuration folder.

    That is another folder than the data's, also on macOS: whoever copies the store does not copy the key with it.
    """
    given = option or environment.get("DLP_KEY_FILE")
    return os.path.abspath(
        given or os.path.join(user_folder(environment, "XDG_CONFIG_HOME", "~/.config"), "store.key")
    )


def load_key(option: str | None, environment: Mapping[str, str]) -> bytes:
    """The 32 bytes of the key: of the option's file, of $DLP_KEY_FILE, of $DLP_KEY (base64), or of the user's file.

    Raises KeyMissing, saying what was looked for and how to go on.
    """
    if not option and not environment.get("DLP_KEY_FILE") and environment.get("DLP_KEY"):
        return _decode(environment["DLP_KEY"], "$DLP_KEY")
    path = key_path(option, environment)
    try:
        with open(path, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(1024)
    except FileNotFoundError:
        raise KeyMissing(
            f"no key: {path} does not exist; name its file by --key-file or $DLP_KEY_FILE, put it (base64) into "
            "$DLP_KEY, or make a store and its key with: dlp init"
        ) from None
    except OSError as error:
        raise KeyMissing(f"no key: cannot read {path}: {error.strerror}") from None
    if stat.S_ISREG(mode) and mode & 0o077:
        mend = f"chmod 600 {shlex.quote(path)}"
        raise KeyMissing(f"the key file {path} is open to others (mode {mode & 0o777:04o}); mend it: {mend}")
    return _decode(text.decode("ascii", "replace"), path)


def _decode(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise KeyMissing(f"{where} does not hold a key: expected the base64 text of {KEY_BYTES} bytes") from None
    if len(key) != KEY_BYTES:
        raise KeyMissing(f"{where} does not hold a key: {len(key)} bytes, not {KEY_BYTES}")
    return key


def make_key(path: str) -> bytes:
    """A new random key in a new file of mode 0600, on the disk when this returns.

    Raises StoreExists rather than overwrite one, KeyMissing where it cannot be written.
    """
    key = os.urandom(KEY_BYTES)
    folder = os.path.dirname(path)
    try:
        if not os.path.isdir(folder):
            os.makedirs(folder, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        if error.filename != path:
            raise KeyMissing(f"cannot write the key {path}: {error.filename} is no folder") from None
        raise StoreExists(f"there is a key already: {path}; name it by --key-file to use it for a new store") from None
    except OSError as error:
        raise KeyMissing(f"cannot write the key {path}: {error.strerror}") from None
    try:
        with open(handle, "wb") as file:
            file.write(base64.b64encode(key) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        sync_folder(folder)
    except OSError as error:
        os.unlink(path)
        raise KeyMissing(f"cannot write the key {path}: {error.strerror}") from None
    return key
