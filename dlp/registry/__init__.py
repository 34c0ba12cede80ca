"""The sealed store of what was registered: its place, its key, its segments, its catalogue."""
