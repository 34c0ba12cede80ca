"""Makes the background that is shipped: which grams are common in contracts and licences.

    python fingerprints/make_background.py CONTRACTS [--texts DIR] [--packages DIR] [--out FILE]

CONTRACTS is a folder of contracts, one text file each (CUAD's `full_contract_txt`, CC BY 4.0). Of these, and of the
licences that packages carry under `--packages`, it takes the grams that stand in two documents: names, sums and
everything else that one party wrote stand in one. The licences in `--texts` are standard texts, public as a whole, and
are taken whole. Files are read in the order of their names and no copy is read twice, so the same files make the same
table.

The file: `DLPFAMIL`, then u32 format version, u32 fold version, u64 bits, u32 number of orders, u32 each order (all
little-endian), then the table's bytes as an xz stream. It holds marks of grams, bits of a hash, and no text.
"""

from __future__ import annotations

import argparse
import lzma
import struct
from collections.abc import Iterator
from pathlib import Path

from dlp.fingerprint import FOLD_VERSION, Familiar, fold
from dlp.fingerprint.reference_familiar import ORDERS

MAGIC = b"DLPFAMIL"
VERSION = 1
HEADER = struct.Struct(f"<8sIIQI{len(ORDERS)}I")

BITS = 3 << 23  # 3 MiB: filled by a fifth, which takes an unknown gram for known once in 25 times
ONCE = 1 << 29  # while it is made: all grams of all documents fill less than a tenth

ROOT = Path(__file__).resolve().parent.parent
STANDARD = Path("/usr/share/common-licenses")


def header() -> bytes:
    return HEADER.pack(MAGIC, VERSION, FOLD_VERSION, BITS, len(ORDERS), *ORDERS)


def pack(table: Familiar) -> bytes:
    """The file's bytes for a table of `BITS` bits."""
    return header() + lzma.compress(table.to_bytes(), preset=9)


def unpack(data: bytes) -> Familiar:
    """The table of such a file. Raises ValueError where it is of another version, folding or orders, or damaged."""
    if data[: HEADER.size] != header():
        raise ValueError("not a background of this version: make it anew with fingerprints/make_background.py")
    try:
        table = Familiar.from_bytes(lzma.decompress(data[HEADER.size :]))
    except (lzma.LZMAError, EOFError) as error:
        raise ValueError(f"the background is damaged: {error}") from error
    if 8 * len(table.to_bytes()) != BITS:
        raise ValueError("the background is damaged: its table is of another size")
    return table


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
