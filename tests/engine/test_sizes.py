"""Long lines, large files, files that change, and the size of a chunk: what must not matter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from dlp.extract import recursion
from dlp.extract.text import TextExtractor
from dlp.limits import Limits
from dlp.match.seam import Listener as SeamListener
from dlp.model import Coverage, Finding, Reason, Text
from dlp.policy.policy import default_policy
from dlp.registry.store import Store
from dlp.scan.pipeline import Pipeline, pipeline_for
from dlp.source.seam import Item

from .conftest import SECRET
from .disguise import disguised
from .engine import KEY, LIMITS, Engine, prose


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "cp1251"])
def test_the_result_does_not_depend_on_the_size_of_a_chunk(
    registered: Engine, codec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = 0.0 if codec == "cp1251" else 0.3
    parts = [prose(40, 6000), disguised(SECRET, 1, letters=shape, between=shape), prose(41, 6000), SECRET[500:900]]
    content = "\n".join(parts).encode(codec, "replace")
    results = []
    for chunk in (1, 7, 4096, 65_536, 65_537, 1 << 20, len(content) - 1):
        monkeypatch.setitem(recursion._BY_TYPE, "text", TextExtractor(chunk))
        found = registered.scan(content)  # in a file of its own each time
        results.append(msgspec.structs.replace(found, file=None))
    assert results[0].findings
    assert results == [results[0]] * len(results)


@pytest.mark.parametrize("offset", [0, 65_530, 65_536, (1 << 18) - 100, (1 << 18) - 3, 1 << 18, (1 << 20) + 1])
def test_a_passage_is_found_wherever_in_a_large_file(registered: Engine, offset: int) -> None:
    excerpt = SECRET[2000:2300]
    fill = prose(42, 1000)
    text = (fill * (1 + offset // len(fill)))[:offset] + " " + excerpt + " " + fill * 50
    (found,) = registered.passages(text)
    assert abs(found.span.start - (offset + 1)) < 40  # the letters before may agree by chance


def test_a_passage_is_found_in_a_line_of_200_megabytes_in_little_memory(registered: Engine, tmp_path: Path) -> None:
    line = tmp_path / "line"
    block = prose(43, 20_000).encode()[: 1 << 16].ljust(1 << 16)
    with line.open("wb") as file:
        for _ in range(1600):
            file.write(block)
        file.write(SECRET[:300].encode())
        for _ in range(1600):
            file.write(block)
    code = """if True:
        import resource, sys
        from dlp.limits import Limits
        from dlp.policy.policy import default_policy
        from dlp.registry.store import Store
        from dlp.scan.pipeline import pipeline_for
        from dlp.source.seam import Item
        pipeline = pipeline_for(Store(sys.argv[1], bytes(range(32))), default_policy, Limits())
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        result = pipeline.scan(Item(sys.argv[2].encode(), "line", "line", 0))
        found = [(each.span.line, each.span.start >= 1600 << 16) for each in result.findings]
        print(found, result.skipped, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    """
    run = subprocess.run(
        [sys.executable, "-c", code, registered.store, line], capture_output=True, text=True, check=True
    )
    line.unlink()
    found, grown = run.stdout.rsplit(" ", 1)
    assert found == "[(1, True)] ()"
    assert int(grown) < 24 << 10  # KiB, as Linux counts


def test_a_sparse_file_of_100_gigabytes_is_read_for_what_it_holds(registered: Engine, tmp_path: Path) -> None:
    sparse = tmp_path / "sparse"
    with sparse.open("wb") as file:
        file.truncate(100 << 30)
        file.seek(60 << 30)
        file.write(SECRET[:400].encode())
    if sparse.stat().st_blocks * 512 > 1 << 20:
        pytest.skip("this file system makes no holes")
    result = registered.scan_file(sparse)
    assert [each.document.name for each in result.findings] == ["secret"]
    assert result.coverage == Coverage.COMPLETE


class _Meddler:
    """A matcher that finds nothing and does something to the file when it hears of it."""

    def __init__(self, path: Path, size: int) -> None:
        self._path, self._size = path, size

    def listen(self, text: Text) -> SeamListener:
        return self

    def feed(self, chunk: bytes | bytearray | memoryview) -> None:
        os.truncate(self._path, self._size)

    def finish(self) -> list[Finding]:
        return []


@pytest.mark.parametrize("size", [0, 1000, 3 << 20])
def test_a_file_that_shrinks_or_grows_while_it_is_read_is_said_to_have_changed(tmp_path: Path, size: int) -> None:
    path = tmp_path / "log"
    path.write_text(prose(44, 1000) * 200)
    assert path.stat().st_size > 1 << 20
    pipeline = Pipeline([_Meddler(path, size)], default_policy, LIMITS)
    result = pipeline.scan(Item(os.fsencode(path), "log", "log", path.stat().st_size))
    assert [each.reason for each in result.skipped] == [Reason.CHANGED]
    assert result.coverage == Coverage.PARTIAL


@pytest.mark.parametrize(
    ("what", "reason"), [("gone", Reason.VANISHED), ("folder", Reason.SPECIAL_FILE), ("link", Reason.LOOP)]
)
def test_what_is_no_file_any_more_when_it_is_opened_is_a_value(
    registered: Engine, tmp_path: Path, what: str, reason: Reason
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    pipeline = pipeline_for(Store(registered.store, KEY), default_policy, LIMITS)
    result = pipeline.scan(Item(os.fsencode(tmp_path / what), what, what, 10))
    assert [each.reason for each in result.skipped] == [reason]
    assert result.coverage == Coverage.UNSCANNABLE


def test_an_empty_file_was_read_whole(registered: Engine) -> None:
    assert registered.scan(b"").coverage == Coverage.COMPLETE


def test_a_document_too_short_to_be_found_is_refused(engine: Engine) -> None:
    assert engine.register("too short to be found", "", b"\0" * 500) == ["too-short"] * 3
    assert not Store(engine.store, KEY).documents


def test_limits_bound_what_is_listed_for_a_document(engine: Engine) -> None:
    engine.register(SECRET)
    pipeline = pipeline_for(Store(engine.store, KEY), default_policy, Limits(max_passages=3))
    path = Path(engine.store).parent / "many"
    path.write_text("\n".join(SECRET[at : at + 200] + prose(45 + at, 80) for at in range(0, 4000, 400)))
    result = pipeline.scan(Item(os.fsencode(path), "many", "many", 0))
    assert len(result.findings) == 3
    assert result.findings[0].document_share > 0.2
