"""`dlp rules`: what rules there are, whether those of a file are right, and what they find."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from typing import Any

import click
import msgspec

from dlp.cli.options import rule_options, say
from dlp.cli.output import OutputFile
from dlp.cli.rules_test import test
from dlp.errors import ConfigError, UsageError
from dlp.match.compiling import compile_rules
from dlp.match.engines import choose
from dlp.report.escape import visible
from dlp.report.figures import counted
from dlp.rule.foreign import Converted, format_of
from dlp.rule.loading import MAX_SIZE, RuleFile
from dlp.rule.packs import Rules, Selection, has, loaded, read, written
from dlp.rule.rule import Rule
from dlp.rule.writing import as_data, as_yaml

as_json = click.option("-f", "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
                       help="How it is written.")  # fmt: skip


@click.group()
def rules() -> None:
    """What rules there are, whether those of a file are right, and what they find."""


rules.add_command(test)


@rules.command("list")
@as_json
@rule_options
def list_rules(form: str, rules: Selection) -> None:
    """List the rules that a scan with these options goes by."""
    there = _read(rules).rules
    if form == "json":
        told = [{field: getattr(each, field) for field in _TOLD} for each in there]
        _write_json({"version": 1, "rules": told})
        return
    width = max((len(each.id) for each in there), default=0)
    for each in there:
        levels = f"{each.severity:<9} {each.confidence:<7}"
        click.echo(f"{each.id:<{width}}  {levels} {visible(each.name)}  [{', '.join(each.tags)}]")
    click.echo(counted(len(there), "rule"), err=True)


_TOLD = ("id", "name", "service", "tags", "severity", "confidence")


@rules.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID…")
@click.option("-f", "--format", "form", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True,
              help="How they are written.")  # fmt: skip
@rule_options
def show(ids: tuple[str, ...], form: str, rules: Selection) -> None:
    """Show rules whole. ID is an id or a tag; * stands for anything."""
    there = _read(rules).rules
    for id in ids:
        if not any(has(each, id) for each in there):
            raise UsageError(f"{id}: no rule has this id or tag; `dlp rules list` shows them")
    wanted = [each for each in there if any(has(each, id) for id in ids)]
    if form == "json":
        _write_json({"version": 1, "rules": [as_data(each) for each in wanted]})
    else:
        click.echo(as_yaml(wanted), nl=False)


@rules.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
def check(paths: tuple[str, ...]) -> int:
    """Check files of rules, or folders of them: ours, gitleaks', kingfisher's and Nosey Parker's.

    Of each file the first thing that is wrong is told, with its line; of other tools' rules also what they lose here.
    Exits with 2 if anything is wrong.
    """
    wrong, count, taken = 0, 0, dict[str, str]()
    good: list[Rule] = []
    for file in written(Selection(paths, only=True)):
        try:
            made = loaded(file)
            for each in made.rules:
                if each.id in taken:
                    raise ConfigError(f"{file.path}: {taken[each.id]} has a rule `{each.id}` already; name it anew")
                taken[each.id] = file.path
            compile_rules(Rules(tuple(made.rules), tuple(made.allow)), choose())
        except ConfigError as error:
            say(visible(str(error)))
            wrong += 1
            continue
        good += made.rules
        count += 1
        for line in _told(file.path, made):
            click.echo(visible(line))
    summary = f"right: {counted(len(good), 'rule')} in {counted(count, 'file')}"
    click.echo(f"{summary}; wrong: {counted(wrong, 'file')}" if wrong else summary, err=True)
    return 2 if wrong else 0


def _told(path: str, made: RuleFile | Converted) -> list[str]:
    """Lines on a file that is right."""
    untested = sum(not (each.examples and each.counterexamples) for each in made.rules)
    more = f"; {untested:,} without examples or counterexamples" if untested else ""
    if isinstance(made, RuleFile):
        return [f"{path}: {counted(len(made.rules), 'rule')}{more}"]
    loses = f"{len(made.looser()):,} without a condition; {len(made.left_out()):,} left out"
    taken = f"{len(made.rules):,} of {counted(made.given, 'rule')} for {made.tool} run, {loses}"
    return [*map(str, made.notes), f"{path}: {taken}{more}"]


@rules.command()
@click.argument("file", metavar="FILE")
@click.option("-o", "--output", metavar="OUT", help="Write to OUT instead of standard output.")
def convert(file: str, output: str | None) -> None:
    """Write the rules of another tool's FILE as ours. What cannot be carried over is told on standard error.

    Rules without examples are marked as untested; give them examples and counterexamples.
    """
    target = OutputFile(output, [file]) if output else None
    try:
        with open(file, "rb") as stream:
            text = stream.read(MAX_SIZE + 1)
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from None
    format = format_of(text, file)
    if format is None:
        raise UsageError(f"{file}: not of a format that is converted: gitleaks', kingfisher's or Nosey Parker's rules")
    made = format.convert(text, file, examples=True)
    for note in made.notes:
        say(visible(str(note)))
    if not made.rules and not made.allow:
        raise ConfigError(f"{file}: nothing in it can be carried over")
    heading = f"From {visible(os.path.basename(file))}, rules for {format.name}, by `dlp rules convert`."
    if not all(each.examples and each.counterexamples for each in made.rules):
        heading += (
            "\n\nuntested: rules may do without examples. Give each some, and counterexamples (values that look\n"
        )
        heading += "alike and are none), then take the line away: `dlp rules check` tries them."
    with target.opened() if target else nullcontext(sys.stdout.buffer) as out:
        out.write(as_yaml(made.rules, made.allow, heading).encode("utf-8", "backslashreplace"))
        out.flush()


def _read(selection: Selection) -> Rules:
    made = read(written(selection), selection)
    for note in made.notes:
        say(visible(note))
    return made


def _write_json(data: Any) -> None:
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(data), indent=2) + b"\n")
    sys.stdout.buffer.flush()
