"""Fingerprinting: folding, shingles, winnowing, and the matching of both; pure functions over bytes.

There are two kernels with the same names and the same results: the compiled one and its plain Python twin.
`$DLP_KERNEL` demands one of them (`c+avx512`, `c`, `python`); a demand that cannot be met is an error.
Without a demand the compiled kernel is used, with AVX-512 where the processor has it. There is no other
fallback: a package without its compiled kernel was not built whole.
"""

from __future__ import annotations

import os

from dlp.errors import UsageError
from dlp.fingerprint.parameters import BACKGROUND, BYTES_SCALE, FOLD_VERSION, GONE, SCALES, TEXT_SCALE, Alphabet, Scale

KERNELS = ("c+avx512", "c", "python")


def _choose(demand: str) -> str:
    if demand and demand not in KERNELS:
        raise UsageError(f"DLP_KERNEL={demand!r}: no such kernel; there are {', '.join(KERNELS)}")
    if demand == "python":
        return demand
    from dlp.fingerprint import _kernel

    if demand == "c+avx512" and not _kernel.vector_available():
        raise UsageError("DLP_KERNEL=c+avx512: this processor has no AVX-512 with VBMI2; unset it, or use c")
    wide = demand != "c" and _kernel.vector_available()
    _kernel.use_vector(wide)
    return "c+avx512" if wide else "c"


KERNEL = _choose(os.environ.get("DLP_KERNEL", ""))
"""The kernel in use."""

if KERNEL == "python":
    from dlp.fingerprint.reference import (
        Aligner,
        Familiar,
        Index,
        Runs,
        Scanner,
        Selector,
        Sketch,
        Terms,
        count_text,
        find_signs,
        fold,
        live_entries,
        pack_keys,
        pack_outline,
        rarity,
        sort_entries,
        split_words,
        unpack_keys,
        unpack_outline,
        weigh,
    )
else:
    from dlp.fingerprint._kernel import (
        Aligner,
        Familiar,
        Index,
        Runs,
        Scanner,
        Selector,
        Sketch,
        Terms,
        count_text,
        find_signs,
        fold,
        live_entries,
        pack_keys,
        pack_outline,
        rarity,
        sort_entries,
        split_words,
        unpack_keys,
        unpack_outline,
        weigh,
    )

__all__ = [
    "BACKGROUND",
    "BYTES_SCALE",
    "FOLD_VERSION",
    "GONE",
    "KERNEL",
    "KERNELS",
    "SCALES",
    "TEXT_SCALE",
    "Aligner",
    "Alphabet",
    "Familiar",
    "Index",
    "Runs",
    "Scale",
    "Scanner",
    "Selector",
    "Sketch",
    "Terms",
    "count_text",
    "find_signs",
    "fold",
    "live_entries",
    "pack_keys",
    "pack_outline",
    "rarity",
    "sort_entries",
    "split_words",
    "unpack_keys",
    "unpack_outline",
    "weigh",
]
