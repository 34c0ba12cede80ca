"""YAML that people write for us, as plain data: strict, bounded, and able to say on which line something stands."""

from __future__ import annotations

import math
import re
from typing import Any, Final

from dlp.errors import ConfigError

_UNITS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION: Final = re.compile(r"(\d{1,9}(?:\.\d{1,6})?) ?(ms|s|m|h|d)")


class Page:
    """One document of YAML."""

    def __init__(self, text: bytes, where: str, what: str, *, size: int, depth: int, unfolded: int = 0) -> None:
        """`what`: `a policy`; `size`: its bytes, `depth`: of lists and mappings inside one another, at most.
        `unfolded`: values that there are at most, an alias counted as all that it stands for; 0: aliases are not read.

        Raises ConfigError, with file and line: no YAML, a key given twice, a merge key, or over a bound."""
        import yaml

        self.where = where
        if len(text) > size:
            raise ConfigError(f"{where}: {len(text):,} bytes; {what} has at most {size:,}")
        loader = yaml.CSafeLoader(text)
        try:
            self._check(text, what, depth, aliases=unfolded > 0)
            self._root = loader.get_single_node()
            self._no_doubles(self._root, set())
            if unfolded and self._root is not None and self._unfolded(self._root, {}) > unfolded:
                raise ConfigError(f"{where}: more than {unfolded:,} values, aliases and what they stand for included")
            self.data: Any = None if self._root is None else loader.construct_document(self._root)
        except yaml.MarkedYAMLError as error:
            line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
            raise ConfigError(f"{where}{line}: {error.problem or error.context}") from None
        except (yaml.YAMLError, ValueError, RecursionError) as error:  # such as a date that is none
            raise ConfigError(f"{where}: not YAML: {error}") from None
        finally:
            loader.dispose()

    def _check(self, text: bytes, what: str, most: int, *, aliases: bool) -> None:
        import yaml

        depth = 0
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):  # the parser in C ends the process where it is too deep
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > most:
                raise ConfigError(f"{self._line_of(event)}: nested deeper than {what} is")
            if isinstance(event, yaml.AliasEvent) and not aliases:
                raise ConfigError(f"{self._line_of(event)}: `*{event.anchor}`: aliases are not read; write it out")

    def _line_of(self, event: Any) -> str:
        return f"{self.where}, line {event.start_mark.line + 1}"

    def _no_doubles(self, node: Any, seen: set[int]) -> None:
        """A key given twice, of which YAML would take the last, and merge keys, which multiply."""
        import yaml

        if node is None or id(node) in seen or isinstance(node, yaml.ScalarNode):
            return
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            for each in node.value:
                self._no_doubles(each, seen)
            return
        keys: set[object] = set()
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if key.tag == "tag:yaml.org,2002:merge" or name in keys:
                problem = f"{name!r} is here twice" if name in keys else "merge keys are not read"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            if name is not None:
                keys.add(name)
            self._no_doubles(value, seen)

    def _unfolded(self, node: Any, known: dict[int, int]) -> int:
        """Values that a node comes to. Raises ConstructorError for one that holds itself."""
        import yaml

        if isinstance(node, yaml.ScalarNode):
            return 1
        count = known.get(id(node))
        if count == 0:  # not counted to its end yet
            raise yaml.constructor.ConstructorError(None, None, "an alias stands for what it is in", node.start_mark)
        if count is None:
            known[id(node)] = 0
            sequence = isinstance(node, yaml.SequenceNode)
            parts = node.value if sequence else [each for pair in node.value for each in pair]
            count = known[id(node)] = 1 + sum(self._unfolded(each, known) for each in parts)
        return count

    def line(self, *path: str | int) -> int:
        """The line, from 1, on which `data[path[0]][path[1]]…` begins, or as much of it as there is."""
        import yaml

        node = self._root
        line = node.start_mark.line if node is not None else 0
        for step in path:
            if isinstance(step, int) and isinstance(node, yaml.SequenceNode) and step < len(node.value):
                node = node.value[step]
                line = node.start_mark.line
            elif isinstance(node, yaml.MappingNode):
                found = [(key, value) for key, value in node.value if getattr(key, "value", None) == step]
                if not found:
                    break
                line, node = found[0][0].start_mark.line, found[0][1]
            else:
                break
        return int(line) + 1

    def at(self, *path: str | int) -> str:
        """`FILE, line N`, for messages."""
        return f"{self.where}, line {self.line(*path)}"

    def convert(self, data: Any, kind: Any, *path: str | int) -> Any:
        """`data`, which stands at `path`, as the type `kind`. Raises ConfigError with file and line."""
        import msgspec

        try:
            return msgspec.convert(data, kind)
        except msgspec.ValidationError as error:
            message, _, inner = str(error).partition(" - at `")
            steps = [int(n) if n else name for n, name in re.findall(r"\[(\d+)\]|\.([A-Za-z_]\w*)", inner)]
            name = ".".join(str(each) for each in steps)
            raise ConfigError(f"{self.at(*path, *steps)}: {f'{name}: ' if name else ''}{message}") from None


def duration(given: float | str) -> float:
    """Seconds, of a number or of `500ms`, `2s`, `15m`, `1h`, `30d`. Raises ValueError."""
    if isinstance(given, str):
        match = _DURATION.fullmatch(given.strip())
        if not match:
            raise ValueError(f"{given!r} is no time; write seconds, or a number with ms, s, m, h or d")
        return float(match[1]) * _UNITS[match[2]]
    if not math.isfinite(given):
        raise ValueError("no number of seconds")
    return float(given)


def size(text: str) -> int:
    """Bytes, with K, M, G or T for powers of 1024. Raises ValueError."""
    given = text.strip().upper().removesuffix("B").removesuffix("I")
    power = "KMGT".find(given[-1:]) + 1 if given else 0
    digits = given[:-1] if power else given
    if not digits.isascii() or not digits.isdigit() or len(digits) > 15:
        raise ValueError(f"{text!r} is no size; write bytes, or a number with K, M, G or T")
    return int(digits) << 10 * power
