"""Single things that are remembered from one start to the next."""

from __future__ import annotations

from dlp.daemon.database import Database


def generation_of(db: Database, digest: bytes) -> int:
    """The number of what files are judged by, which is known by its digest; a new one where that is another than the
    last. Raises StateBroken, StateBusy."""
    facts = dict(db.read("SELECT name, value FROM facts WHERE name IN ('digest', 'generation')"))
    number = int(facts.get("generation", 0))
    if facts.get("digest") == digest:
        return number
    number += 1
    db.write("INSERT OR REPLACE INTO facts VALUES (?, ?)", [("digest", digest), ("generation", number)])
    db.commit()
    return number
