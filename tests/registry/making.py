"""Small documents, their fingerprints, and what a store finds of them; and work done by a child process."""

from __future__ import annotations

import hashlib
import os
import random
import sqlite3
import traceback
from collections.abc import Callable, Container, Iterable, Mapping
from contextlib import closing
from os import _exit
from os import write as _write
from pathlib import Path

from dlp.fingerprint import TEXT_SCALE, Alphabet, Familiar, Scanner, Selector, fold, split_words
from dlp.registry.records import Fingerprint, KeptText, Registered, WordSketch
from dlp.registry.store import Store, create_store
from dlp.registry.term_list import TermList
from dlp.registry.writer import Change, Writer

KEY = bytes(range(32))

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""A folder whose files are never synced, where there is one; None: the usual folder for temporary files."""


def text(seed: int, words: int = 40) -> str:
    """Text that no other seed has a passage of."""
    pick = random.Random(seed)
    return " ".join("".join(pick.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(words))


def fingerprint(content: str) -> Fingerprint:
    selector = Selector(TEXT_SCALE)
    selector.feed(content.encode())
    columns = list(selector.finish())
    return Fingerprint.of(TEXT_SCALE, selector.symbols, columns, ())


def document(
    name: str, content: str, *, label: str = "secret", owner: str = "", background: bool = False
) -> Registered:
    data = content.encode()
    digest = hashlib.blake2b(data, digest_size=32).digest()
    made = fingerprint(content)
    sizes = {Alphabet.TEXT: made.symbols}
    return Registered("", name, label, owner, 0, background, len(data), digest, sizes, made.outline.rows, 1_700_000_000)


def sketch(content: str) -> WordSketch:
    return WordSketch.of(*split_words(content.encode())[:2])


def register(writer: Writer, name: str, content: str, *, keep_text: bool = False, **kinds: str | bool) -> Change:
    """As `dlp register` does: a background document with its text, any other with its sketch."""
    return add(writer, document(name, content, **kinds), content, keep_text=keep_text)  # type: ignore[arg-type]


def add(writer: Writer, made: Registered, content: str, *, keep_text: bool = False) -> Change:
    words = None if made.background else sketch(content)
    kept = KeptText.of(content.encode()) if made.background or keep_text else None
    return writer.add(made, [fingerprint(content)], words, kept)


def register_list(writer: Writer, name: str, terms: Mapping[str, int], label: str = "secret") -> Change:
    """A list of terms, and the words of each."""
    made = TermList.of({fold(term.encode()): words for term, words in terms.items()})
    return writer.add_terms(Registered("", name, label, "ann", 0, False, 99, made.digest, {}, 0, 1_700_000_000), made)


def older_format(folder: str) -> None:
    """Makes a store without lists one of format 2."""
    with closing(sqlite3.connect(os.path.join(folder, "catalogue.sqlite"))) as db:
        db.executescript("DROP TABLE terms; PRAGMA user_version = 2;")


def terms_of(store: Store) -> dict[str, set[bytes]]:
    """The terms of each list, by its name and version."""
    return {
        f"{each.name}@{each.version}": set((store.terms(ordinal) or (b"",))[0].split())
        for ordinal, each in store.lists.items()
    }


def new_store(folder: Path | str, seeds: Iterable[int] = (), *, background: Container[int] = ()) -> str:
    """A store of documents named `doc SEED`, one commit each; every third one keeps its text."""
    create_store(str(folder), KEY)
    with Writer(str(folder), KEY) as writer:
        for seed in seeds:
            register(writer, f"doc {seed}", text(seed), background=seed in background, keep_text=seed % 3 == 0)
            writer.commit()
    return str(folder)


def found(store: Store, content: str) -> set[tuple[str, int]]:
    """(name, version) of the documents that have at least half of `content` as one passage of evidence."""
    out = set()
    for index in store.indexes().values():
        scanner = Scanner(index)
        for run in [*scanner.feed(content.encode()), *scanner.finish()]:
            if run[-2] * 2 > len(content.replace(" ", "")):
                registered = store.documents[run[0]]
                out.add((registered.name, registered.version))
    return out


def table_of(contents: Iterable[str], bits: int) -> bytes:
    """The table of these texts' grams."""
    table = Familiar(bits)
    for content in contents:
        table.add(fold(content.encode()))
    return table.to_bytes()


def check_kept(store: Store) -> None:
    """That every document of a store has its sketch, its text and its places, and the background its grams."""
    sketches = store.sketches(store.documents)
    assert set(sketches) == {ordinal for ordinal, each in store.documents.items() if each.words}
    background = []
    for ordinal, each in store.documents.items():
        if each.terms:
            symbols, words = store.terms(ordinal) or (b"", b"")
            assert symbols.count(b"\n") == len(words) == each.terms
            continue
        assert store.places(ordinal, Alphabet.TEXT) is not None
        assert each.words == len(sketches.get(ordinal, ()))
        content = store.text(ordinal)
        assert (content is not None) == each.keeps_text
        assert content is None or hashlib.blake2b(content.encode(), digest_size=32).digest() == each.digest
        background += [content] if content and each.background else []
    familiar = store.familiar()
    assert (familiar is not None) == bool(background)
    if familiar:
        table = familiar.to_bytes()
        assert table == table_of(background, 8 * len(table))


def names(folder: str) -> set[str]:
    """Names of the documents of the store, each of which is checked to match, and to have what is kept of it; of
    lists, also how many terms."""
    store = Store(folder, KEY)
    try:
        for each in store.documents.values():
            if each.name.startswith("doc "):
                there = (each.name, each.version) in found(store, text(int(each.name[4:])))
                assert there != each.background
        check_kept(store)
        return {f"{each.name} of {each.terms}" if each.terms else each.name for each in store.documents.values()}
    finally:
        store.close()


def faults(folder: str) -> list[str]:
    store = Store(folder, KEY)
    try:
        return store.verify()
    finally:
        store.close()


def start(work: Callable[[], object]) -> tuple[int, int]:
    """Does `work` in a forked child, as (its id, a pipe with what it returned or raised, as text)."""
    read, write = os.pipe()
    child = os.fork()
    if child:
        os.close(write)
        return child, read
    try:
        os.close(read)
        answer = str(work())
    except BaseException as error:  # noqa: BLE001 - the parent is told of whatever it was
        answer = f"{type(error).__name__}: {error}"
        if "Store" not in answer:
            answer += traceback.format_exc()
    try:
        _write(write, answer.encode())  # a test may have made `os.write` fail
    finally:
        _exit(0)


def finish(started: tuple[int, int]) -> str | None:
    """What the child returned or raised; None where it was killed or ended itself before."""
    child, read = started
    with open(read, "rb") as pipe:
        answer = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    return answer if os.waitstatus_to_exitcode(status) == 0 else None


def in_child(work: Callable[[], object]) -> str | None:
    return finish(start(work))
