"""What the catalogue's file consists of; fingerprints/FORMAT.md has it byte by byte."""

from __future__ import annotations

FORMAT = 3
"""Of the whole store; fingerprints/FORMAT.md describes it."""

OLDEST = 2
"""The format that is still read. It has no table of terms: a store of it becomes one of FORMAT when it gets terms."""

APPLICATION_ID = 0x444C5053

TERMS = "CREATE TABLE terms (ordinal INTEGER PRIMARY KEY, sealed BLOB NOT NULL);"

SCHEMA = f"""
CREATE TABLE state (
    one INTEGER PRIMARY KEY CHECK (one = 1), store BLOB NOT NULL, key_check BLOB NOT NULL, sealed BLOB NOT NULL
);
CREATE TABLE documents (ordinal INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
CREATE TABLE outlines (ordinal INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
CREATE TABLE sketches (ordinal INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
CREATE TABLE texts (ordinal INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
CREATE TABLE familiar (one INTEGER PRIMARY KEY CHECK (one = 1), sealed BLOB NOT NULL);
{TERMS}
PRAGMA user_version = {FORMAT};
"""

PARTS = ("outlines", "sketches", "texts", "terms")
"""Tables that hold a record for a document, or none."""


def tables_of(version: int) -> tuple[str, ...]:
    """Those of PARTS that a file of that format has."""
    return PARTS if version > OLDEST else PARTS[:-1]
