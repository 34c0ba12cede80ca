"""Searches for bytes that an extractor cannot take, guided by what of its code they reach.

    python tests/fuzz/extractors.py SECONDS [EXTRACTOR...] [--corpus DIR]
    python tests/fuzz/extractors.py 0 EXTRACTOR --replay FILE

SECONDS is for each extractor, each in a process of its own; `Runs` is the search for encoded runs. The seeds are those
of the tests and, with --corpus, the files of DIR whose type the extractor reads. Needs atheris (the extra `fuzz`);
without it, this says so and succeeds, unless --require is given. An input that is a find is kept, and its path told.

Every input goes to the extractor itself, whatever it looks like, which may raise any Exception; and, if it is of the
extractor's type, to the recursion, which may raise none. A find is a crash, a process that hangs, takes more than
`SLOW` seconds or `MEMORY` bytes, leaves something in silence, or tells it in a way that a report cannot show.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import importlib
import importlib.util
import io
import itertools
import json
import os
import pkgutil
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import zlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

if not __package__:  # as a script it stands in no package, and is to import its neighbours
    sys.path[0] = str(Path(__file__).resolve().parent.parent.parent)
    __package__ = "tests.fuzz"
    importlib.import_module(__package__)

LENGTH = 1 << 17
"""Bytes of the longest input. Longer files of a corpus are left out."""

SLOW = 4.0
"""CPU seconds for one input. The deadline of a file is far off; what needs this for so few bytes is not linear."""

HANGS = 60
"""Wall seconds after which an input is a hang, be it in a library that holds the interpreter."""

MEMORY = 1 << 30
"""Bytes of address space that a target may take beyond what it starts with."""

ITEMS = 2000
"""Items that are drawn from an extractor that is used alone: the recursion has a limit of its own."""


class Find(Exception):
    """What no extractor may do."""


def check(texts: list[Any], skipped: list[Any], *, whole: bool) -> None:
    """Whether a report could show all of it. `whole`: the recursion told it, which shortens details."""
    from dlp.extract.recursion import MAX_DETAIL
    from dlp.model import Reason

    cut = any(each.reason is Reason.LIMIT for each in skipped)
    for text in texts:
        starts = [mark.start for mark in text.marks]
        length = len(text.text) if text.alphabet == "text" else len(text.data)
        if cut:  # what a chunk would have said that is not drawn any more is marked, too
            length = max((length, *starts))
        if starts != sorted(starts) or not all(0 <= start <= length for start in starts):
            raise Find(f"marks are not in order, or behind the text's end: {text.provenance}")
        if bad := [mark.locator for mark in text.marks if not mark.locator or "\n" in mark.locator]:
            raise Find(f"a locator that cannot be shown: {bad[0]!r}")
    for each in (*texts, *skipped):
        if each.provenance[:1] != ("sample",):
            raise Find(f"a provenance without its root: {each.provenance}")
    for each in skipped:
        if not each.detail or not each.detail.isprintable() or (whole and len(each.detail) > MAX_DETAIL):
            raise Find(f"a detail that cannot be shown: {each.detail!r}")
        if each.reason in (Reason.MEMORY, Reason.TIMEOUT, Reason.CRASHED, Reason.IO_ERROR):
            raise Find(f"{each.reason}: {each.detail}")


class Target:
    """One extractor, and how it takes an input. `told`: exceptions that it raised, by type and place."""

    def __init__(self, name: str) -> None:
        from dlp.extract.recursion import _BY_TYPE, EXTRACTORS, _where, extract
        from dlp.extract.runs import with_runs
        from dlp.extract.unpacking import bounds_for
        from dlp.limits import Limits

        from ..extract.samples import blob, draw

        self.name = name
        self.told: Counter[str] = Counter()
        self.slowest = 0.0
        self._extractor = next((each for each in EXTRACTORS if type(each).__name__ == name), None)
        self._limits = Limits(seconds=60.0, max_part=1 << 20, max_text=1 << 20, max_unpacked=4 << 20, max_members=50)
        self._by_type, self._where, self._recursion = _BY_TYPE, _where, extract
        self._blob, self._draw, self._bounds, self._with_runs = blob, draw, bounds_for, with_runs

    def reads(self, data: bytes) -> bool:
        from dlp.extract import raw
        from dlp.extract.detect import detect_stream

        kind = detect_stream(data[: raw.HEAD], io.BytesIO(data), "sample") if data else "binary"
        return self._by_type[kind] is self._extractor or (self.name == "Runs" and kind in ("text", "html"))

    def take(self, data: bytes) -> None:
        """Raises Find."""
        began = time.process_time()
        self._alone(self._of_runs(data) if self._extractor is None else None, data)
        if zlib.crc32(data) % 8 == 0 or self.reads(data):
            texts, skipped, _ = self._draw(self._recursion(self._blob(data), self._limits))
            if data.strip() and not any(text.data for text in texts) and not skipped:
                raise Find("nothing was read, and nothing said")
            check(texts, skipped, whole=True)
        taken = time.process_time() - began
        self.slowest = max(self.slowest, taken)
        if taken > SLOW:
            raise Find(f"{taken:.1f} s for {len(data)} bytes")

    def _alone(self, items: Iterable[Any] | None, data: bytes) -> None:
        bounds = self._bounds(self._limits, len(data))
        if items is None:
            assert self._extractor is not None
            items = self._extractor.extract(self._blob(data), bounds)
        drawn: tuple[list[Any], list[Any]] = ([], [])
        try:
            for item in itertools.islice(items, ITEMS):
                texts, skipped, blobs = self._draw([item])
                drawn[0].extend(texts)
                drawn[1].extend(skipped)
                for inner in blobs:
                    if inner.provenance[:1] != ("sample",):
                        raise Find(f"a provenance without its root: {inner.provenance}")
                    inner.stream.read(1 << 20)
        except (Find, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001  # an extractor may raise any; here they are counted
            self.told[f"{type(error).__name__}{self._where(error)}"] += 1
        check(*drawn, whole=False)

    def _of_runs(self, data: bytes) -> Iterable[Any]:
        """The runs of a text in chunks, whose size the first byte says; the text itself must pass as it is."""
        from dlp.model import Text

        size = 1 + 37 * data[0] if data else 1
        chunks = (data[at : at + size] for at in range(0, len(data), size))
        text = Text(("sample",), "text", chunks, [])
        passed = False
        for item in self._with_runs(iter((text,)), self._bounds(self._limits, len(data))):
            if not passed:
                out = b"".join(bytes(chunk) for chunk in item.chunks)
                if out != data:
                    raise Find("a text that was watched is not what it was")
                passed = True
            else:
                yield item


def seeds(target: Target, corpus: Path | None) -> list[bytes]:
    from ..extract.test_extract_conformance import SEEDS
    from .test_extract_fuzz import SEEDS as MORE

    found = list(SEEDS.get(target.name, [])) + [seed for seed in MORE if target.reads(seed)]
    if target.name == "Runs":
        from ..extract.test_runs import CASES

        found += [text.encode() for text in CASES.values()]
    for path in sorted(corpus.rglob("*")) if corpus else []:
        if path.is_file() and path.stat().st_size <= LENGTH and target.reads(data := path.read_bytes()):
            found.append(data)
    return list(dict.fromkeys(found))


def search(target: Target, folder: Path, seconds: float) -> None:
    """Runs until the time is over or there is a find. Does not return: the process ends."""
    import atheris

    from .mutating import changed

    total = 0
    began = time.monotonic()

    def end(status: int, find: str = "") -> None:
        told = {"executions": total, "seconds": time.monotonic() - began, "slowest": target.slowest, "find": find}
        (folder / "told.json").write_text(json.dumps({**told, "told": target.told.most_common()}))
        os._exit(status)

    def one(data: bytes) -> None:
        nonlocal total
        total += 1
        try:
            target.take(data)
        except BaseException as error:  # noqa: BLE001  # whatever comes out of an extractor is a find
            (folder / "find").write_bytes(data)
            traceback.print_exc()
            end(1, f"{type(error).__name__}: {error}")
        if time.monotonic() - began > seconds:
            end(0)

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        return changed(data, most, seed, atheris.Mutate)

    options = (f"-max_len={LENGTH}", "-len_control=0", f"-timeout={HANGS}", "-rss_limit_mb=3000", "-verbosity=0")
    arguments = [sys.argv[0], *options, f"-artifact_prefix={folder}/", str(folder / "corpus")]
    atheris.Setup(arguments, one, custom_mutator=mutate)
    # From here on: libFuzzer itself takes some memory, and the inputs that it keeps.
    with open("/proc/self/statm") as statm:
        used = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, resource.RLIM_INFINITY))
    atheris.Fuzz()


def run(target: Target, folder: Path, seconds: float) -> dict[str, Any]:
    """Searches in a child process. What it told, with `find` where there is one."""
    child = os.fork()
    if not child:
        with open(folder / "log", "wb") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        search(target, folder, seconds)
    began = time.monotonic()
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() - began > seconds + 3 * HANGS:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.05)
    try:
        return dict(json.loads((folder / "told.json").read_text()))
    except FileNotFoundError:
        lines = (folder / "log").read_text("utf-8", "replace").splitlines()[-40:]
        return {"executions": 0, "seconds": 0.0, "slowest": 0.0, "told": [], "find": "\n".join(["ended", *lines])}


def names() -> list[str]:
    from dlp.extract.recursion import EXTRACTORS

    return [*(type(extractor).__name__ for extractor in EXTRACTORS), "Runs"]


def instrument() -> None:
    """Imports all extractors so that the search sees which of their lines an input reaches."""
    import atheris

    quiet = contextlib.redirect_stderr(io.StringIO())  # every module is told
    with quiet, atheris.instrument_imports(include=["dlp.extract"]):
        import dlp.extract

        for module in pkgutil.walk_packages(dlp.extract.__path__, "dlp.extract."):
            importlib.import_module(module.name)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seconds", metavar="SECONDS", type=float, help="for each extractor; 0 with --replay")
    parser.add_argument("extractors", metavar="EXTRACTOR", nargs="*", help="all of them, if none is named")
    parser.add_argument("--corpus", metavar="DIR", type=Path, help="further seeds, in subfolders, too")
    parser.add_argument("--told", action="store_true", help="print which exceptions the extractors raised, and where")
    parser.add_argument("--require", action="store_true", help="fail where atheris is not installed")
    parser.add_argument("--replay", metavar="FILE", type=Path, help="give this input to the extractors, once")
    options = parser.parse_args()
    if options.replay:
        faulthandler.dump_traceback_later(HANGS, exit=True)
        try:
            for name in options.extractors or names():
                Target(name).take(options.replay.read_bytes())
        finally:
            faulthandler.cancel_dump_traceback_later()
        return 0
    if importlib.util.find_spec("atheris") is None:
        print("fuzzing extractors: skipped, atheris is not installed (pip install '.[fuzz]')")
        return 1 if options.require else 0
    instrument()
    unknown = set(options.extractors) - set(names())
    if unknown:
        parser.error(f"no such extractor: {', '.join(sorted(unknown))}")
    work = Path(tempfile.mkdtemp(prefix="dlp-fuzz-"))
    found = False
    print(f"{'extractor':22} {'seeds':>5} {'executions':>10} {'seconds':>7} {'slowest, s':>10}  finds", flush=True)
    for name in options.extractors or names():
        target, folder = Target(name), work / name
        (folder / "corpus").mkdir(parents=True)
        given = seeds(target, options.corpus)
        for number, seed in enumerate(given):
            (folder / "corpus" / f"{number:04}").write_bytes(seed)
        told = run(target, folder, options.seconds)
        found = found or bool(told["find"])
        figures = f"{len(given):5} {told['executions']:10} {told['seconds']:7.0f} {told['slowest']:10.2f}"
        what = f"{told['find']}; the input is in {folder}" if told["find"] else "none"
        print(f"{name:22} {figures}  {what}", flush=True)
        for error, count in told["told"] if options.told else ():
            print(f"{count:12} {error}")
        if not told["find"]:
            shutil.rmtree(folder)
    if not found:
        shutil.rmtree(work)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
