"""Telling people and systems of incidents: one file a way, all through one queue that outlives a restart."""
