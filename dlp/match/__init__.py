"""Matchers: each draws Findings from a Text."""
