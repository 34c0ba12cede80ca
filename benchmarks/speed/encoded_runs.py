"""The search for encoded runs, beside that for fingerprints in the same text, and how fast what is encoded is read."""

from __future__ import annotations

import argparse
import base64
import io
import random
import sys
import time
from array import array
from collections.abc import Callable

from data import paragraph, vocabularies
from measure import MB, median, show

from dlp.extract.recursion import extract
from dlp.fingerprint import TEXT_SCALE, Index, Scanner, Selector, find_signs
from dlp.limits import Limits
from dlp.model import Blob, Skipped

CHUNK = 1 << 18
CODE = (
    "def request_{0}(self, {1}, freq=0.5, seq=None):\n"
    '    """Gives the {2} of a {1}."""\n'
    '    if self.{2}_is_known and len({1}) >= {3}: raise ValueError("no such {2}: %r" % {1})\n'
    "    return self.{2}({1}=[each['{0}'] for each in {1}], limit={3}) + sqrt(freq)\n\n"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=20, help="megabytes of each text  [%(default)s]")
    parser.add_argument("--rounds", type=int, default=5, help="times each is measured  [%(default)s]")
    parser.add_argument("--smoke", action="store_true", help="one short run that checks the results")
    given = parser.parse_args()
    size = 1 * MB if given.smoke else given.size * MB
    rounds = 1 if given.smoke else given.rounds
    secret, carrier = vocabularies()
    source = random.Random(1)
    prose = "".join(paragraph(source, carrier, 600) for _ in range(size // 600)).encode()
    code = "".join(CODE.format(*source.sample(carrier, 3), source.randrange(9999)) for _ in range(size // 300)).encode()
    scanner = _scanner("".join(paragraph(source, secret, 600) for _ in range(2000)).encode())
    rows = []
    for name, text in (("prose", prose), ("program code", code)):
        chunks = [text[at : at + CHUNK] for at in range(0, len(text), CHUNK)]
        signs = _seconds(lambda: [find_signs(chunk, 0, True, -1) for chunk in chunks], rounds)  # noqa: B023
        scan = _seconds(lambda: _scan(scanner, chunks), rounds)  # noqa: B023
        rows.append((f"{name}: search for runs", f"{len(text) / signs / MB:,.0f} MB/s", ""))
        rows.append((f"{name}: of the search for fingerprints", f"{100 * signs / scan:.0f} %", "10 % or less"))
    for name, data in (
        ("base64 of text", base64.encodebytes(prose[: size // 2])),
        ("base64 of noise", base64.encodebytes(source.randbytes(size // 2))),
        ("short runs", b"\n- ".join(base64.b64encode(prose[at : at + 24]) for at in range(0, size // 2, 24))),
        ("percent", b"".join(b"%%%02X" % byte for byte in prose[: size // 10])),
    ):
        read = 0
        begun = time.process_time()
        for item in extract(Blob(("x",), io.BytesIO(data), len(data)), Limits()):
            if isinstance(item, Skipped):
                continue
            read += sum(map(len, item.chunks))
        if read < len(data):
            sys.exit(f"{name}: not all of it was read")
        rows.append((f"extracting {name}", f"{len(data) / (time.process_time() - begun) / MB:,.0f} MB/s", ""))
    show("encoded runs", rows, smoke=given.smoke)


def _scanner(text: bytes) -> Scanner:
    selector = Selector(TEXT_SCALE)
    selector.feed(text)
    keys = array("Q", sorted(set(selector.finish()[0])))
    return Scanner(Index(TEXT_SCALE, [(keys, array("Q", bytes(8 * len(keys))))], array("I", [0]), 1, 10))


def _scan(scanner: Scanner, chunks: list[bytes]) -> None:
    scanner.reset()
    for chunk in chunks:
        scanner.feed(chunk)
    scanner.finish()


def _seconds(job: Callable[[], object], rounds: int) -> float:
    seconds = []
    for _ in range(rounds + 1):
        begun = time.process_time()
        job()
        seconds.append(time.process_time() - begun)
    return median(seconds[1:])


if __name__ == "__main__":
    main()
