"""The folder of incidents: where it is, what stands in it, and how it is made."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from dlp.errors import IncidentsError, IncidentsExists
from dlp.incident import keys
from dlp.incident.chain import Log
from dlp.incident.database import NAME, Database
from dlp.incident.incidents import Who
from dlp.incident.schema import FORMAT

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


def create(path: str, review: X25519PublicKey, clock: Callable[[], int] = time.time_ns) -> Folder:
    """A new folder of mode 0700, or an empty one that is there.

    Raises IncidentsExists, IncidentsUnsafe, IncidentsFull, IncidentsError."""
    try:
        os.makedirs(path, mode=0o700, exist_ok=True)
        if NAME in os.listdir(path):
            raise IncidentsExists(f"there are incidents in {path} already")
        if os.listdir(path):
            raise IncidentsExists(f"{path} is not empty; name a new folder for incidents: --incidents DIR")
        keys.check_folder(path)
        os.mkdir(os.path.join(path, EVIDENCE), 0o700)
    except OSError as error:
        raise IncidentsError(f"cannot make {shlex.quote(path)}: {error.strerror}") from None
    signing = Ed25519PrivateKey.generate()
    keys.write_new(os.path.join(path, SIGNING), keys.private_pem(signing))
    keys.write_new(os.path.join(path, SIGNING_PUBLIC), keys.public_pem(signing.public_key()))
    keys.write_new(os.path.join(path, REVIEW_PUBLIC), keys.public_pem(review))
    Database.create(path)
    made = Folder(path)
    body = Begun(FORMAT, _pem(signing.public_key()), _pem(review), Who.here())
    with made.log(clock).appending() as appending:
        appending.append("init", body)
    return made


def _pem(key: keys.PublicKey) -> str:
    return keys.public_pem(key).decode()
