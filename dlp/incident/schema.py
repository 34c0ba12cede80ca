"""What the database's file consists of; FORMAT.md has it byte by byte. A module that keeps tables has its own text."""

from __future__ import annotations

FORMAT = 1
"""Of the whole folder."""

APPLICATION_ID = 0x444C5049

LOG = """
CREATE TABLE log (
    number INTEGER PRIMARY KEY, time INTEGER NOT NULL, kind TEXT NOT NULL, digest BLOB NOT NULL, body BLOB,
    hash BLOB NOT NULL, signature BLOB
);
CREATE TABLE head (
    one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL, hash BLOB NOT NULL, signature BLOB NOT NULL,
    anchored INTEGER NOT NULL DEFAULT 0, anchored_time INTEGER NOT NULL DEFAULT 0
);
"""

INCIDENTS = """
CREATE TABLE incidents (
    ordinal INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, key BLOB NOT NULL UNIQUE, state TEXT NOT NULL,
    verdict TEXT NOT NULL, severity TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    times INTEGER NOT NULL, path TEXT NOT NULL, channel TEXT NOT NULL, digest TEXT NOT NULL, user TEXT NOT NULL,
    host TEXT NOT NULL, classes TEXT NOT NULL, title TEXT NOT NULL, outcome TEXT NOT NULL, notes INTEGER NOT NULL,
    detail INTEGER NOT NULL, entry INTEGER NOT NULL, paths TEXT NOT NULL
);
CREATE INDEX incidents_last ON incidents (last);
CREATE TABLE events (
    incident INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (incident, number)
) WITHOUT ROWID;
"""

EVIDENCE = """
CREATE TABLE evidence (number INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
"""

QUARANTINE = """
CREATE TABLE quarantine (
    id TEXT PRIMARY KEY, state TEXT NOT NULL, taken INTEGER NOT NULL, bytes INTEGER NOT NULL, notice TEXT NOT NULL,
    record BLOB NOT NULL
);
CREATE INDEX quarantine_state ON quarantine (state);
CREATE INDEX quarantine_notice ON quarantine (notice) WHERE notice != '';
CREATE TABLE allowances (
    digest TEXT NOT NULL, until INTEGER NOT NULL, id TEXT NOT NULL, reason TEXT NOT NULL, who TEXT NOT NULL
);
CREATE INDEX allowances_digest ON allowances (digest, until);
"""

NOTIFICATIONS = """
CREATE TABLE notifications (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, target TEXT NOT NULL, incident TEXT NOT NULL, made INTEGER NOT NULL,
    state TEXT NOT NULL, due INTEGER NOT NULL, tries INTEGER NOT NULL, problem TEXT NOT NULL, body BLOB NOT NULL
);
CREATE INDEX notifications_due ON notifications (target, state, due);
CREATE INDEX notifications_incident ON notifications (incident);
"""

TABLES = (LOG, INCIDENTS, EVIDENCE, QUARANTINE, NOTIFICATIONS)
"""Every module's."""
