"""What files are judged by: rules, registry, policies, as they are at one time; and when that has changed."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from dlp import __version__
from dlp.daemon.configuration import Configuration
from dlp.daemon.holding import Holding
from dlp.daemon.reconciling import source_of
from dlp.errors import KeyMissing
from dlp.incident.folder import Folder
from dlp.incident.places import incidents_path, is_named
from dlp.incident.recording import Recorder
from dlp.incident.settings import NAME as INCIDENTS_SETTINGS
from dlp.incident.settings import load as load_settings
from dlp.match.pattern import PatternMatcher
from dlp.model import Origin
from dlp.policy.policy import Policy, default_policy, load_file
from dlp.registry.places import load_key, make_key, store_path
from dlp.registry.seal import value_key
from dlp.registry.store import Store
from dlp.rule.packs import written
from dlp.scan.excerpts import Excerpting
from dlp.scan.patterns import Patterns, pattern_matcher
from dlp.scan.pipeline import Pipeline, pipeline_for
from dlp.scan.recording import recorder
from dlp.source.files import FileSource
from dlp.source.seam import Item

CATALOGUE: Final = "catalogue.sqlite"

_COMPILING: Final = "compiling rules, which is done once …"

Stamps = tuple[tuple[int, int, int] | None, ...]

Signature = tuple[Stamps, tuple[int, ...]]


class Judging:
    """One state of all that verdicts depend on."""

    def __init__(
        self,
        configuration: Configuration,
        environment: Mapping[str, str],
        own: list[str],
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`own`: folders that are never read; `tell`: of what should be known. Raises DlpError."""
        self.configuration = configuration
        self._environment = environment
        self._made = time.time()
        self._stamps = self._look()
        folder = store_path(configuration.store, environment)
        named = bool(configuration.store or environment.get("DLP_STORE"))
        self.store: Store | None = None
        key = self._key(named or os.path.isdir(folder))
        if named or os.path.isdir(folder):
            self.store = Store(folder, key)
        if not (self.store and self.store.documents):
            tell(f"nothing is registered in {folder}: only what rules describe is looked for")
        rules = None if configuration.no_rules else self._rules(key, tell)
        policies = {each.policy or configuration.policy for each in configuration.channels}
        self._policies = {path: load_file(path) if path else default_policy() for path in policies}
        base = pipeline_for(self.store, default_policy, configuration.limits, patterns=rules, digests=True)
        self.incidents = _incidents(configuration, environment)
        if self.incidents:
            excerpts = Excerpting(self.incidents.review(), self.store, configuration.limits)
            base = base.with_excerpts(excerpts)
            own = [*own, self.incidents.path]
        self.readable = base.readable
        self.own = [*own, folder]
        """Folders that are never read."""
        self.pipelines: dict[str, Pipeline] = {}
        self.origins: dict[str, Origin] = {}
        self.sources: dict[str, FileSource] = {}
        for channel in configuration.channels:
            policy = self._policies[channel.policy or configuration.policy]
            self.pipelines[channel.name] = base.judged_by(functools.partial(_given, policy))
            self.origins[channel.name] = Origin(channel.name, channel.jurisdiction)
            self.sources[channel.name] = source_of(channel, self.own, configuration.limits.max_file_size)
        self.holding = Holding(configuration.channels, lambda channel, path: self.sources[channel].look(path))
        self.digest = self._digest()
        self.signature: Signature = self._stamps, tuple(_in_force(each, self._made) for each in self._policies.values())

    def handle(self, item: Item) -> bytes:
        """In a worker: as a Pipeline's."""
        return self.pipelines[item.origin.channel].handle(item)

    def look(self) -> Signature:
        """What tells whether anything that this was made from is another now: a file, or which exceptions of a policy
        have not expired."""
        now = time.time()
        return self._look(), tuple(_in_force(each, now) for each in self._policies.values())

    def _look(self) -> Stamps:
        return tuple(map(_stamp, self._files()))

    def recorder(self) -> Recorder | None:
        """Of incidents; None where nobody keeps any. Raises DlpError."""
        if self.incidents is None:
            return None
        channels = {each.name: each.policy or self.configuration.policy for each in self.configuration.channels}
        return recorder(
            self.incidents,
            load_settings(self.incidents.path),
            lambda result: self._policies[channels[result.origin.channel]],
            lambda: self.store,
        )

    def close(self) -> None:
        """Gives back what it has open."""
        self.holding.close()
        if self.store:
            self.store.close()
        if self.incidents:
            self.incidents.close()

    def _files(self) -> Iterator[str]:
        given = self.configuration
        yield from given.files
        for path in sorted({each.policy or given.policy or "" for each in given.channels} - {""}):
            yield path
        for path in given.rules.files:
            yield path
            with contextlib.suppress(OSError):  # it is a file, or gone: its own status says so
                yield from (os.path.join(path, name) for name in sorted(os.listdir(path)))
        yield os.path.join(store_path(given.store, self._environment), CATALOGUE)
        yield os.path.join(incidents_path(given.incidents, self._environment), INCIDENTS_SETTINGS)

    def _key(self, needed: bool) -> bytes:
        given = self.configuration.key_file
        try:
            return load_key(given, self._environment)
        except KeyMissing:
            if needed or given or self._environment.get("DLP_KEY") or self._environment.get("DLP_KEY_FILE"):
                raise
        path = os.path.join(self.configuration.state, "values.key")  # for digests of values: the same at each start
        return load_key(path, {}) if os.path.exists(path) else make_key(path)

    def _rules(self, key: bytes, tell: Callable[[str], None]) -> PatternMatcher:
        asked = Patterns(self.configuration.rules)
        return pattern_matcher(asked, value_key(key), __version__, self._environment, tell, lambda: tell(_COMPILING))

    def _digest(self) -> bytes:
        """Of all that verdicts depend on: as long as it is the same, nothing is judged again."""
        digest = hashlib.blake2b(__version__.encode(), digest_size=16)
        given = self.configuration
        parts: list[object] = [given.limits, given.no_rules, given.rules.enable, given.rules.disable]
        if not given.no_rules:
            parts += [(each.path, hashlib.blake2b(each.text).digest()) for each in written(given.rules)]
        if self.store:
            parts += sorted((each.id, each.version, each.label) for each in self.store.documents.values())
        for channel in given.channels:
            policy = self._policies[channel.policy or given.policy]
            parts += [channel.name, channel.jurisdiction, policy.digest, _in_force(policy, self._made)]
        for part in parts:
            digest.update(msgspec.msgpack.encode(part))
        return digest.digest()


def _incidents(configuration: Configuration, environment: Mapping[str, str]) -> Folder | None:
    """The folder of incidents. One that somebody names must be there."""
    path = incidents_path(configuration.incidents, environment)
    if not is_named(configuration.incidents, environment) and not os.path.isdir(path):
        return None
    return Folder(path)


def _in_force(policy: Policy, now: float) -> int:
    """Exceptions that have not expired."""
    return sum(each.ends > now for each in policy.exceptions)


def _given(policy: Policy) -> Policy:
    return policy


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
