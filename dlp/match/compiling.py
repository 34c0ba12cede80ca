"""Rules made ready to match, and kept: to read, check and compile them takes seconds, to load what came of it
milliseconds.

What is kept is named by a digest of all that it depends on, and begins with a digest of itself: a torn or foreign file
is made anew. It holds no secret. It is used only if it belongs to the user and nobody else may write to it, since it
decides what is found.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from dlp.match.engine import Kind
from dlp.match.pattern import RuleSet
from dlp.rule.confirm import Shape, shape
from dlp.rule.loading import plain
from dlp.rule.packs import Rules, Selection, Written, read
from dlp.rule.rule import Allow, Rule

FORM: Final = 20
"""Of what is kept, and of what the code makes of rules: one more whenever either changes."""

MOST_KEPT: Final = 8
"""Files; the oldest goes."""

_MAGIC: Final = b"dlp rules\n"
_DIGEST: Final = 32


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    rules: tuple[Rule, ...]
    allow: tuple[Allow, ...]
    notes: tuple[str, ...]
    shapes: tuple[Shape, ...]
    compiled: bytes

    def rule_set(self, kind: Kind) -> RuleSet:
        return RuleSet(self.rules, self.shapes, kind.load(self.compiled))


class Ready(msgspec.Struct, frozen=True):
    """Rules that can be matched; what is allowed, for every rule or those that it names; and what the user should be
    told of them."""

    rules: RuleSet
    allow: tuple[Allow, ...]
    notes: tuple[str, ...]


def ready(
    files: Sequence[Written],
    selection: Selection,
    kind: Kind,
    version: str,
    cache: str | None,
    compiling: Callable[[], None] = lambda: None,
) -> Ready:
    """`cache`: the folder; None: nothing is kept. `version`: of this engine. `compiling` is called before what takes
    seconds. Raises ConfigError, UsageError."""
    path = os.path.join(cache, _name(files, selection, kind, version)) if cache else None
    kept = _load(path) if path else None
    if kept is None:
        compiling()
        made = read(files, selection)
        kept = _compile(made, kind)
        if path:
            _keep(path, kept)
    return Ready(kept.rule_set(kind), kept.allow, kept.notes)


def compile_rules(rules: Rules, kind: Kind) -> RuleSet:
    """Without keeping anything. Raises ConfigError."""
    return _compile(rules, kind).rule_set(kind)


def _compile(made: Rules, kind: Kind) -> _Kept:
    rules = tuple(map(plain, made.rules))
    return _Kept(rules, made.allow, made.notes, tuple(map(shape, rules)), kind.compile(rules))


def _name(files: Sequence[Written], selection: Selection, kind: Kind, version: str) -> str:
    digest = hashlib.blake2b(digest_size=16)
    parts = [str(FORM), version, kind.version(), *selection.enable, "", *selection.disable, ""]
    for part in parts:
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    for each in files:
        digest.update(b"%d %d\0" % (each.shipped, len(each.text)) + each.path.encode("utf-8", "surrogatepass") + b"\0")
        digest.update(each.text)
    return f"{digest.hexdigest()}.rules"


def _load(path: str) -> _Kept | None:
    try:
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o022:
                return None
            data = file.read()
    except OSError:
        return None  # made anew: that is all that is lost
    head = len(_MAGIC) + _DIGEST
    body = memoryview(data)[head:]
    if data[: len(_MAGIC)] != _MAGIC or data[len(_MAGIC) : head] != _digest(body):
        return None
    try:
        return msgspec.msgpack.decode(body, type=_Kept)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None


def _digest(body: bytes | memoryview) -> bytes:
    return hashlib.blake2b(body, digest_size=_DIGEST).digest()


def _keep(path: str, kept: _Kept) -> None:
    """Atomically. Where nothing can be written, the next scan takes as long as this one: no harm to say of."""
    body = msgspec.msgpack.encode(kept)
    folder = os.path.dirname(path)
    with contextlib.suppress(OSError):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder, suffix=".new")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_MAGIC + _digest(body) + body)
            os.replace(temporary, path)
        except OSError:
            os.unlink(temporary)
            raise
        _tidy(folder)


def _tidy(folder: str) -> None:
    paths = [os.path.join(folder, name) for name in os.listdir(folder) if name.endswith((".rules", ".new"))]
    for path in sorted(paths, key=os.path.getmtime, reverse=True)[MOST_KEPT:]:
        os.unlink(path)
