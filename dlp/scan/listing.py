"""A file of terms, one a line, as a list that is registered."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from dlp.errors import UsageError
from dlp.fingerprint import fold, split_words
from dlp.fingerprint.reference_terms import LEAST, MOST
from dlp.registry.records import Registered
from dlp.registry.term_list import MOST_TERMS, TermList
from dlp.registry.writer import Change, Writer
from dlp.scan.member import signals_held
from dlp.source.opening import display

LONGEST = 256
"""Characters of a term."""

COMMENT = "#"

_BOM = "\ufeff"
_MOST_LINE = 1 << 16
"""Bytes of a line that are read: no comment is longer."""


class Listing(msgspec.Struct, frozen=True):
    """What a file lists. `repeated`: the lines whose terms fold as those of earlier ones do."""

    terms: TermList
    size: int
    repeated: tuple[int, ...]


def read_terms(path: str) -> Listing:
    """Blank lines, and those that begin with `#`, are no terms. Raises UsageError that names the line."""
    words: dict[bytes, int] = {}
    repeated: list[int] = []
    try:
        with open(path, "rb") as file:
            for number, term in _lines(file, path):
                symbols, count = _folded(term, f"{path}:{number}")
                if symbols in words:
                    repeated.append(number)
                elif len(words) == MOST_TERMS:
                    raise UsageError(f"{path}:{number}: more than {MOST_TERMS:,} terms; make several lists of them")
                words[symbols] = max(count, words.get(symbols, 0))
            size = file.tell()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    if not words:
        raise UsageError(f"{path} holds no terms; write one a line")
    try:
        return Listing(TermList.of(words), size, tuple(repeated))
    except ValueError:
        raise UsageError(f"{path} holds terms of more than 64 MB; make several lists of them") from None


def _lines(file: BinaryIO, path: str) -> Iterator[tuple[int, str]]:
    """The lines that are terms, by their numbers from 1."""
    number = 0
    while data := file.readline(_MOST_LINE):
        number += 1
        if len(data) == _MOST_LINE and not data.endswith(b"\n"):
            raise UsageError(f"{path}:{number}: a line of more than {_MOST_LINE:,} bytes; write one term a line")
        try:
            line = data.decode()
        except UnicodeDecodeError:
            line = "\0"
        if "\0" in line:
            raise UsageError(f"{path}:{number}: not UTF-8 text; save the file as UTF-8")
        line = line.removeprefix(_BOM).strip() if number == 1 else line.strip()
        if line and not line.startswith(COMMENT):
            yield number, line


def _folded(term: str, where: str) -> tuple[bytes, int]:
    """(symbols, words) of a term. What it says is none of the message's business: a terminal's output is kept."""
    if len(term) > LONGEST:
        raise UsageError(f"{where}: a term of {len(term):,} characters; {LONGEST} is the most: write one term a line")
    data = term.encode()
    symbols = fold(data)
    if len(symbols) < LEAST:
        raise UsageError(
            f"{where}: too short: a term needs {LEAST} letters or digits, or one ideograph; fewer are in every text"
        )
    if len(symbols) > MOST:
        raise UsageError(f"{where}: too long: its letters fold to {len(symbols):,} symbols; {MOST:,} is the most")
    _, _, starts, ends = split_words(data)
    apart = sum(start > end for start, end in zip(starts[1:], ends, strict=False))
    return symbols, 1 + apart


def register_terms(writer: Writer, path: str, listing: Listing, *, label: str, owner: str, name: str | None) -> Change:
    """Takes a list into the store. `name`: None for the file's. Raises StoreFull, StoreError."""
    document = Registered(
        id="",
        name=name or display(os.fsencode(os.path.basename(path))),
        label=label,
        owner=owner,
        version=0,
        background=False,
        size=listing.size,
        digest=listing.terms.digest,
        symbols={},
        entries=0,
        registered=int(time.time()),
    )
    with signals_held():  # an old list must not stay beside the new one
        return writer.add_terms(document, listing.terms)
