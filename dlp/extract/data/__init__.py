"""Databases and other files of records."""
