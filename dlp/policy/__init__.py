"""From what was found, and what was not read, to a verdict."""
