"""Trials: what the engine finds of a document when somebody hides it."""
