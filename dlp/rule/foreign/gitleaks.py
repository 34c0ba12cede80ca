"""gitleaks' rules (https://github.com/gitleaks/gitleaks, v8): TOML.

Written after its README and how it reads a configuration: names of fields in any case, one value where a list is
meant, unknown fields passed over. What its fields come to here is in rules/README.md.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from dlp.errors import ConfigError
from dlp.model import Level
from dlp.rule.foreign.drafting import Drafts, bounded, least_entropy, name
from dlp.rule.foreign.patterns import MISSING, first, groups, holds, needs_line_ends, only, written
from dlp.rule.foreign.seam import Converted, Effect
from dlp.rule.foreign.toml import Toml
from dlp.rule.loading import MAX_SIZE, MOST_WITHIN, SHORTEST_KEYWORD
from dlp.rule.parsing import PatternError, parse
from dlp.rule.rule import WITHIN, Allow, Rule
from dlp.rule.syntax import Node

MAX_DEPTH: Final = 16

_TABLE: Final = re.compile(rb"^[ \t]*\[\[?[ \t]*(?:rules|allowlists?|extend)[ \t]*\]", re.MULTILINE | re.IGNORECASE)
_OURS: Final = re.compile(rb"^(?:version|rules)[ \t]*:", re.MULTILINE)
_Say = Callable[[str, str, Effect], None]
"""Notes something of one rule: field, problem, effect."""

_CONDITIONS: Final = frozenset(("filter", "prefilter"))
"""Fields of a tool that has grown out of gitleaks, which say what is no finding."""


class _List(msgspec.Struct):
    """An allowlist."""

    description: str = ""
    condition: str = ""
    commits: list[str] = []
    paths: list[str] = []
    regextarget: str = ""
    regexes: list[str] = []
    stopwords: list[str] = []
    targetrules: list[str] = []


class _Required(msgspec.Struct):
    id: str = ""


class _Rule(msgspec.Struct):
    id: str = ""
    description: str = ""
    regex: str = ""
    path: str = ""
    secretgroup: int = 0
    entropy: float = 0.0
    keywords: list[str] = []
    tags: list[str] = []
    allowlist: _List | None = None
    allowlists: list[_List] = []
    required: list[_Required] = []
    skipreport: bool = False


class _Extend(msgspec.Struct):
    path: str = ""
    url: str = ""
    usedefault: bool = False
    disabledrules: list[str] = []


class _File(msgspec.Struct):
    title: str = ""
    description: str = ""
    minversion: str = ""
    rules: list[_Rule] = []
    allowlist: _List | None = None
    allowlists: list[_List] = []
    extend: _Extend = msgspec.field(default_factory=_Extend)


class _Gitleaks:
    name = "gitleaks"

    def reads(self, text: bytes, where: str) -> bool:
        return where.endswith(".toml") or (_TABLE.search(text) is not None and _OURS.search(text) is None)

    def convert(self, text: bytes, where: str, *, examples: bool) -> Converted:
        page = Toml(text, where, "a file of gitleaks' rules", size=MAX_SIZE, depth=MAX_DEPTH)
        try:
            data = _plain(page.data, _File)
        except KeyError as error:
            raise ConfigError(f"{where}: {error.args[0]!r} is here twice, in letters of another size") from None
        if not {"rules", "allowlist", "allowlists", "extend"} & set(data):
            raise ConfigError(
                f"{where}: TOML without [[rules]], [[allowlists]] or [extend]: no rules that are read here"
            )
        file = _typed(data, page)
        bounded(file.rules, where)
        return _Reading(page, file, data, Drafts(self.name, where, "gitleaks.", examples=examples)).done()


_INNER: Final[Mapping[str, Any]] = {
    "rules": _Rule,
    "allowlist": _List,
    "allowlists": _List,
    "required": _Required,
    "extend": _Extend,
}
"""What tables are of, by the names that they stand under."""


@functools.cache
def _strings(kind: Any) -> frozenset[str]:
    """Fields that are lists of strings."""
    return frozenset(each.name for each in msgspec.structs.fields(kind) if each.type == list[str])


def _plain(data: Mapping[str, Any], kind: Any) -> dict[str, Any]:
    """With names in small letters, and lists where lists are meant, as gitleaks' own reader takes it. Raises
    KeyError for a name that is there twice."""
    strings = _strings(kind)
    out: dict[str, Any] = {}
    for key, value in data.items():
        low = key.lower()
        if low in out:
            raise KeyError(low)
        inner = _INNER.get(low)
        if isinstance(value, str) and low in strings:
            out[low] = [value]
        elif inner and isinstance(value, dict):
            made = _plain(value, inner)
            out[low] = made if low in ("allowlist", "extend") else [made]
        elif inner and isinstance(value, list):
            out[low] = [_plain(each, inner) if isinstance(each, dict) else each for each in value]
        else:
            out[low] = value
    return out


def _typed(data: dict[str, Any], page: Toml) -> _File:
    try:
        return msgspec.convert(data, _File)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$.")
        path = path.rstrip("`")
        found = re.match(r"(rules|allowlists)\[(\d+)\](?:\.(\w+))?", path)
        count = len(data[found[1]]) if found else 0
        where = page.at(found[1], int(found[2]), count, found[3] or "") if found else page.where
        raise ConfigError(f"{where}: {f'{path}: ' if path else ''}{message}") from None


class _Reading:
    """Of one file."""

    def __init__(self, page: Toml, file: _File, data: Mapping[str, Any], drafts: Drafts) -> None:
        self._page, self._file, self._data, self._drafts = page, file, data, drafts
        self._allow: list[Allow] = []
        self._ids: dict[str, str] = {}
        """Theirs → ours."""

    def done(self) -> Converted:
        self._extend()
        for number, rule in enumerate(self._file.rules):
            self._rule(number, rule)
        field = "allowlist" if self._file.allowlist else "allowlists"
        lists = self._lists(self._file.allowlist, self._file.allowlists, self._page.where)
        for number, each in enumerate(lists):
            self._global(each, self._page.at(field, number, len(lists)))
        return self._drafts.done(len(self._file.rules), self._allow)

    def _lists(self, old: _List | None, new: Sequence[_List], where: str) -> list[_List]:
        if old and new:
            raise ConfigError(f"{where}: both `allowlist` and `allowlists`; gitleaks takes one of the two")
        lists = [old] if old else list(new)
        for each in lists:
            if each.condition.upper() not in ("", "OR", "||", "AND", "&&"):
                raise ConfigError(f"{where}: condition {each.condition!r}; there are AND and OR")
            if each.regextarget not in ("", "secret", "match", "line"):
                raise ConfigError(f"{where}: regexTarget {each.regextarget!r}; there are secret, match and line")
        return lists

    def _extend(self) -> None:
        extend = self._file.extend
        for field, given, problem in (
            (
                "useDefault",
                extend.usedefault,
                "gitleaks' own rules are not here; the shipped ones run, if not switched off",
            ),
            ("path", extend.path, f"{extend.path!r} is not read along; name it by --rules as well"),
            ("url", extend.url, "nothing is fetched from the network"),
            ("disabledRules", extend.disabledrules, "those rules are not here; --disable switches off ours"),
        ):
            if given:
                self._drafts.note(self._page.where, "", f"extend.{field}", problem, Effect.OTHERWISE)

    def _rule(self, number: int, rule: _Rule) -> None:
        drafts, count = self._drafts, len(self._file.rules)
        where = self._page.at("rules", number, count)
        id = drafts.id(rule.id, number)
        if rule.id in self._ids:
            before = self._ids[rule.id]
            drafts.leave_out(before)
            drafts.note(where, before, "id", f"{rule.id!r} is here twice; the later one counts", Effect.NEEDLESS)
        self._ids[rule.id] = id

        def note(field: str, problem: str, effect: Effect) -> None:
            drafts.note(self._page.at("rules", number, count, field), id, field, problem, effect)

        lists = self._lists(rule.allowlist, rule.allowlists, where)
        self._unknown(number, note)
        if rule.skipreport:
            note("skipReport", "it serves other rules only", Effect.NEEDLESS)
            return None
        if not rule.regex and rule.path:
            note("path", "a rule for paths alone: what has such a path is no finding here", Effect.LEFT_OUT)
            return None
        if not rule.regex:
            note("regex", "there is none; it changes a rule that is not here", Effect.LEFT_OUT)
            return None
        try:
            tree = parse(rule.regex)
        except PatternError as error:
            note("regex", str(error), Effect.LEFT_OUT)
            return None
        path = drafts.regex(rule.path, where, id, "path", Effect.LEFT_OUT) if rule.path else None
        if rule.path and not path:
            return None
        made = self._valued(rule, tree, note)
        if made is None:
            return None
        if needs_line_ends(rule.regex, tree):
            note("regex", "`^` and `$` are ends of lines here, and of the whole text there", Effect.LOOSER)
        if rule.required:
            problem = f"{', '.join(each.id for each in rule.required)} need not be near; the confidence is low for that"
            note("required", problem, Effect.LOOSER)
        keywords = self._keywords(rule, tree, note)
        drafts.add(
            Rule(
                id=id,
                name=name(rule.description, rule.id or id),
                description=rule.description.strip(),
                tags=drafts.tags(rule.tags),
                severity=Level.HIGH,
                confidence="low" if rule.required else "medium",
                pattern=written(made),
                examples=(),
                counterexamples=(),
                keywords=keywords,
                within=MOST_WITHIN if keywords else WITHIN,
                entropy=least_entropy(max(rule.entropy, 0.0)),
                paths=(f"/{path}/",) if path else (),
            ),
            where,
        )
        for each in lists:
            self._allowed(each, id, where)
        return None

    def _valued(self, rule: _Rule, tree: Node, note: _Say) -> Node | None:
        """With the secret as the value: the group that is named, else the first that has something."""
        there = groups(tree)
        if rule.secretgroup:
            if not 0 < rule.secretgroup <= len(there):
                problem = f"there is no group {rule.secretgroup}; the pattern has {len(there)}"
                note("secretGroup", problem, Effect.LEFT_OUT)
                return None
            return only(tree, there[rule.secretgroup - 1])
        made, sure = first(tree)
        if there and not sure:
            note("regex", f"{MISSING}; name it by secretGroup", Effect.OTHERWISE)
        return made

    def _keywords(self, rule: _Rule, tree: Node, note: _Say) -> tuple[str, ...]:
        """Those that must be near; none where the pattern has them itself."""
        words = tuple(dict.fromkeys(each.lower() for each in rule.keywords))
        if not words or not all(words) or holds(tree, words):
            return ()
        if any(len(each) < SHORTEST_KEYWORD or not each.strip() for each in words):
            note("keywords", f"some have fewer than {SHORTEST_KEYWORD} characters: none need be near", Effect.LOOSER)
            return ()
        problem = f"one must stand within {MOST_WITHIN:,} characters of a match; there, anywhere in the file"
        note("keywords", problem, Effect.OTHERWISE)
        return words

    def _unknown(self, number: int, note: _Say) -> None:
        for field in self._data["rules"][number]:
            if field not in _Rule.__struct_fields__:
                effect = Effect.LOOSER if field in _CONDITIONS else Effect.OTHERWISE
                note(field, "it is no field of gitleaks, and not read", effect)

    def _allowed(self, each: _List, id: str, where: str) -> None:
        """Of one rule."""
        rule = self._drafts.get(id)
        made = self._made(each, where, id, "allowlists") if rule else None
        if rule is None or made is None:
            return
        if made.all:
            self._allow.append(msgspec.structs.replace(made, rules=(id,)))
            return
        old = rule.allow
        joined = Allow(
            values=(*old.values, *made.values),
            matches=(*old.matches, *made.matches),
            lines=(*old.lines, *made.lines),
            stopwords=(*old.stopwords, *made.stopwords),
            paths=(*old.paths, *made.paths),
        )
        self._drafts.replace(msgspec.structs.replace(rule, allow=joined))

    def _global(self, each: _List, where: str) -> None:
        if each.targetrules:
            for target in each.targetrules:
                if target in self._ids:
                    self._allowed(each, self._ids[target], where)
                else:
                    problem = f"there is no rule {target!r} in this file"
                    self._drafts.note(where, "", "allowlists.targetRules", problem, Effect.OTHERWISE)
            return
        made = self._made(each, where, "", "allowlists")
        if made:
            if self._file.rules:
                self._allow.append(msgspec.structs.replace(made, rules=(_Gitleaks.name,)))
            else:  # a file of nothing but allowlists is meant for the rules that a scan has anyway
                self._allow.append(made)
                self._drafts.note(where, "", "allowlists", "it is for every rule of a scan", Effect.OTHERWISE)

    def _made(self, each: _List, where: str, id: str, field: str) -> Allow | None:
        """As ours; None, with a note, where nothing is allowed by it."""
        drafts, together = self._drafts, each.condition.upper() in ("AND", "&&")
        if each.commits:
            problem = "commits are not known here: what stands in them is found"
            drafts.note(where, id, f"{field}.commits", problem, Effect.LOOSER)
            if together:
                return None
        regexes = [drafts.regex(regex, where, id, f"{field}.regexes", Effect.LOOSER) for regex in each.regexes]
        paths = drafts.paths(each.paths, where, id, f"{field}.paths")
        listed = tuple(regex for regex in regexes if regex)
        stopwords = tuple(dict.fromkeys(word.lower() for word in each.stopwords if word.strip()))
        lost = (each.regexes and not listed) or (each.paths and not paths) or (each.stopwords and not stopwords)
        if (together and lost) or not (listed or paths or stopwords):
            return None
        target = {"match": "matches", "line": "lines"}.get(each.regextarget, "values")
        made = Allow(stopwords=stopwords, paths=paths, all=together)
        return msgspec.structs.replace(made, **{target: listed})


GITLEAKS: Final = _Gitleaks()
