"""The pipeline, which alone knows every stage, and the worker pool that runs it."""
