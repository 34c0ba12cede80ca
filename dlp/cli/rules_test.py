"""`dlp rules test`: what rules find in a text, and why one does not find it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence

import click
import msgspec

from dlp import __version__
from dlp.cli.options import rule_options, say
from dlp.errors import UsageError
from dlp.match.allowing import paths as paths_of
from dlp.match.pattern import SECONDS, PatternMatcher
from dlp.match.places import decode
from dlp.match.seam import Heard
from dlp.model import PatternFinding, Skipped, Suppressed, Text
from dlp.report.escape import visible
from dlp.report.excerpt import REDACTED
from dlp.rule.confirm import TooSlow
from dlp.rule.packs import Selection, has
from dlp.rule.rule import GENERIC
from dlp.scan.patterns import Patterns, pattern_matcher

MOST: int = 64 << 20
"""Bytes of a text that is tried."""

_REASONS = 5
"""That are told of one rule."""


@click.command()
@click.argument("text", required=False, metavar="[TEXT]")
@click.option("--file", "file", metavar="FILE", help="Try the text of FILE, as it stands, instead of TEXT.")
@click.option(
    "--rule", "ids", multiple=True, metavar="ID|TAG", help="Try this rule only, and tell why it finds nothing."
)
@click.option("--show-secrets", is_flag=True, help="Show matched values in plain text.")
@rule_options
def test(text: str | None, file: str | None, ids: tuple[str, ...], show_secrets: bool, rules: Selection) -> int:
    """Try rules on TEXT, or on standard input (-). Exits with 0 if any finds something, with 1 if none does."""
    data, path = _read(text, file)
    if ids:
        rules = msgspec.structs.replace(rules, enable=(*rules.enable, *ids))
    hidden = 0 if show_secrets else REDACTED
    matcher = pattern_matcher(Patterns(rules, redact=hidden), os.urandom(32), __version__, os.environ, say)
    listener = matcher.listen(Text((path,), "text", iter(()), []))
    if listener is None:
        raise UsageError("no rule is switched on; `dlp rules list` shows those that are")
    listener.feed(data)
    heard = listener.finish()
    found = [each for each in heard if isinstance(each, PatternFinding)]
    for each in found:
        click.echo(_line(each))
    for one in heard:
        if isinstance(one, Suppressed) and isinstance(one.finding, PatternFinding):
            click.echo(f"{_line(one.finding)}  ({visible(one.causes[0])})")
        elif isinstance(one, Skipped):
            say(visible(one.detail))
    if not found and not any(isinstance(each, Suppressed) for each in heard):
        click.echo("nothing matches")
    if ids:
        for line in _why_not(matcher, ids, decode(data), path, heard):
            click.echo(line)
    return 0 if found else 1


def _read(text: str | None, file: str | None) -> tuple[bytes, str]:
    """The bytes, and the name that rules for certain paths go by."""
    if (text is None) == (file is None):
        raise UsageError("give TEXT, or - for standard input, or --file FILE: one of them")
    if file is not None:
        with open(file, "rb") as stream:
            data, path = stream.read(MOST + 1), file
    elif text == "-":
        if sys.stdin is None:
            raise UsageError("standard input (-) is closed")
        data, path = sys.stdin.buffer.read(MOST + 1), "stdin"
    else:
        assert text is not None
        data, path = text.encode("utf-8", "surrogateescape"), "text"
    if len(data) > MOST:
        raise UsageError(f"the text has more than {MOST:,} bytes; `dlp scan` reads files of any size")
    return data, path


def _line(finding: PatternFinding) -> str:
    """The excerpt is printable already."""
    place = f"line {finding.span.line}, column {finding.span.column}"
    times = f", {finding.count:,} of them" if finding.count > 1 else ""
    levels = f"severity {finding.severity}, confidence {finding.confidence}"
    return f"{finding.rule}: {place}{times}: {levels}: {finding.excerpt}"


def _why_not(
    matcher: PatternMatcher, ids: Sequence[str], text: str, path: str, heard: Sequence[Heard]
) -> Iterator[str]:
    """For each of the rules that tells of nothing."""
    findings = [each.finding if isinstance(each, Suppressed) else each for each in heard]
    told = {each.rule for each in findings if isinstance(each, PatternFinding)}
    for confirmer in matcher.confirmers:
        rule = confirmer.rule
        if rule.id in told or not any(has(rule, each) for each in ids):
            continue
        if rule.paths and not paths_of(tuple(rule.paths)).matches((path,)):
            yield f"{rule.id}: it is not for the path {visible(path)}"
            continue
        if rule.allow.paths and paths_of(tuple(rule.allow.paths)).matches((path,)):
            yield f"{rule.id}: allowed by the path {visible(path)}"
            continue
        try:
            judged = list(confirmer.judged(text, 0, len(text), SECONDS))
        except TooSlow:
            yield f"{rule.id}: the pattern takes more than {SECONDS:g} s"
            continue
        reasons = list(dict.fromkeys(each for each in judged if isinstance(each, str)))
        if any(not isinstance(each, str) for each in judged):
            reasons.append("another rule finds the same place" if GENERIC in rule.tags else "it is found in part")
        for reason in reasons[:_REASONS] or ["the pattern does not match"]:
            yield f"{rule.id}: {visible(reason)}"
