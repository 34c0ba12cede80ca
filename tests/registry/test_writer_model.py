"""The writer against a plain dict: any order of registering, relabelling, removing, compacting and opening anew."""

from __future__ import annotations

import shutil
import tempfile

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dlp.fingerprint import BACKGROUND, GONE
from dlp.registry import background as grams
from dlp.registry.store import Store
from dlp.registry.writer import BUFFERED_DOCUMENTS, FAN, Writer, tier

from .making import KEY, MEMORY, add, check_kept, document, faults, found, new_store, text

SEEDS = st.integers(0, 7)
NAMES = st.sampled_from(["plan.docx", "Straße/Müller.txt", "names/客户.csv"])
LABELS = st.sampled_from(["secret", "internal"])
Known = dict[tuple[int, bool], tuple[str, int, str, str]]
"""(content's seed, background) → (name, version, label, owner)."""


class WriterMachine(RuleBasedStateMachine):
    @initialize()
    def make(self) -> None:
        self.least_bits, grams.LEAST_BITS = grams.LEAST_BITS, 64  # so that tables grow
        self.folder = tempfile.mkdtemp(dir=MEMORY)
        new_store(self.folder)
        self.writer = Writer(self.folder, KEY)
        self.model: Known = {}
        self.versions: dict[tuple[str, bool], int] = {}
        self.ordinals: dict[int, bytes] = {}

    def teardown(self) -> None:
        self.writer.__exit__(None, None, None)
        assert faults(self.folder) == []
        shutil.rmtree(self.folder)
        grams.LEAST_BITS = self.least_bits

    @rule(
        seed=SEEDS,
        name=NAMES,
        label=LABELS,
        owner=st.sampled_from(["", "ann"]),
        background=st.booleans(),
        keep=st.booleans(),
    )
    def add(self, seed: int, name: str, label: str, owner: str, background: bool, keep: bool) -> None:
        content = text(seed)
        made = document(name, content, label=label, owner=owner, background=background)
        assert (self.writer.known(made.digest, background) is not None) == ((seed, background) in self.model)
        change = add(self.writer, made, content, keep_text=keep)
        there = self.model.get((seed, background))
        if there is None:
            version = self.versions.get((name, background), 0) + 1
            self.versions[name, background] = version
            self.model[seed, background] = (name, version, label, owner)
            assert change.document.keeps_text == (keep or background)
            assert change.what == ("new" if version == 1 else "version")
        elif there[0] != name or there[2:] == (label, owner):
            assert change.what == "known"
        else:
            assert change.what == "relabelled"
            self.model[seed, background] = (*there[:2], label, owner)
        got = change.document
        assert (got.name, got.version, got.label, got.owner) == self.model[seed, background]

    @rule()
    def commit(self) -> None:
        self.writer.commit()
        self.store_is_as_modelled()

    @rule()
    def leave_and_open_anew(self) -> None:
        self.writer.__exit__(None, None, None)
        self.store_is_as_modelled()
        self.writer = Writer(self.folder, KEY)

    @rule()
    def fail_and_open_anew(self) -> None:
        """An exception throws away what was not committed."""
        before = Store(self.folder, KEY)
        digests = {(each.digest, each.background): each for each in before.documents.values()}
        before.close()
        self.writer.__exit__(ValueError, ValueError(), None)
        self.model = {
            (seed, background): (each.name, each.version, each.label, each.owner)
            for seed, background in self.model
            if (each := digests.get((document("", text(seed)).digest, background)))
        }
        self._recount()
        self.writer = Writer(self.folder, KEY)

    @rule(seeds=st.sets(SEEDS, max_size=3), background=st.booleans())
    def remove(self, seeds: set[int], background: bool) -> None:
        self.writer.commit()
        digests = {document("", text(seed)).digest for seed in seeds}
        ordinals = [
            ordinal
            for ordinal, each in self.writer.store.documents.items()
            if each.digest in digests and each.background == background
        ]
        removed = self.writer.remove(ordinals)
        mine = {(seed, background) for seed in seeds} & set(self.model)
        assert sorted((each.name, each.version) for each in removed) == sorted(
            self.model.pop(each)[:2] for each in mine
        )
        self._recount()
        self.store_is_as_modelled()

    def _recount(self) -> None:
        self.versions = {}
        for (_, background), (name, version, _, _) in self.model.items():
            self.versions[name, background] = max(version, self.versions.get((name, background), 0))

    @rule()
    def compact(self) -> None:
        self.writer.compact()
        segments = self.writer.store.state.segments
        assert len(segments) == (1 if self.model else 0)
        self.store_is_as_modelled()

    def store_is_as_modelled(self) -> None:
        """Also for a reader, who opens the store while the writer is at work."""
        store = Store(self.folder, KEY)
        try:
            listed = sorted((e.name, e.version, e.label, e.owner, e.background) for e in store.documents.values())
            assert listed == sorted((*facts, background) for (_, background), facts in self.model.items())
            assert store.documents == self.writer.store.documents
            groups, count = store.groups()
            for ordinal, group in enumerate(groups):
                each = store.documents.get(ordinal)
                assert (group == GONE) == (each is None)
                assert (group == BACKGROUND) == (each is not None and each.background)
            assert count == len({each.id for each in store.documents.values() if not each.background})
            for ordinal, each in store.documents.items():
                assert self.ordinals.setdefault(ordinal, each.digest) == each.digest, "an ordinal was used again"
                assert bool(each.words) != each.background
            check_kept(store)
            for seed in range(8):
                facts, background = self.model.get((seed, False)), (seed, True) in self.model
                expected = set() if facts is None or background else {facts[:2]}
                assert found(store, text(seed)) == expected
            for tier_ in {tier(each.entries) for each in store.state.segments}:
                assert sum(tier(each.entries) == tier_ for each in store.state.segments) < FAN
        finally:
            store.close()

    @invariant()
    def nothing_waits_for_ever(self) -> None:
        assert len(self.writer.store.state.segments) < 3 * FAN
        assert len(self.model) < BUFFERED_DOCUMENTS


WriterMachine.TestCase.settings = settings(
    max_examples=80, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestAnyOrderOfChangesGivesTheStoreThatADictWouldBe = WriterMachine.TestCase
