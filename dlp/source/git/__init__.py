"""Repositories of git: which one is meant, a view of it that holds data and no orders, what its history holds."""
