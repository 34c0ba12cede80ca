"""kill -9 at random while files are taken into quarantine and given back: nothing is lost, and the log stays whole.

Each round takes all files of a folder into quarantine and gives them back, over and over, until it is killed; then
every file must be whole, in its place, held, or sealed and on record. What was cut short is gone on with, which is
killed at random as well; then each file must be in exactly one place, nothing may be left over, and the log must
verify.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from dlp.incident import folder as incidents
from dlp.incident import keys
from dlp.incident.quarantine import records
from dlp.incident.quarantine.containing import Quarantine, place_of
from dlp.incident.quarantine.opening import open_quarantine
from dlp.incident.quarantine.records import Record, State
from dlp.incident.quarantine.restoring import Restoring
from dlp.incident.quarantine.resuming import resume
from dlp.incident.sealing import open_stream
from dlp.incident.verifying import verify
from dlp.model import Contained, File

REVIEW = X25519PrivateKey.from_private_bytes(bytes(range(32)))
SIZES = (0, 1, 5_000, 300_000, 2_000_000)
KEPT = (State.SEALED, State.QUARANTINED, State.RESTORING)


class Ground:
    """A folder of incidents, and files in a channel."""

    def __init__(self, base: Path, channel: Path) -> None:
        self.path, self.channel = str(base / "incidents"), channel
        self.vault = base / "incidents" / "quarantine"
        channel.mkdir(parents=True)
        self.contents = {}
        for number, size in enumerate(SIZES):
            content = random.Random(number).randbytes(size) + b"%d" % number
            self.contents[hashlib.sha256(content).hexdigest()] = content
            (channel / f"file {number}").write_bytes(content)
        incidents.create(self.path, REVIEW.public_key()).close()

    def with_quarantine(self, work: Callable[[Quarantine], None]) -> None:
        with incidents.Folder(self.path) as folder, open_quarantine(folder, [os.fsencode(self.channel)]) as opened:
            work(opened)

    def listed(self) -> list[Record]:
        with incidents.Folder(self.path, writing=False) as folder, folder.database.reading() as db:
            return records.listed(db, KEPT)

    def places(self) -> Counter[tuple[str, str]]:
        """(digest, where) of each file that is somewhere, whole."""
        found: Counter[tuple[str, str]] = Counter()
        for path in (*self.channel.rglob("*"), *self.vault.glob("*.held")):
            if path.is_file() and not path.name.startswith(".dlp-restored-"):
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                held = path.suffix == ".held" or path.parent.name.startswith(".dlp-held-")
                found[digest, "held" if held else "place"] += digest in self.contents
        for record in self.listed():
            with open(self.vault / f"{record.id}.sealed", "rb") as sealed:
                content = b"".join(open_stream(sealed, REVIEW, place_of(record.id)))
            found[hashlib.sha256(content).hexdigest(), "sealed"] += 1
        return +found


def go_on(ground: Ground) -> None:
    """With what was cut short."""
    ground.with_quarantine(lambda opened: resume(opened) and None)


def to_and_fro(ground: Ground) -> None:
    """Takes all away and gives them back, until somebody ends it."""

    def work(quarantine: Quarantine) -> None:
        resume(quarantine)
        restoring = Restoring(quarantine)
        while True:
            for path in sorted(ground.channel.glob("file ?")):
                status, content = path.stat(), path.read_bytes()
                times = status.st_mtime_ns, status.st_ctime_ns
                digest = hashlib.sha256(content).hexdigest()
                scanned = File(len(content), *times, status.st_dev, status.st_ino, status.st_uid, digest=digest)
                done = quarantine.contain(os.fsencode(path), scanned, "", "Ask first.")
                if done.state != Contained.QUARANTINED:
                    raise SystemExit(f"{path} was not contained: {done}")
            for record in ground.listed():
                restoring.restore(record.id, REVIEW)

    ground.with_quarantine(work)


def killed(work: Callable[[], None], seconds: float) -> bool:
    """Does `work` in a child that is killed after so many seconds, if it is not done; whether it was killed."""
    child = os.fork()
    if not child:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - a child must not go on as its parent
            print(error, file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            if status:
                raise SystemExit("the child failed")
            return False
        time.sleep(0.0005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def check(ground: Ground, *, settled: bool) -> Counter[str]:
    """That every file is whole; once all is settled, that it is so in one place alone. How many are where."""
    found = ground.places()
    for digest in ground.contents:
        there = [where for (each, where), count in found.items() for _ in range(count) if each == digest]
        if not there or (settled and len(there) != 1):
            raise SystemExit(f"a file is in {there or 'no place'}")
    if settled:
        left = list(ground.channel.rglob(".dlp-*"))
        left += [path for path in ground.vault.iterdir() if path.suffix != ".sealed" and path.name != "lock"]
        if left:
            raise SystemExit(f"left over: {left}")
        with incidents.Folder(ground.path, writing=False) as folder:
            pem = keys.public_pem(folder.public())
            verified = verify(folder.database, folder.evidence, folder.public(), pem)
        if verified.faults:
            raise SystemExit(f"the log is damaged: {verified.faults}")
    return Counter(where for _, where in found)


def run(base: Path, channel: Path, kills: int, pick: random.Random) -> Counter[str]:
    ground, seen, done = Ground(base, channel), Counter[str](), 0
    while done < kills:
        done += killed(lambda: to_and_fro(ground), pick.uniform(0, 0.25))
        seen.update(check(ground, settled=False))
        if pick.random() < 0.5 and done < kills:
            done += killed(lambda: go_on(ground), pick.uniform(0, 0.02))
            check(ground, settled=False)
        go_on(ground)
        check(ground, settled=True)
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500, help="[%(default)s]")
    parser.add_argument("--elsewhere", metavar="DIR", default="/dev/shm", help="another file system  [%(default)s]")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--smoke", action="store_true", help="five kills")
    given = parser.parse_args()
    kills = 5 if given.smoke else given.kills
    pick = random.Random(given.seed)
    elsewhere = given.elsewhere if os.access(given.elsewhere, os.W_OK) else None
    with tempfile.TemporaryDirectory() as base, tempfile.TemporaryDirectory(dir=elsewhere) as other:
        grounds = {"one file system": Path(base, "beside", "channel")}
        if os.stat(other).st_dev != os.stat(base).st_dev:
            grounds["two file systems"] = Path(other, "channel")
        for number, (name, channel) in enumerate(grounds.items()):
            share = kills // len(grounds) + (number < kills % len(grounds))
            seen = run(Path(base, str(number)), channel, share, pick)
            places = ", ".join(f"{count} {where}" for where, count in sorted(seen.items()))
            print(f"{name}: {share} kills, nothing lost; when killed, files were: {places}", flush=True)


if __name__ == "__main__":
    main()
