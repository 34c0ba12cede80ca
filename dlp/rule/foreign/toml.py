"""TOML as plain data: bounded, and able to say on which line a table stands."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from typing import Any, Final

from dlp.errors import ConfigError

MAX_PARTS: Final = 32
"""Of one key, `a.b.c`: to read one takes time with the square of them."""

MAX_TABLES: Final = 60_000
"""`[name]` and `[[name]]`: as many as that take seconds to read."""

_TABLE: Final = re.compile(r"^[ \t]*+\[", re.MULTILINE)
_STRING: Final = re.compile(r"'[^'\n]*'|\"(?:\\.|[^\"\\\n])*\"")
_PART: Final = r"[\w-]++[ \t]*+\.[ \t]*+"
_LONG_KEY: Final = re.compile(rf"(?<![\w.-]){_PART}(?:{_PART}){{{MAX_PARTS}}}")


class Toml:
    """One document."""

    def __init__(self, text: bytes, where: str, what: str, *, size: int, depth: int) -> None:
        """As `dlp.plain_yaml.Page`. Raises ConfigError, with file and line where there is one."""
        self.where = where
        self._tables: dict[str, list[int]] = {}
        if len(text) > size:
            raise ConfigError(f"{where}: {len(text):,} bytes; {what} has at most {size:,}")
        try:
            self._text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = text.count(b"\n", 0, error.start) + 1
            raise ConfigError(f"{where}, line {line}: not UTF-8") from None
        self._breaks = [found.start() for found in re.finditer("\n", self._text)]
        tables = sum(1 for _ in _TABLE.finditer(self._text))
        if tables > MAX_TABLES:
            raise ConfigError(f"{where}: {tables:,} tables; {what} has at most {MAX_TABLES:,}")
        long = _LONG_KEY.search(_STRING.sub(_blank, self._text))
        if long:
            raise ConfigError(f"{self._at(long.start())}: a key of more than {MAX_PARTS} parts")
        try:
            self.data: dict[str, Any] = tomllib.loads(self._text)
        except (ValueError, RecursionError) as error:
            problem = "nested too deep" if isinstance(error, RecursionError) else str(error)
            raise ConfigError(f"{where}{self._line(problem)}: not TOML: {problem}") from None
        if _deeper(self.data, depth):
            raise ConfigError(f"{where}: nested deeper than {what} is")

    def _begins(self, name: str) -> list[int]:
        """Where each `[[name]]` or `[name]` begins: characters of the text."""
        if name not in self._tables:
            header = re.compile(rf"^[ \t]*+\[\[?[ \t]*+{name}[ \t]*+\]", re.MULTILINE | re.IGNORECASE)
            self._tables[name] = [found.start() for found in header.finditer(self._text)]
        return self._tables[name]

    def at(self, name: str, number: int, count: int, field: str = "") -> str:
        """`FILE, line N` of a field of the table `[[name]]` of this number, from 0, of `count`; FILE alone where the
        tables are not written so."""
        begins = self._begins(name)
        if len(begins) != count or number >= count:
            return self.where
        start, end = begins[number], begins[number + 1] if number + 1 < count else len(self._text)
        key = re.compile(rf"^[ \t]*+\[*+[ \t]*+(?:[\w-]+\.)?{re.escape(field)}\b", re.MULTILINE | re.IGNORECASE)
        found = key.search(self._text, self._text.find("\n", start) + 1 or end, end) if field else None
        return self._at(found.start() if found else start)

    def _line(self, message: str) -> str:
        """Which line a message of `tomllib` speaks of."""
        found = re.search(r"at line (\d+)", message)
        line = found[1] if found else len(self._breaks) + 1 if "end of document" in message else 0
        return f", line {line}" if line else ""

    def _at(self, character: int) -> str:
        return f"{self.where}, line {bisect_left(self._breaks, character) + 1}"


def _blank(found: re.Match[str]) -> str:
    return "s" * len(found[0])


def _deeper(data: Any, depth: int) -> bool:
    """Whether lists and tables are inside one another more than so many times."""
    level = [data]
    for _ in range(depth):
        inner = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level = [each for values in inner for each in values if isinstance(each, dict | list)]
        if not level:
            return False
    return True
