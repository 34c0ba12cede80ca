"""Archives and packed files: what they hold, streamed within one budget a file."""
