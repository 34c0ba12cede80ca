"""`dlp fingerprints`: what is registered, taken out, checked, carried elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .running import FORMULA, HARMLESS, LEAK, Dlp


@pytest.fixture
def two(fresh: Dlp, tmp_path: Path) -> Dlp:
    """A store with plan.md in two versions, and minutes.md."""
    for name, content in [("plan.md", FORMULA), ("plan.md", FORMULA + HARMLESS[:500]), ("minutes.md", HARMLESS)]:
        (tmp_path / name).write_text(content)
        assert fresh("register", "--label", "trade-secret", "--owner", "Ada", tmp_path / name).code == 0
    (tmp_path / "leak").write_text(LEAK)
    return fresh


def test_list_names_every_version_and_json_has_the_same(two: Dlp) -> None:
    text, report = two("fingerprints", "list"), two("fingerprints", "list", "--format", "json").json
    assert report["version"] == 1
    found = [(each["name"], each["version"], each["owner"]) for each in report["documents"]]
    assert found == [("minutes.md", 1, "Ada"), ("plan.md", 2, "Ada"), ("plan.md", 1, "Ada")]
    lines = text.out.splitlines()
    assert [line.split()[:2] for line in lines] == [[each["id"], f"v{each['version']}"] for each in report["documents"]]
    assert text.err == "3 documents\n"


def test_show_takes_names_ids_and_versions(two: Dlp) -> None:
    documents = two("fingerprints", "list", "--format", "json").json["documents"]
    plan = next(each for each in documents if each["name"] == "plan.md")
    for wanted, versions in [("plan.md", {1, 2}), (plan["id"], {1, 2}), (f"{plan['id']}@1", {1})]:
        shown = two("fingerprints", "show", "--format", "json", wanted).json["documents"]
        assert {each["version"] for each in shown} == versions
    text = two("fingerprints", "show", f"{plan['id']}@2").out
    assert f"{plan['id']}@2" in text
    assert f"{plan['size']:,} bytes" in text


@pytest.mark.parametrize("command", ["show", "remove"])
def test_what_is_not_registered_is_named_and_nothing_is_done(two: Dlp, command: str) -> None:
    ran = two("fingerprints", command, "plan.md", "nothing", "0@1")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("dlp: not registered: nothing, 0@1; ")
    assert len(two("fingerprints", "list", "--format", "json").json["documents"]) == 3


def test_what_is_removed_is_found_no_more_and_leaves_the_disk_when_compacted(two: Dlp, tmp_path: Path) -> None:
    assert two("scan", tmp_path / "leak").code == 1
    ran = two("fingerprints", "remove", "plan.md")
    assert sorted(ran.out.splitlines()) == ["removed plan.md version 1", "removed plan.md version 2"]
    assert two("scan", tmp_path / "leak").code == 0
    assert two("scan", tmp_path / "minutes.md").code == 1
    size = sum(each.stat().st_size for each in (two.store / "segments").iterdir())
    assert two("fingerprints", "compact").code == 0
    assert sum(each.stat().st_size for each in (two.store / "segments").iterdir()) < size
    assert two("scan", tmp_path / "minutes.md").code == 1
    assert two("fingerprints", "verify").code == 0
    assert two("register", "--label", "trade-secret", tmp_path / "plan.md").out.startswith("registered ")


def test_verify_tells_a_store_that_was_tampered_with(two: Dlp) -> None:
    ran = two("fingerprints", "verify")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("all is well: 3 documents, ")
    segment = next((two.store / "segments").iterdir())
    content = bytearray(segment.read_bytes())
    content[len(content) // 2] ^= 1
    segment.chmod(0o600)
    segment.write_bytes(content)
    ran = two("fingerprints", "verify")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("wrong: ")
    ran = two("scan", two.folder)
    assert ran.code == 2
    assert "Traceback" not in ran.err


def test_an_exported_store_is_imported_under_another_key(two: Dlp, tmp_path: Path) -> None:
    file = tmp_path / "export"
    ran = two("fingerprints", "export", file)
    assert (ran.code, ran.out) == (0, f"exported 3 documents to {file}\n")
    again = two("fingerprints", "export", file)
    assert (again.code, again.err) == (2, f"dlp: {file} exists; give --force to overwrite it\n")
    assert two("fingerprints", "export", "--force", file).code == 0
    (tmp_path / "other").mkdir()
    other = Dlp(tmp_path / "other")
    other("init")
    wrong = other("fingerprints", "import", file)
    assert (wrong.code, wrong.out) == (2, "")
    for counts in ("imported 3 documents, 0 known already\n", "imported 0 documents, 3 known already\n"):
        ran = other("fingerprints", "import", "--from-key-file", two.key, file)
        assert (ran.code, ran.out) == (0, counts)
    for command in (("scan", "-f", "json", tmp_path / "leak"),):
        mine, theirs = two(*command).json["results"], other(*command).json["results"]
        for result in (*mine, *theirs):
            for finding in result["findings"]:
                finding["document"].pop("id")  # each store has its own, and the finding's goes by it
                finding.pop("id")
        assert mine == theirs != []
    assert other("fingerprints", "verify").code == 0


@pytest.mark.parametrize("spoil", ["cut", "flip", "other", "empty", "gone"])
def test_a_file_that_is_no_export_changes_nothing(two: Dlp, tmp_path: Path, spoil: str) -> None:
    file = tmp_path / "export"
    two("fingerprints", "export", file)
    content = bytearray(file.read_bytes())
    if spoil == "flip":
        content[len(content) // 2] ^= 1
    content = {"cut": content[:-9], "other": bytearray(HARMLESS.encode()), "empty": bytearray()}.get(spoil, content)
    file.write_bytes(content)
    if spoil == "gone":
        file.unlink()
    (tmp_path / "other").mkdir()
    other = Dlp(tmp_path / "other")
    other("init")
    ran = other("fingerprints", "import", "--from-key-file", two.key, file)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("dlp: ")
    assert "Traceback" not in ran.err
    assert len(ran.err.splitlines()) == 1
    assert other("fingerprints", "list", "--format", "json").json["documents"] == []
    assert other("fingerprints", "verify").code == 0


def test_show_tells_what_is_kept_of_a_document(two: Dlp, tmp_path: Path) -> None:
    text = two("fingerprints", "show", "minutes.md").out
    assert re.search(r"^sketch +[1-9][0-9,]* words$", text, re.MULTILINE)
    assert re.search(r"^text +not kept$", text, re.MULTILINE)
    (tmp_path / "kept.md").write_text(HARMLESS[::-1])
    two("register", "--label", "trade-secret", "--keep-text", "--no-sketch", tmp_path / "kept.md")
    text = two("fingerprints", "show", "kept.md").out
    assert re.search(r"^sketch +none$", text, re.MULTILINE)
    assert re.search(r"^text +kept$", text, re.MULTILINE)


@pytest.mark.parametrize(("options", "kept"), [((), False), (("--with-text",), True)])
def test_kept_text_is_exported_only_where_it_is_asked_for(
    fresh: Dlp, tmp_path: Path, options: tuple[str, ...], kept: bool
) -> None:
    (tmp_path / "plan.md").write_text(FORMULA)
    fresh("register", "--label", "trade-secret", "--keep-text", tmp_path / "plan.md")
    assert fresh("fingerprints", "export", *options, tmp_path / "export").code == 0
    (tmp_path / "other").mkdir()
    other = Dlp(tmp_path / "other")
    other("init")
    assert other("fingerprints", "import", "--from-key-file", fresh.key, tmp_path / "export").code == 0
    (document,) = other("fingerprints", "show", "--format", "json", "plan.md").json["documents"]
    assert document["keeps_text"] is kept
    assert document["words"] > 0
    assert other("fingerprints", "verify").code == 0
