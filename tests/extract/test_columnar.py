from __future__ import annotations

import builtins
import io
import struct
from collections.abc import Callable
from typing import Any

import pyarrow
import pyarrow.feather
import pyarrow.ipc
import pyarrow.parquet
import pytest

from dlp.limits import Limits
from dlp.model import Reason

from .samples import docx, paragraph, read
from .test_picture import place

TABLE = pyarrow.table(
    {
        "name": [f"Name {n}" for n in range(3000)],
        "iban": [f"marker-{n}-end" for n in range(3000)],
        "number": [5500005555555559 + n for n in range(3000)],
        "nested": [{"inner": [f"deep-{n}-end"]} for n in range(3000)],
    }
)


def parquet(table: Any = TABLE, **options: Any) -> bytes:
    out = io.BytesIO()
    pyarrow.parquet.write_table(table, out, **options)
    return out.getvalue()


def feather(table: Any = TABLE) -> bytes:
    out = io.BytesIO()
    pyarrow.feather.write_feather(table, out, compression="zstd")
    return out.getvalue()


def stream(table: Any = TABLE) -> bytes:
    out = io.BytesIO()
    with pyarrow.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()


MAKERS: dict[str, Callable[[], bytes]] = {
    **{
        codec: (lambda codec=codec: parquet(compression=codec))
        for codec in ("snappy", "zstd", "gzip", "none", "brotli")
    },
    "delta": lambda: parquet(use_dictionary=False, column_encoding={"iban": "DELTA_BYTE_ARRAY"}),
    "feather": feather,
    "stream": stream,
}


@pytest.mark.parametrize("maker", MAKERS)
def test_values_are_found_with_their_places(maker: str) -> None:
    data = MAKERS[maker]()
    texts, skipped = read(data)
    assert not skipped
    assert texts[0].place("marker-7-end") == "row 8 column iban"
    assert texts[0].place("marker-2999-end") == "row 3000 column iban"
    assert texts[0].place("5500005555558558") == "row 3000 column number"
    assert texts[0].place("deep-1200-end") == "row 1201 column nested"
    assert texts[0].text.startswith("name\niban\n")
    assert [text.data for text in texts if text.alphabet == "bytes" and text.provenance == ("sample",)] == [data]


def test_metadata_is_read() -> None:
    assert place(parquet(TABLE.replace_schema_metadata({"author": "marker words"})), "marker words") == "metadata"


def test_files_in_values_are_blobs() -> None:
    data = parquet(pyarrow.table({"file": [docx(paragraph("marker", " words"))], "bytes": [b"text in a value"]}))
    texts, _ = read(data)
    inside = [text for text in texts if "marker words" in text.text]
    assert [text.provenance[1] for text in inside] == ["row 1 column file"]
    assert texts[0].place("text in a value") == "row 1 column bytes"


@pytest.mark.parametrize("maker", ["snappy", "feather", "stream"])
def test_a_file_cut_short_is_said(maker: str) -> None:
    data = MAKERS[maker]()
    assert Reason.CORRUPT in [each.reason for each in read(data[: len(data) // 2])[1]]


def test_damage_is_said() -> None:
    data = bytearray(parquet())
    data[100:200] = b"\xff" * 100
    assert Reason.CORRUPT in [each.reason for each in read(bytes(data))[1]]


@pytest.mark.parametrize(("most", "whole"), [(1 << 24, True), (1 << 16, False)])
def test_a_row_group_has_a_limit(most: int, whole: bool) -> None:
    _, skipped = read(parquet(), limits=Limits(max_part=most))
    assert [each.reason for each in skipped] == ([] if whole else [Reason.LIMIT])


def test_without_pyarrow_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def fake(name: str, *rest: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *rest)

    data = parquet(compression="none", use_dictionary=False)
    monkeypatch.setattr(builtins, "__import__", fake)
    texts, skipped = read(data)
    assert [each.reason for each in skipped] == [Reason.UNSUPPORTED]
    assert "dlp[parquet]" in skipped[0].detail
    assert any("marker-7-end" in text.text for text in texts)


def test_a_size_that_no_memory_has_is_over_a_limit() -> None:
    data = feather(TABLE.slice(0, 3))
    reasons = set()
    for at in range(8, len(data) - 18, 8):  # Arrow's numbers of eight bytes stand at multiples of eight
        damaged = bytearray(data)
        struct.pack_into("<q", damaged, at, 1 << 58)
        texts, skipped = read(bytes(damaged))
        assert any(text.alphabet == "bytes" for text in texts)
        reasons |= {each.reason for each in skipped}
    assert Reason.LIMIT in reasons
    assert Reason.MEMORY not in reasons
