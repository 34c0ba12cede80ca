"""The fold table is one table: the C header, the reference's file and the version that stores carry."""

from __future__ import annotations

import re
import struct
from importlib.resources import files

from dlp.fingerprint import FOLD_VERSION, _kernel
from dlp.fingerprint.reference_fold import _table

HEADER = files("dlp.fingerprint").joinpath("kernel/fold_table.h").read_text()


def header_array(name: str) -> list[int]:
    found = re.search(rf"{name}\[(\d+)\] = \{{([^}}]*)\}}", HEADER)
    assert found, name
    values = [int(value) for value in found[2].split(",")]
    assert len(values) == int(found[1])
    return values


def test_header_and_file_hold_the_same_arrays() -> None:
    stage1, stage2, expansions = _table()
    assert header_array("fold_stage1") == list(stage1)
    assert header_array("fold_stage2") == list(stage2)
    assert header_array("fold_expansions") == list(expansions)
    assert header_array("fold_ascii") == [entry >> 8 for entry in stage2[:128]]


def test_file_ends_with_its_last_array() -> None:
    data = files("dlp.fingerprint").joinpath("fold_table.bin").read_bytes()
    _, first, second, expansions = struct.unpack_from("<4I", data)
    assert len(data) == 16 + 2 * first + 4 * second + expansions
    assert first == 0x110000 >> 7


def test_one_version_everywhere() -> None:
    data = files("dlp.fingerprint").joinpath("fold_table.bin").read_bytes()
    assert struct.unpack_from("<I", data) == (FOLD_VERSION,)
    assert re.findall(r"#define FOLD_VERSION (\d+)", HEADER) == [str(FOLD_VERSION)]
    assert _kernel.FOLD_VERSION == FOLD_VERSION


def test_no_character_folds_to_more_than_the_kernel_has_room_for() -> None:
    _, _, expansions = _table()
    at, longest = 0, 0
    while at < len(expansions):
        longest = max(longest, expansions[at])
        at += 1 + expansions[at]
    assert longest <= 32  # FOLD_MOST


def test_characters_of_two_bytes_stand_first_in_the_table() -> None:
    stage1, _, _ = _table()
    assert list(stage1[:16]) == list(range(3, 19))
