"""Makes the background that is shipped: which grams are common in contracts and licences.

    python fingerprints/make_background.py CONTRACTS [--texts DIR] [--packages DIR] [--out FILE]

CONTRACTS is a folder of contracts, one text file each (CUAD's `full_contract_txt`, CC BY 4.0). Of these, and of the
licences that packages carry under `--packages`, it takes the grams that stand in two documents: names, sums and
everything else that one party wrote stand in one. The licences in `--texts` are standard texts, public as a whole, and
are taken whole. Files are read in the order of their names and no copy is read twice, so the same files make the same
table.

The file is described where it is read, in dlp/fingerprint/background.py.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from dlp.fingerprint import Familiar, fold
from dlp.fingerprint.background import pack

BITS = 3 << 23  # 3 MiB: filled by a fifth, which takes an unknown gram for known once in 25 times
ONCE = 1 << 29  # while it is made: all grams of all documents fill less than a tenth

ROOT = Path(__file__).resolve().parent.parent
STANDARD = Path("/usr/share/common-licenses")


def texts(folder: Path, only: str = "") -> Iterator[bytes]:
    """The folded texts of the files under a folder whose names begin with one of `only`, each text once."""
    seen = set()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (not only or path.name.lower().startswith(tuple(only.split()))):
            text = fold(path.read_bytes())
            if text not in seen:
                seen.add(text)
                yield text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("contracts", type=Path)
    parser.add_argument("--texts", type=Path, default=STANDARD, help="folder of licences to take whole")
    parser.add_argument("--packages", type=Path, help="folder of installed packages, for their licences")
    parser.add_argument("--out", type=Path, default=ROOT / "fingerprints" / "background.bin")
    given = parser.parse_args()

    table, once, counts = Familiar(BITS), Familiar(ONCE), [0, 0, 0]
    for text in texts(given.texts):
        table.add(text)
        counts[0] += 1
    table.add(fold((ROOT / "LICENSE").read_bytes()))
    for text in texts(given.packages, "licence license copying") if given.packages else ():
        table.add_repeated(text, once)
        counts[1] += 1
    for text in texts(given.contracts):
        table.add_repeated(text, once)
        counts[2] += 1
    data = pack(table)
    given.out.write_bytes(data)
    print(f"{counts[0]} standard texts, {counts[1]} licences of packages, {counts[2]} contracts")
    print(f"fill {table.fill:.3f}, while made {once.fill:.3f}; {len(data)} bytes")


if __name__ == "__main__":
    main()
