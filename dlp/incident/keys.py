"""Keys of a folder of incidents: Ed25519 to sign the log, X25519 to seal evidence to who reviews it; and who may read
the files that hold them."""

from __future__ import annotations

import os
import shlex
import stat

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from dlp.errors import IncidentsError, IncidentsExists, IncidentsMissing, IncidentsUnsafe
from dlp.whole_files import sync_folder

MOST = 1 << 14
"""Bytes of a key's file."""

PublicKey = Ed25519PublicKey | X25519PublicKey
PrivateKey = Ed25519PrivateKey | X25519PrivateKey


def read_guarded(path: str, what: str, *, secret: bool, most: int = MOST) -> bytes:
    """The content of a file that decides something. A secret one must be its owner's alone, any other may be written
    to by its owner alone; the owner is who runs this, or root.

    Raises IncidentsMissing, IncidentsUnsafe with the mend, IncidentsError."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise IncidentsMissing(f"{what} is not there: {path}") from None
    except OSError as error:
        raise IncidentsError(f"{what} cannot be read: {path}: {error.strerror}") from None
    try:
        with open(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise IncidentsUnsafe(f"{what} is no file: {path}")
            guarded(status, path, what, 0o077 if secret else 0o022, "600" if secret else "go-w")
            data = file.read(most + 1)
    except OSError as error:
        raise IncidentsError(f"{what} cannot be read: {path}: {error.strerror}") from None
    if len(data) > most:
        raise IncidentsError(f"{what} is too large: {path} has more than {most:,} bytes")
    return data


def guarded(status: os.stat_result, path: str, what: str, loose: int, mend: str) -> None:
    """Raises IncidentsUnsafe where `loose` bits are set, or the owner is another user than this one and root."""
    if status.st_uid not in (os.geteuid(), 0):
        raise IncidentsUnsafe(
            f"{what} belongs to user {status.st_uid}: {path}; run this as that user, or mend it: "
            f"chown {os.geteuid()} {shlex.quote(path)}"
        )
    if status.st_mode & loose:
        mode = f"{stat.S_IMODE(status.st_mode):04o}"
        raise IncidentsUnsafe(f"{what} is open to others (mode {mode}): mend it: chmod {mend} {shlex.quote(path)}")


def check_folder(folder: str) -> None:
    """Raises IncidentsMissing, IncidentsUnsafe."""
    try:
        status = os.stat(folder)
    except OSError as error:
        raise IncidentsMissing(
            f"no incidents in {folder} ({error.strerror}); make a folder for them with: "
            f"dlp incidents init --incidents {shlex.quote(folder)}"
        ) from None
    guarded(status, folder, "the folder of incidents", 0o077, "700")


def write_new(path: str, data: bytes) -> None:
    """A new file of mode 0600, on the disk when this returns. Raises IncidentsExists, IncidentsError."""
    folder = os.path.dirname(path) or "."
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise IncidentsExists(f"{path} is there already; it is not overwritten") from None
    except OSError as error:
        raise IncidentsError(f"cannot write {path}: {error.strerror}") from None
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(folder)
    except OSError as error:
        os.unlink(path)
        raise IncidentsError(f"cannot write {path}: {error.strerror}") from None


def private_pem(key: PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_pem(key: PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def raw(key: PublicKey) -> bytes:
    """The 32 bytes."""
    return key.public_bytes_raw()


def load_signing(path: str) -> Ed25519PrivateKey:
    """Raises IncidentsMissing, IncidentsUnsafe, IncidentsError."""
    key = _private(path, "the key that signs the log")
    if not isinstance(key, Ed25519PrivateKey):
        raise IncidentsError(f"{path} holds no private key of Ed25519")
    return key


def load_review(path: str) -> X25519PrivateKey:
    """Raises IncidentsMissing, IncidentsUnsafe, IncidentsError."""
    key = _private(path, "the review key")
    if not isinstance(key, X25519PrivateKey):
        raise IncidentsError(f"{path} holds no private key of X25519, as a review key is")
    return key


def load_public_signing(path: str) -> Ed25519PublicKey:
    key = _public(path, "the public key of the log")
    if not isinstance(key, Ed25519PublicKey):
        raise IncidentsError(f"{path} holds no public key of Ed25519")
    return key


def load_public_review(path: str) -> X25519PublicKey:
    key = _public(path, "the public review key")
    if not isinstance(key, X25519PublicKey):
        raise IncidentsError(f"{path} holds no public key of X25519")
    return key


def _private(path: str, what: str) -> object:
    data = read_guarded(path, what, secret=True)
    try:
        return serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError):
        raise IncidentsError(f"{path} holds no private key in PEM without a password") from None


def _public(path: str, what: str) -> object:
    data = read_guarded(path, what, secret=False)
    try:
        return serialization.load_pem_public_key(data)
    except ValueError:
        raise IncidentsError(f"{path} holds no public key in PEM") from None


def verifies(key: Ed25519PublicKey, signature: object, statement: bytes) -> bool:
    if not isinstance(signature, bytes):
        return False
    try:
        key.verify(signature, statement)
    except InvalidSignature:
        return False
    return True
