"""Made `store_v3/` and `exported_v3`, whose bytes are kept: run it for a new format only, into new names.

Those of format 2 were made the same way, without the list.

Randomness is replaced by a counter, so that the sealed bytes can be compared where they do not depend on versions of
SQLite and zlib.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import sys
from unittest import mock

from dlp.registry.store import Store
from dlp.registry.transfer import export_store
from dlp.registry.writer import Writer
from tests.registry.making import KEY, new_store, register, register_list, text

TERMS = {"Projekt Müller": 2, "客户": 1, "Falcon": 1}
"""And the words of each."""

NAMES = {1: "Angebot Müller.docx", 2: "客户名单.xlsx", 3: "template.dotx", 4: "removed.txt"}


def make(folder: str) -> None:
    """`store_v3` and `exported_v3` in `folder`."""
    counter = itertools.count()

    def counted(size: int) -> bytes:
        return hashlib.blake2b(b"golden %d" % next(counter), digest_size=size).digest()

    with mock.patch.object(os, "urandom", counted):
        store = new_store(os.path.join(folder, "store_v3"))
        with Writer(store, KEY) as writer:
            for seed, name in NAMES.items():
                kinds = {"background": seed == 3, "keep_text": seed == 2}
                register(writer, name, text(seed), label="secret", owner="ann", **kinds)
                writer.commit()
            register(writer, NAMES[1], text(5), label="secret", owner="ann")
            writer.commit()
            writer.remove([3])
            register_list(writer, "names.txt", {"Albatros": 1})
            register_list(writer, "names.txt", TERMS)
        opened = Store(store, KEY)
        export_store(opened, KEY, os.path.join(folder, "exported_v3"), with_text=True)
        opened.close()
        os.unlink(os.path.join(store, "lock"))


if __name__ == "__main__":
    make(sys.argv[1])
