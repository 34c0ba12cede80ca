"""Parquet files, and Arrow (Feather) files and streams: rows of columns, by pyarrow where it is installed
(`dlp[parquet]`); else only their plain bytes are searched, and that is said.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from dlp.extract.binary import plain_bytes, raw_strings
from dlp.extract.detect import detect
from dlp.extract.pieces import Damaged, Piece, told
from dlp.extract.raw import HEAD, read_upto
from dlp.limits import Limits
from dlp.model import Blob, Provenance, Reason, Skipped, Text

_ROWS = 1024
"""Rows made into Python values at a time."""

_CELLS = 200_000
"""Values that get a mark each; beyond, columns of `_ROWS` rows do."""

_MAX_DEPTH = 20


class ColumnarExtractor:
    """Reads Parquet, Arrow and Feather."""

    types = frozenset({"parquet", "arrow"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """One text of all values (marks `row 12 column iban`, rows from 1), blobs that are files; then the plain
        bytes. Raises OSError."""
        yield from told(blob, _pieces(blob, limits), limits)
        yield plain_bytes(blob)
        yield from raw_strings(blob)


def _pieces(blob: Blob, limits: Limits) -> Iterator[Piece]:
    try:
        import pyarrow
    except ImportError:
        detail = "Parquet or Arrow: install dlp[parquet] to read its columns; only its plain bytes were searched"
        yield Skipped(blob.provenance, Reason.UNSUPPORTED, detail)
        return
    # The usual pool reserves more address space than a worker may have.
    pyarrow.set_memory_pool(pyarrow.system_memory_pool())
    teller = _Teller(blob.provenance)
    try:
        for batch in _batches(blob, limits):
            if isinstance(batch, Skipped):
                yield batch
            else:
                batch.validate(full=True)  # what a file says of its own buffers is not to be believed
                yield from teller.batch(batch)
    except MemoryError as error:
        asked = re.search(r"\bof size (\d+)", str(error))
        if asked is None or int(asked[1]) <= limits.max_part:
            raise
        detail = f"Parquet or Arrow: asks for more than {limits.max_part} bytes at once"  # or is damaged and seems to
        yield Skipped(blob.provenance, Reason.LIMIT, detail)
    except (pyarrow.ArrowException, UnicodeDecodeError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        if "encrypted" in str(error).lower():
            yield Skipped(blob.provenance, Reason.ENCRYPTED, "Parquet: no key")
            return
        raise Damaged(f"Parquet or Arrow: {type(error).__name__}") from error


def _batches(blob: Blob, limits: Limits) -> Iterator[Any]:
    """Record batches, and what was left out. pyarrow checks sizes and checksums itself; what a page unpacks to is
    bounded by the worker's memory."""
    blob.stream.seek(0)
    head = read_upto(blob.stream, 8)
    blob.stream.seek(0)
    if head.startswith((b"PAR1", b"PARE")):
        import pyarrow.parquet

        file = pyarrow.parquet.ParquetFile(
            blob.stream, thrift_string_size_limit=1 << 26, page_checksum_verification=True
        )
        sizes = [file.metadata.row_group(number).total_byte_size for number in range(file.num_row_groups)]
        small = [number for number, size in enumerate(sizes) if size <= limits.max_part]
        if len(small) < len(sizes):
            detail = f"Parquet: {len(sizes) - len(small)} row groups of more than {limits.max_part} bytes"
            yield Skipped(blob.provenance, Reason.LIMIT, detail)
        if small:
            yield from file.iter_batches(batch_size=_ROWS, row_groups=small, use_threads=False)
    elif head.startswith(b"FEA1"):
        import pyarrow.feather

        yield from pyarrow.feather.read_table(blob.stream, use_threads=False).to_batches(max_chunksize=_ROWS)
    elif head.startswith(b"ARROW1"):
        import pyarrow.ipc

        reader = pyarrow.ipc.open_file(blob.stream)
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number)
    else:
        import pyarrow.ipc

        yield from pyarrow.ipc.open_stream(blob.stream)


class _Teller:
    """Columns of a batch, value by value."""

    def __init__(self, provenance: Provenance) -> None:
        self._provenance = provenance
        self._cells = 0
        self._rows = 0

    def batch(self, batch: Any) -> Iterator[Piece]:
        if not self._rows:
            for key, value in (batch.schema.metadata or {}).items():
                if key not in (b"ARROW:schema", b"pandas"):
                    yield "metadata", f"{key.decode('utf-8', 'replace')} {value.decode('utf-8', 'replace')}"
            yield "columns", "\n".join(batch.schema.names)
        for start in range(0, batch.num_rows, _ROWS):
            part = batch.slice(start, _ROWS)
            yield from self._part(part)
            self._rows += part.num_rows

    def _part(self, part: Any) -> Iterator[Piece]:
        names = [_shown(name) for name in part.schema.names]
        columns = [column.to_pylist() for column in part.columns]
        for index, row in enumerate(zip(*columns, strict=True)):
            number = self._rows + index + 1
            for name, value in zip(names, row, strict=True):
                if value is None:
                    continue
                self._cells += 1
                if self._cells > _CELLS:
                    number = self._rows + 1
                yield from self._value(f"row {number} column {name}", value, 0)

    def _value(self, place: str, value: Any, depth: int) -> Iterator[Piece]:
        if isinstance(value, str):
            yield place, value
        elif isinstance(value, bytes):
            yield from self._bytes(place, value)
        elif isinstance(value, (list, tuple)) and depth < _MAX_DEPTH:
            for each in value:
                yield from self._value(place, each, depth + 1)
        elif isinstance(value, dict) and depth < _MAX_DEPTH:
            for each in value.values():
                yield from self._value(place, each, depth + 1)
        elif value is not None:
            yield place, str(value)

    def _bytes(self, place: str, value: bytes) -> Iterator[Piece]:
        """A file is a blob; of other bytes, what is text in them, for they stand packed in the file."""
        kind = detect(value[:HEAD]) if value else "binary"
        if kind == "text":
            yield place, value.decode("utf-8", "replace")
        elif value:
            yield Blob((*self._provenance, place), io.BytesIO(value), len(value))


def _shown(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name[:60])
