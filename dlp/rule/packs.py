"""Which rules a scan goes by: the shipped packs, files that are named, and which of them are switched on."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from dlp.errors import ConfigError, UsageError
from dlp.rule.loading import MAX_RULES, MAX_SIZE, RuleFile, load, load_checked
from dlp.rule.rule import Allow, Rule

if TYPE_CHECKING:
    from dlp.rule.foreign import Converted

PACKS: Final = ("secrets", "personal", "markings")
"""The shipped ones: folders of rules/."""

_HERE: Final = os.path.join(os.path.dirname(os.path.dirname(__file__)), "rules")


class Selection(msgspec.Struct, frozen=True):
    """`files`: the user's own, or folders of them; `only`: without the shipped packs. `enable`, `disable`: ids or tags,
    `*` and `?` stand for anything; where something is enabled, nothing else is."""

    files: tuple[str, ...] = ()
    only: bool = False
    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()


class Written(msgspec.Struct, frozen=True):
    """A file of rules as it stands. `shipped`: as part of this engine, and checked by its tests."""

    path: str
    text: bytes
    shipped: bool


class Rules(msgspec.Struct, frozen=True):
    """What a selection comes to. `allow`: for every rule, or those that it names. `notes`: what a scan should be told
    of files of other tools' rules."""

    rules: tuple[Rule, ...]
    allow: tuple[Allow, ...] = ()
    notes: tuple[str, ...] = ()


def written(selection: Selection) -> list[Written]:
    """The files, unread but for their bytes. Raises ConfigError, UsageError."""
    files: list[Written] = []
    if not selection.only:
        for pack in PACKS:
            folder = os.path.join(_HERE, pack)
            files += [_read(os.path.join(folder, name), f"rules/{pack}/{name}", True) for name in _names(folder)]
    for path in selection.files:
        if os.path.isdir(path):
            names = [os.path.join(path, name) for name in _names(path)]
            if not names:
                raise UsageError(f"no rules in {path}: a file of rules ends in .yaml, .yml or .toml")
            files += [_read(name, name, False) for name in names]
        else:
            files.append(_read(path, path, False))
    return files


def _names(folder: str) -> list[str]:
    """Of files of rules in a folder. Raises OSError."""
    return sorted(name for name in os.listdir(folder) if name.endswith((".yaml", ".yml", ".toml")))


def _read(path: str, shown: str, shipped: bool) -> Written:
    try:
        with open(path, "rb") as file:
            return Written(shown, file.read(MAX_SIZE + 1), shipped)
    except OSError as error:
        raise ConfigError(f"{shown}: {error.strerror}") from None


def read(files: Sequence[Written], selection: Selection) -> Rules:
    """Every rule that is switched on. Raises ConfigError; UsageError for an id or a tag that no rule has."""
    rules: list[Rule] = []
    allow: list[Allow] = []
    notes: list[str] = []
    taken: dict[str, str] = {}
    for each in files:
        file = loaded(each)
        allow += file.allow
        if not isinstance(file, RuleFile) and (summary := file.summary()):
            notes.append(summary)
        for rule in file.rules:
            if rule.id in taken:
                raise ConfigError(f"{each.path}: {taken[rule.id]} has a rule `{rule.id}` already; name it anew")
            taken[rule.id] = each.path
            rules.append(rule)
        if len(rules) > MAX_RULES:
            raise ConfigError(f"{each.path}: more than {MAX_RULES:,} rules together")
    return Rules(tuple(_switched(rules, selection)), tuple(allow), tuple(notes))


def loaded(file: Written) -> RuleFile | Converted:
    """The rules of a file, ours or another tool's. Raises ConfigError."""
    if file.shipped:
        return load_checked(file.text, file.path)
    from dlp.rule.foreign import format_of  # not where rules are loaded as they were kept

    format = format_of(file.text, file.path)
    return format.convert(file.text, file.path, examples=True) if format else load(file.text, file.path)


def _switched(rules: Sequence[Rule], selection: Selection) -> Iterator[Rule]:
    for option, patterns in (("--enable", selection.enable), ("--disable", selection.disable)):
        for pattern in patterns:
            if not any(has(rule, pattern) for rule in rules):
                raise UsageError(f"{option} {pattern}: no rule has this id or tag; `dlp rules list` shows them")
    for rule in rules:
        if selection.enable and not any(has(rule, pattern) for pattern in selection.enable):
            continue
        if not any(has(rule, pattern) for pattern in selection.disable):
            yield rule


def has(rule: Rule, pattern: str) -> bool:
    """Whether the pattern names the rule: by its id or one of its tags."""
    return any(fnmatch.fnmatchcase(name, pattern) for name in (rule.id, *rule.tags))
