"""What rules say of themselves, for reports that explain them."""

from __future__ import annotations

from collections.abc import Mapping

from dlp.cli.options import say
from dlp.errors import DlpError
from dlp.report.seam import About
from dlp.rule.packs import Selection, read, written


def explained(selection: Selection, ids: frozenset[str]) -> Mapping[str, About]:
    """Read when a report wants it: rules as they are kept for scanning say nothing to people."""
    if not ids:
        return {}
    try:
        rules = read(written(selection), selection).rules
    except DlpError as error:  # their files changed while the scan ran: no reason to lose its report
        say(f"rules are not explained: {error}")
        return {}
    return {rule.id: About(rule.description, tuple(rule.references)) for rule in rules if rule.id in ids}
