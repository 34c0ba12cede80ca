"""`dlp show`: both sides of a passage, in plain text."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from .running import EXAMPLES, FORMULA, HARMLESS, LEAK, Dlp, Ran

EDITED = LEAK.replace("no longer accept", "do not accept any more").replace(" for ", " FOR ")
CLAUSE = HARMLESS[:700]


@pytest.fixture
def kept(fresh: Dlp, tmp_path: Path) -> Dlp:
    """A store with plan.md and its text, and draft.txt with an edited part of it."""
    (tmp_path / "plan.md").write_text(FORMULA)
    assert fresh("register", "-q", "--label", "trade-secret", "--keep-text", tmp_path / "plan.md").code == 0
    (tmp_path / "draft.txt").write_text(f"Dear Bob,\n\n{EDITED}\n\nYours")
    return fresh


@pytest.fixture
def bare(fresh: Dlp, tmp_path: Path) -> Dlp:
    """The same without the text."""
    (tmp_path / "plan.md").write_text(FORMULA)
    assert fresh("register", "-q", "--label", "trade-secret", tmp_path / "plan.md").code == 0
    (tmp_path / "draft.txt").write_text(f"Dear Bob,\n\n{EDITED}\n\nYours")
    return fresh


def ids(dlp: Dlp, path: Path | str, *options: str, cwd: Path) -> list[str]:
    results = dlp("scan", "-f", "json", *options, path, cwd=cwd).json["results"]
    passages = [finding for each in results for finding in each["findings"]]
    return [each["id"] for each in passages] or [
        each["finding"]["id"] for result in results for each in result["suppressed"]
    ]


def passages(ran: Ran) -> list[Any]:
    assert (ran.code, ran.err) == (0, "")
    assert ran.json["version"] == 1
    found = ran.json["passages"]
    assert isinstance(found, list)
    return found


def refused(ran: Ran) -> str:
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err
    assert len(ran.err.splitlines()) == 1
    return ran.err.removeprefix("dlp: ").removesuffix("\n")


def test_both_sides_stand_beside_one_another_with_what_differs_marked(kept: Dlp, tmp_path: Path) -> None:
    (number,) = ids(kept, "draft.txt", cwd=tmp_path)
    ran = kept("show", f"draft.txt#{number}", "--width", "100", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == f"draft.txt#{number}"
    assert lines[1] == "plan.md · trade-secret · version 1"
    assert "symbols, " in lines[2]
    assert "alike" in lines[2]
    assert lines[3].startswith("severity ")
    assert [each.split(", ")[0] for each in lines[5].split(" | ")] == ["document: line 10", "file: line 3"]
    assert "[-no longer-]" in ran.out
    assert "{+any more." in ran.out
    assert max(map(len, lines)) <= 100
    assert {line.ljust(51)[48:51] for line in lines[5:]} == {" | "}


def test_a_path_alone_shows_all_passages_and_the_spelling_of_it_is_free(kept: Dlp, tmp_path: Path) -> None:
    (tmp_path / "both.txt").write_text(FORMULA[:700] + HARMLESS * 2 + FORMULA[2500:3300])
    found = ids(kept, "both.txt", cwd=tmp_path)
    shown = passages(kept("show", "both.txt", "-f", "json", cwd=tmp_path))
    assert sorted(each["finding"]["id"] for each in shown) == sorted(found)
    assert len(found) > 1
    for path in ("./both.txt", tmp_path / "both.txt", f"../{tmp_path.name}/both.txt"):
        (one,) = passages(kept("show", f"{path}#{found[0]}", "-f", "json", cwd=tmp_path))
        assert one["scanned"] == next(each["scanned"] for each in shown if each["finding"]["id"] == found[0])


def test_json_has_both_texts_and_operations_that_are_all_of_them(kept: Dlp, tmp_path: Path) -> None:
    (one,) = passages(kept("show", "draft.txt", "-f", "json", cwd=tmp_path))
    text = (tmp_path / "draft.txt").read_text()
    span, source = one["finding"]["span"], one["finding"]["source_span"]
    assert one["scanned"] == text[span["start"] : span["end"]]
    assert one["source"] in FORMULA
    assert one["source"].startswith(FORMULA[source["start"] : source["end"]].lstrip()[:20])
    for side in ("scanned", "source"):
        said = [one[side][slice(*each[side])] for each in one["operations"]]
        assert "".join(said) == one[side]
    kinds = {each["kind"] for each in one["operations"]}
    assert kinds == {"equal", "same", "delete", "insert"}
    assert (one["problem"], one["cut"], one["paired"]) == ("", False, True)


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_an_id_and_a_report_are_enough(kept: Dlp, tmp_path: Path, form: str) -> None:
    kept("scan", "-f", form, "-o", "report", "draft.txt", cwd=tmp_path)
    (number,) = ids(kept, "draft.txt", cwd=tmp_path)
    for name in (number, f"#{number}", f"draft.txt#{number}"):
        ran = kept("show", "--results", "report", name, cwd=tmp_path)
        assert ran.out.startswith(f"draft.txt#{number}\n")
    assert refused(kept("show", "--results", "report", "0" * 12, cwd=tmp_path)) == (
        f"there is no passage #{'0' * 12} in report"
    )
    assert "no report of dlp scan" in refused(kept("show", "--results", "plan.md", number, cwd=tmp_path))
    assert "cannot read nowhere" in refused(kept("show", "--results", "nowhere", number, cwd=tmp_path))
    assert "is not" in refused(kept("show", "--results", "report", "draft.txt", cwd=tmp_path))


def test_without_the_kept_text_the_scanned_side_tells_what_is_paired(bare: Dlp, tmp_path: Path) -> None:
    ran = bare("show", "draft.txt", "--width", "90", cwd=tmp_path)
    assert "the text of plan.md is not kept; register it with --keep-text to see both sides\n" in ran.out
    said = " ".join(ran.out.split())
    assert "[-2 words-] {+do not+} accept {+any more." in said
    assert "no longer" not in said
    (one,) = passages(bare("show", "draft.txt", "-f", "json", cwd=tmp_path))
    assert (one["source"], one["paired"]) == (None, True)


def test_without_a_sketch_it_stands_alone(fresh: Dlp, tmp_path: Path) -> None:
    (tmp_path / "plan.md").write_text(FORMULA)
    (tmp_path / "draft.txt").write_text(LEAK)
    fresh("register", "-q", "--label", "trade-secret", "--no-sketch", tmp_path / "plan.md")
    for one in passages(fresh("show", "draft.txt", "-f", "json", cwd=tmp_path)):
        assert one["paired"] is False
        assert one["scanned"] in LEAK


def test_a_passage_that_is_no_finding_can_be_shown_and_is_not_called_one(kept: Dlp, tmp_path: Path) -> None:
    (tmp_path / "terms.md").write_text(FORMULA[600:1400])
    kept("register", "-q", "--background", tmp_path / "terms.md")
    (tmp_path / "quiet.txt").write_text(FORMULA[650:1300])
    assert kept("scan", "quiet.txt", cwd=tmp_path).code == 0
    number = ids(kept, "quiet.txt", "--explain", cwd=tmp_path)[0]
    ran = kept("show", f"quiet.txt#{number}", cwd=tmp_path)
    assert ran.out.splitlines()[1].startswith("not a finding: ")
    assert kept("show", f"quiet.txt#{number}", "-f", "json", cwd=tmp_path).json["suppressed"] is True


def test_what_has_changed_since_is_said(kept: Dlp, tmp_path: Path) -> None:
    kept("scan", "-f", "json", "-o", "report", "draft.txt", cwd=tmp_path)
    (number,) = ids(kept, "draft.txt", cwd=tmp_path)
    (tmp_path / "draft.txt").write_text("Dear Bob, one word more.\n\n" + LEAK)
    said = refused(kept("show", f"draft.txt#{number}", cwd=tmp_path))
    (now,) = ids(kept, "draft.txt", cwd=tmp_path)
    assert said.startswith(f"there is no passage #{number} in draft.txt: it has #{now}. ")
    (tmp_path / "draft.txt").write_text(HARMLESS)
    assert "draft.txt: it has none. " in refused(kept("show", f"draft.txt#{number}", cwd=tmp_path))
    (tmp_path / "draft.txt").unlink()
    assert refused(kept("show", f"draft.txt#{number}", cwd=tmp_path)) == "no such file or directory: draft.txt"
    (tmp_path / "draft.txt").write_text(LEAK)
    kept("fingerprints", "remove", "plan.md")
    said = refused(kept("show", "--results", "report", number, cwd=tmp_path))
    assert said == f"passage #{number} was of plan.md version 1, which is not registered any more in this store"


def test_bad_names_are_refused_in_a_line(kept: Dlp, tmp_path: Path) -> None:
    assert refused(kept("show", "nowhere", cwd=tmp_path)) == "no such file or directory: nowhere"
    assert refused(kept("show", f"nowhere#{'0' * 12}", cwd=tmp_path)) == "no such file or directory: nowhere"
    assert "is a folder; name one file in it" in refused(kept("show", ".", cwd=tmp_path))
    assert "Give PATH#ID" in refused(kept("show", "0" * 12, cwd=tmp_path))
    assert "too-large" in refused(kept("show", "--max-file-size", "10", "draft.txt", cwd=tmp_path))
    os.mkfifo(tmp_path / "pipe")
    assert "special-file" in refused(kept("show", "pipe", cwd=tmp_path))
    assert "a\\x1b[2J" in refused(kept("show", "a\x1b[2J", cwd=tmp_path))
    ran = kept("show", "plan.md", "--key-file", tmp_path / "nowhere", cwd=tmp_path)
    assert "no key" in refused(ran)


def test_a_file_without_passages_and_what_was_not_read_are_said(kept: Dlp, tmp_path: Path) -> None:
    (tmp_path / "fine.txt").write_text(HARMLESS)
    ran = kept("show", "fine.txt", cwd=tmp_path)
    assert (ran.code, ran.out, ran.err) == (0, "", "dlp: fine.txt has no passage of a registered document\n")
    ran = kept("show", EXAMPLES / "outbox/drawings.zip")
    assert "dlp: not read: " in ran.err


def test_a_path_is_taken_as_a_report_writes_it(kept: Dlp, tmp_path: Path) -> None:
    name = b"dr\xffaft \x1b[31m.txt"
    Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).write_text(LEAK)
    report = kept("scan", "-f", "jsonl", ".", "--include", "*.txt", cwd=tmp_path)
    (tmp_path / "report").write_bytes(report.raw)
    results = [each for each in report.lines if "path" in each and "aft " in each["path"]]
    (number,) = [finding["id"] for each in results for finding in each["findings"]]
    assert kept("show", "--results", "report", number, cwd=tmp_path).code == 0
    ran = kept("show", f"dr\\xffaft \\x1b[31m.txt#{number}", cwd=tmp_path)
    assert ran.code == 0
    assert "\x1b" not in ran.out


def test_neither_side_acts_on_a_terminal(fresh: Dlp, tmp_path: Path) -> None:
    evil = "\x1b]0;owned\x07 \u202egpj.exe \x9b31m \x00 e" + "\u0301" * 30 + " "
    (tmp_path / "plan.md").write_text(evil.join(part + " " for part in FORMULA[600:1800].split("|")))
    (tmp_path / "draft.txt").write_bytes(evil.join(LEAK.split("|")).encode() + b"\xff\xfe\x80 end")
    fresh("register", "-q", "--label", "x\x1b[2J", "--keep-text", tmp_path / "plan.md")
    for options in ((), ("-f", "json")):
        ran = fresh("show", "draft.txt", *options, cwd=tmp_path)
        assert (ran.code, ran.err) == (0, "")
        assert [c for c in ran.out if c != "\n" and not c.isprintable()] == []
    assert "\\x1b]0;owned\\x07" in fresh("show", "draft.txt", cwd=tmp_path).out


def test_a_passage_of_bytes_has_no_words_to_show(fresh: Dlp, tmp_path: Path) -> None:
    content = os.urandom(9000)
    (tmp_path / "part.bin").write_bytes(content)
    (tmp_path / "copy.bin").write_bytes(os.urandom(500) + content[1000:8000])
    fresh("register", "-q", "--label", "trade-secret", tmp_path / "part.bin")
    ran = fresh("show", "copy.bin", cwd=tmp_path)
    assert "it is of bytes, not of text: there are no words to show\n" in ran.out


def test_a_terminal_gets_colour_instead_of_brackets(kept: Dlp, tmp_path: Path) -> None:
    ran = kept.on_a_terminal("show", str(tmp_path / "draft.txt"))
    assert "\x1b[31mno longer\x1b[0m" in ran.out
    assert "\x1b[32many more." in ran.out
    assert "[-" not in ran.out
    coloured = kept("show", "draft.txt", cwd=tmp_path, environment={"FORCE_COLOR": "1"})
    assert "\x1b[31m" in coloured.out


def test_a_report_alone_is_json_and_valid_text(kept: Dlp, tmp_path: Path) -> None:
    assert json.loads(kept("show", "draft.txt", "-f", "json", cwd=tmp_path).raw)["path"] == "draft.txt"


def test_help_says_that_the_output_is_secret(kept: Dlp) -> None:
    said = " ".join(kept("show", "--help").out.split())
    assert "it is as secret as they are" in said
    assert "--results" in said
    assert "show" in kept("--help").out


def test_a_passage_beyond_what_is_kept_of_a_long_text_says_so(fresh: Dlp, tmp_path: Path) -> None:
    (tmp_path / "plan.md").write_text(FORMULA)
    (tmp_path / "draft.txt").write_text(FORMULA[2500:3500])
    (tmp_path / "half.txt").write_text(FORMULA[700:1700])
    hook = "import dlp.scan.keeping as keeping\nkeeping.MOST_TEXT = 1000"
    fresh("register", "-q", "--label", "trade-secret", "--keep-text", tmp_path / "plan.md", hook=hook)
    for name in ("draft.txt", "half.txt"):
        (one,) = passages(fresh("show", name, "-f", "json", cwd=tmp_path))
        assert one["problem"] == "what is kept of the text of plan.md ends before this passage does: it is very long"
        assert (one["source"] is None, one["paired"]) == (name == "draft.txt", True)


def test_a_page_of_a_scan_shows_them_only_where_asked_for(kept: Dlp, tmp_path: Path) -> None:
    asked = kept("scan", "--format", "html", "--show-passages", "draft.txt", cwd=tmp_path)
    assert asked.code == 1
    (line,) = [each for each in asked.out.splitlines() if each.startswith('{"passages"')]
    ((made,), number) = json.loads(line)["passages"], ids(kept, "draft.txt", cwd=tmp_path)
    assert [made["id"]] == number
    document, file = ("".join(piece[side] or "" for piece in made["pieces"]) for side in (1, 2))
    assert "no longer accept" in document
    assert "do not accept any more" in file
    plain = kept("scan", "--format", "html", "draft.txt", cwd=tmp_path)
    assert plain.code == 1
    assert '{"passages"' not in plain.out
    assert " accept" not in plain.out
    said = refused(kept("scan", "--format", "json", "--show-passages", "draft.txt", cwd=tmp_path))
    assert "--format html" in said
