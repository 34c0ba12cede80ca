"""The folder of incidents: where it is, what stands in it, and how it is made."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from dlp.errors import IncidentsExists
from dlp.incident import keys, settings
from dlp.incident.chain import Log
from dlp.incident.database import NAME, Database, failed_write
from dlp.incident.incidents import Who
from dlp.incident.schema import FORMAT
from dlp.whole_files import sync_folder

SIGNING, SIGNING_PUBLIC, REVIEW_PUBLIC = "signing.key", "signing.pub", "review.pub"
EVIDENCE = "evidence"


class Begun(msgspec.Struct, frozen=True):
    """The body of the first entry, `init`. Keys in PEM."""

    format: int
    signing: str
    review: str
    who: Who


class Folder:
    """One folder of incidents. Keys are read when they are asked for: to read needs none."""

    def __init__(self, path: str, *, writing: bool = True) -> None:
        """Raises IncidentsMissing, IncidentsUnsafe, IncidentsDamaged, IncidentsError."""
        keys.check_folder(path)
        self.path = path
        self.database = Database(path, writing=writing)

    def log(self, clock: Callable[[], int] = time.time_ns) -> Log:
        """For adding to it: takes the key that signs. Raises IncidentsMissing, IncidentsUnsafe, IncidentsError."""
        return Log(self.database, keys.load_signing(os.path.join(self.path, SIGNING)), clock)

    @property
    def evidence(self) -> str:
        return os.path.join(self.path, EVIDENCE)

    def public(self) -> Ed25519PublicKey:
        """Whose signatures the log has."""
        return keys.load_public_signing(os.path.join(self.path, SIGNING_PUBLIC))

    def review(self) -> X25519PublicKey:
        """To whom evidence is sealed."""
        return keys.load_public_review(os.path.join(self.path, REVIEW_PUBLIC))

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def create(path: str, review: X25519PublicKey, clock: Callable[[], int] = time.time_ns) -> Folder:
    """A new folder of mode 0700, in place of an empty one if there is one. It is made beside and takes its name when it
    is whole.

    Raises IncidentsExists, IncidentsFull, IncidentsError."""
    temporary = f"{path}.{os.getpid()}.new"
    try:
        if os.path.lexists(os.path.join(path, NAME)):
            raise IncidentsExists(f"there are incidents in {path} already")
        if os.path.lexists(path) and (not os.path.isdir(path) or os.listdir(path)):
            raise IncidentsExists(f"{path} is there and not empty; name a new folder for incidents: --incidents DIR")
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        os.mkdir(temporary, 0o700)
    except OSError as error:
        raise failed_write(error, path) from None
    try:
        _fill(temporary, review, clock)
        os.rename(temporary, path)
        sync_folder(os.path.dirname(path))
    except OSError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise failed_write(error, path) from None
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return Folder(path)


def _fill(folder: str, review: X25519PublicKey, clock: Callable[[], int]) -> None:
    os.mkdir(os.path.join(folder, EVIDENCE), 0o700)
    signing = Ed25519PrivateKey.generate()
    keys.write_new(os.path.join(folder, SIGNING), keys.private_pem(signing))
    keys.write_new(os.path.join(folder, SIGNING_PUBLIC), keys.public_pem(signing.public_key()))
    keys.write_new(os.path.join(folder, REVIEW_PUBLIC), keys.public_pem(review))
    keys.write_new(os.path.join(folder, settings.NAME), settings.EXAMPLE.encode())
    Database.create(folder)
    body = Begun(FORMAT, _pem(signing.public_key()), _pem(review), Who.here())
    with Folder(folder) as made, made.log(clock).appending() as appending:
        appending.append("init", body)


def _pem(key: keys.PublicKey) -> str:
    return keys.public_pem(key).decode()
