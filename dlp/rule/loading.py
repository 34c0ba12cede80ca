"""Rule files: YAML as rules/README.md describes it, read strictly. What is wrong is said with file, line and mend."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from dlp.errors import ConfigError
from dlp.globs import parse_glob
from dlp.plain_yaml import Page
from dlp.rule.confirm import Confirmer, TooSlow, compiled
from dlp.rule.parsing import PatternError, parse
from dlp.rule.required import MAX_MATCH
from dlp.rule.rule import Allow, Rule
from dlp.rule.syntax import Alt, Cat, Chars, Edge, Group, Node, Repeat

MAX_SIZE: Final = 4 << 20
"""Bytes of one file of rules."""

MAX_DEPTH: Final = 10

MAX_RULES: Final = 20_000

SHORTEST_KEYWORD: Final = 3

MOST_WITHIN: Final = 4000
"""Characters; what is at hand around a match is bounded (see `dlp.match.pattern`)."""

EXAMPLE_SECONDS: Final = 1.0

_ID: Final = re.compile(r"[a-z0-9]+(?:[-._][a-z0-9]+)*")


class RuleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of rules. `allow`: what is no finding of any rule, or of those that it names. `untested`: rules may do
    without examples and counterexamples, as those that were converted from another tool's do."""

    version: int
    rules: Sequence[Rule] = ()
    allow: Sequence[Allow] = ()
    untested: bool = False


def load(text: bytes, where: str, *, examples: bool = True) -> RuleFile:
    """`examples`: whether to try them, too. Raises ConfigError for the first thing that is wrong."""
    page = Page(text, where, "a file of rules", size=MAX_SIZE, depth=MAX_DEPTH)
    if not isinstance(page.data, dict):
        raise ConfigError(f"{page.at()}: a file of rules begins with `version: 1`, then `rules:`")
    if page.data.get("version") != 1:
        raise ConfigError(f"{page.at('version')}: version {page.data.get('version')!r}; this engine reads version 1")
    file: RuleFile = page.convert(page.data, RuleFile)
    if not file.rules and not file.allow:
        raise ConfigError(f"{page.at()}: there is nothing in it; write at least one rule under `rules:`")
    for number, rule in enumerate(file.rules):
        _check(rule, page, number)
        if examples:
            _try_examples(rule, page, number, needed=not file.untested)
    for number, allow in enumerate(file.allow):
        _check_allow(allow, page, "allow", number)
    _unique(file.rules, page)
    return file


def load_checked(text: bytes, where: str) -> RuleFile:
    """A file that the tests have loaded as `load` does: its types are looked at, and nothing else, which takes a tenth
    of the time. Raises ConfigError."""
    import yaml

    try:
        return msgspec.convert(yaml.load(text, Loader=yaml.CSafeLoader), RuleFile)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise ConfigError(f"{where}: {error}") from None


def _unique(rules: Sequence[Rule], page: Page) -> None:
    """Raises ConfigError for an id that is there twice."""
    seen: dict[str, str] = {}
    for number, rule in enumerate(rules):
        here = page.at("rules", number, "id")
        if rule.id in seen:
            raise ConfigError(f"{here}: the id `{rule.id}` is taken: {seen[rule.id]}; rules need ids of their own")
        seen[rule.id] = here


def _check(rule: Rule, page: Page, number: int) -> None:
    flaw = flaw_of(rule)
    if flaw:
        raise ConfigError(f"{page.at('rules', number, flaw.field)}: rule {rule.id}: {flaw.field}: {flaw.problem}")
    _check_paths(rule.paths, page, "rules", number, "paths")
    _check_allow(rule.allow, page, "rules", number, "allow")


class Flaw(msgspec.Struct, frozen=True):
    """What is wrong with a rule, and how to mend it."""

    field: str
    problem: str


def flaw_of(rule: Rule) -> Flaw | None:
    """The first thing that is wrong with a rule, but for its `paths` and `allow`."""
    if not _ID.fullmatch(rule.id) or len(rule.id) > 100:
        return Flaw("id", "write it in small letters, digits and `-`, at most 100 of them")
    if not rule.tags or not all(_ID.fullmatch(tag) for tag in rule.tags):
        return Flaw("tags", "at least one, each in small letters, digits and `-`")
    try:
        tree = read_regex(rule.pattern)
    except PatternError as error:
        return Flaw("pattern", str(error))
    except Exception as error:  # noqa: BLE001 - `regex` raises more than it says; whatever it is, the pattern is at fault
        return Flaw("pattern", f"it does not compile: {error}")
    if may_be_empty(tree):
        return Flaw("pattern", "it matches nothing at all as well; make some part of it necessary")
    if runs_away(tree):
        return Flaw("pattern", "a repetition of a repetition, as in `(a+)+`, may take forever; take one of them away")
    for keyword in rule.keywords:
        if len(keyword) < SHORTEST_KEYWORD:
            return Flaw("keywords", f"`{keyword}` is too short; at least {SHORTEST_KEYWORD} characters")
    if not 0 <= rule.within <= MOST_WITHIN:
        return Flaw("within", f"{rule.within}; from 0 to {MOST_WITHIN:,} characters")
    if not 0 <= rule.entropy <= 8:
        return Flaw("entropy", f"{rule.entropy}; from 0 to 8 bits a character")
    from dlp.rule.validators import VALIDATORS  # not where rules are loaded as they were kept

    for name in rule.validators:
        if name not in VALIDATORS:
            return Flaw("validators", f"there is none named `{name}`; there are {', '.join(sorted(VALIDATORS))}")
    if any(least < 0 for least in (rule.least.digits, rule.least.upper, rule.least.lower, rule.least.special)):
        return Flaw("least", "numbers of characters from 0 on")
    if any(count < 1 for count in rule.counts):
        return Flaw("counts", "numbers of distinct values from 1 on")
    if any(not word.strip() for word in (*rule.context, *rule.keywords)):
        return Flaw("context", "a word that is blank")
    if rule.allow.all or rule.allow.rules or rule.allow.digests:
        mend = f"write it under the file's own `allow`, with `rules: [{rule.id}]`"
        return Flaw("allow", f"`all`, `digests` and `rules` are not for a rule's list; {mend}")
    return None


def read_regex(pattern: str) -> Node:
    """Raises whatever `regex` does, PatternError and other kinds of ValueError, for what is no regex that can match."""
    tree = parse(pattern)
    if shortest(tree) > MAX_MATCH:  # `regex` would write it out, however long it is
        raise PatternError(f"a match has at least {shortest(tree):,} characters; at most {MAX_MATCH:,} are looked for")
    compiled(pattern)
    return tree


def _check_allow(allow: Allow, page: Page, *path: str | int) -> None:
    for field in ("values", "matches", "lines"):
        for each in getattr(allow, field):
            try:
                read_regex(each)
            except Exception as error:  # noqa: BLE001 - as above
                raise ConfigError(f"{page.at(*path, field)}: `{each}`: {error}") from None
    given = (allow.values, allow.matches, allow.lines, allow.stopwords, allow.paths, allow.digests)
    if (allow.all or allow.rules) and not any(given):
        raise ConfigError(f"{page.at(*path)}: nothing is listed that would be allowed; give `values` or the like")
    if not all(map(str.strip, allow.stopwords)):
        raise ConfigError(f"{page.at(*path, 'stopwords')}: a stopword that is blank would allow everything")
    _check_paths(allow.paths, page, *path, "paths")


def _check_paths(paths: Sequence[str], page: Page, *path: str | int) -> None:
    for each in paths:
        try:
            if len(each) > 2 and each.startswith("/") and each.endswith("/"):
                read_regex(each[1:-1])
            else:
                parse_glob(each)
        except Exception as error:  # noqa: BLE001 - as above
            raise ConfigError(f"{page.at(*path)}: `{each}`: {error}") from None


def _try_examples(rule: Rule, page: Page, number: int, needed: bool) -> None:
    if needed and (not rule.examples or not rule.counterexamples):
        raise ConfigError(f"{page.at('rules', number)}: rule {rule.id}: give an example and a counterexample at least")
    confirmer = Confirmer(rule)
    for field, wanted in (("examples", True), ("counterexamples", False)):
        for index, text in enumerate(getattr(rule, field)):
            where = f"{page.at('rules', number, field, index)}: rule {rule.id}"
            try:
                found = any(confirmer.search(text, 0, len(text), EXAMPLE_SECONDS))
            except TooSlow:
                raise ConfigError(f"{where}: the pattern takes more than {EXAMPLE_SECONDS} s for this text") from None
            if found != wanted:
                problem = "an example that the rule does not find" if wanted else "a counterexample that the rule finds"
                raise ConfigError(f"{where}: {problem}; mend the rule or the example")


def may_be_empty(node: Node) -> bool:
    """Whether it can match without taking up anything."""
    return shortest(node) == 0


def shortest(node: Node) -> int:
    """Characters of the shortest match."""
    if isinstance(node, Chars):
        return 1
    if isinstance(node, Edge):
        return 0
    if isinstance(node, Group):
        return 0 if node.look else shortest(node.node)
    if isinstance(node, Repeat):
        return node.least * shortest(node.node)
    return (min if isinstance(node, Alt) else sum)(map(shortest, node.nodes))


def runs_away(node: Node) -> bool:
    """Whether a text can be taken apart in exponentially many ways: a repetition without a bound whose body is, but for
    what may be missing, another one."""
    if isinstance(node, Repeat):
        return (_endless(node) and _is_endless(node.node)) or runs_away(node.node)
    if isinstance(node, Group):
        return runs_away(node.node)
    return isinstance(node, Cat | Alt) and any(map(runs_away, node.nodes))


def _endless(node: Repeat) -> bool:
    return node.most is None and node.suffix != "+"


def _is_endless(node: Node) -> bool:
    if isinstance(node, Repeat):
        return _endless(node) or (node.most == 1 and _is_endless(node.node))
    if isinstance(node, Group):
        return node.opening != "(?>" and not node.look and _is_endless(node.node)
    if isinstance(node, Alt):
        return any(map(_is_endless, node.nodes))
    if isinstance(node, Cat):
        needed = [each for each in node.nodes if not may_be_empty(each)]
        return len(needed) <= 1 and all(map(_is_endless, needed)) and any(map(_is_endless, node.nodes))
    return False


def plain(rule: Rule) -> Rule:
    """Without what only people read."""
    bare: dict[str, Any] = {"examples": (), "counterexamples": (), "references": (), "description": ""}
    return msgspec.structs.replace(rule, **bare)
