"""Incidents: how fast they are recorded and listed, and how fast the log is verified; and kills while recording.

Recording is measured one transaction a result, and many results a transaction, as scans do; verifying with everything
that it does: the chain, the signatures, and the table of incidents made anew. A kill ends a writer anywhere; then all
that it said to be recorded must be there, and the log verify.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import os
import random
import signal
import sys
import tempfile
import time

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from measure import Bench, dlp, in_turn, median, ratio, show

from dlp.incident.folder import SIGNING_PUBLIC, Folder, create
from dlp.incident.incidents import Who
from dlp.incident.listing import Filter, listed
from dlp.incident.recording import Described, Recorder
from dlp.incident.verifying import verify
from dlp.model import Coverage, File, Handling, Level, Result, Verdict

BATCH = 64
WHO = Who(1000, "ann", "host")
FINDING = b'{"kind":"pattern","rule":"aws-access-key"}'
BODY = b'{"path":"/srv/outbox/file","findings":[' + b",".join([FINDING] * 10) + b"]}"


def made(number: int, salt: str = "") -> Result:
    path = f"/srv/outbox/department {number % 97}/report {number}.docx"
    verdict = (Verdict.WARN, Verdict.QUARANTINE, Verdict.BLOCK)[number % 3]
    file = File(1000, 1, 1, 1, number, 0, digest=hashlib.sha256(f"{salt}{number}".encode()).hexdigest())
    reason = f"trade-secret document formula-{number % 50}.md: {number % 5000} symbols (from 400 on)"
    return Result(path, (path,), verdict, (reason,), Coverage.COMPLETE, (), (), file=file,
                  handling=Handling(severity=Level.HIGH), sealed=b"x" * 200)  # fmt: skip


def described(result: Result) -> Described:
    return Described(result.path, result.reasons[0], ["trade-secret"], "0123456789abcdef policy.yaml", "store 7", BODY)


def recorder(folder: Folder) -> Recorder:
    return Recorder(folder.log(), described, who=WHO)


def verified(folder: Folder) -> tuple[int, float]:
    """(entries, CPU seconds)."""
    with open(os.path.join(folder.path, SIGNING_PUBLIC), "rb") as file:
        pem = file.read()
    begun = time.process_time()
    done = verify(folder.database, folder.evidence, folder.public(), pem)
    if done.faults:
        sys.exit(f"the log does not verify: {done.faults[:3]}")
    return done.entries, time.process_time() - begun


def record(folder: Folder, count: int, batch: int, salt: str = "") -> float:
    """Results recorded a second."""
    taking = recorder(folder)
    begun = time.perf_counter()
    for first in range(0, count, batch):
        taking.take_all([made(number, salt) for number in range(first, min(first + batch, count))])
    return count / (time.perf_counter() - begun)


def kills(path: str, count: int, chance: random.Random) -> int:
    """Ends a writer anywhere, so many times. How many results were acknowledged."""
    acknowledged: set[str] = set()
    for turn in range(count):
        read, write = os.pipe()
        child = os.fork()
        if not child:
            os.close(read)
            try:
                taking = recorder(Folder(path))
                for number in range(10**6):
                    batch = [made(3 * number + each, f"kill {turn} ") for each in range(1 + number % 3)]
                    taken = taking.take_all(batch)
                    os.write(write, "".join(each.incident + "\n" for each in taken).encode())
            finally:
                os._exit(1)
        os.close(write)
        time.sleep(chance.uniform(0.01, 0.08))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with open(read) as pipe:
            acknowledged |= {line for line in pipe.read().split("\n") if len(line) == 12}
        if turn % 20 == 19 or turn == count - 1:
            with Folder(path) as folder:
                verified(folder)
                lost = acknowledged - {each.id for each in listed(folder.database, Filter())}
                if lost:
                    sys.exit(f"{len(lost)} results that were acknowledged are lost after {turn + 1} kills")
    return len(acknowledged)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=float, default=1e5, help="recorded  [%(default)s]")
    parser.add_argument("--kills", type=int, default=500, help="of a writer  [%(default)s]")
    parser.add_argument("--rounds", type=int, default=7, help="runs of each command  [%(default)s]")
    parser.add_argument("--smoke", action="store_true", help="a short run that checks the results")
    given = parser.parse_args()
    if given.smoke:
        given.incidents, given.kills, given.rounds = 2000, 5, 1
    count = int(given.incidents)
    gc.set_threshold(50_000, 20, 20)  # as the command does
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as base:
        bench = Bench(base)
        bench.environment["DLP_INCIDENTS"] = bench.path("incidents")
        folder = create(bench.path("incidents"), X25519PrivateKey.generate().public_key())
        many = record(folder, count, BATCH)
        entries, seconds = verified(folder)
        again = record(folder, count // 4, BATCH)
        single = record(folder, count // 100, 1, "single ")
        folder.close()
        listing = {"list": [dlp(), "incidents", "list"], "click": [sys.executable, "-c", "import click"]}
        if bench.output(listing["list"]).count(b"\n") != count + count // 100:
            sys.exit("not all incidents are listed")
        runs = in_turn({name: (lambda c=command: bench.run(c)) for name, command in listing.items()}, given.rounds)
        create(bench.path("killed"), X25519PrivateKey.generate().public_key()).close()
        survived = kills(bench.path("killed"), given.kills, random.Random(1))
    show(
        f"{count:,} incidents",
        [
            (f"recording, {BATCH} a transaction", f"{many:,.0f} a second", ""),
            ("recording what was seen before", f"{again:,.0f} a second", ""),
            ("recording one by one", f"{single:,.0f} a second", ""),
            ("verifying", f"{entries / seconds:,.0f} entries for each CPU second", "50,000 or more"),
            ("listing all, whole command, CPU", f"{median([run.cpu for run in runs['list']]):.2f} s", "0.5 s or less"),
            ("the same, by the clock", f"{median([run.wall for run in runs['list']]):.2f} s", ""),
            ("the same beside import click", f"{ratio(runs['list'], runs['click'], 'wall')[0]:.1f} x", ""),
            (f"{given.kills} kills while recording", f"{survived:,} acknowledged, none lost", "none lost"),
        ],
        smoke=given.smoke,
    )


if __name__ == "__main__":
    main()
