"""`dlp scan`: exit codes, formats, what is read and what is listed."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from pathlib import Path

import jsonschema
import pytest

from .running import CRASH, EXAMPLES, HARMLESS, LEAK, PROJECT, SLOW, Dlp, interrupted

SCHEMA = json.loads((PROJECT / "dlp/report/schema/result-v1.json").read_text())
LINE = {"$schema": SCHEMA["$schema"], "$ref": "#/$defs/line", "$defs": SCHEMA["$defs"]}
FORMATS = ("text", "json", "jsonl")

LOST = """if True:
    import dlp.scan.pool as pool
    from dlp.errors import DlpError
    plain = pool.run
    def run(*given, **more):
        yield from plain(*given, **more)
        raise DlpError("the workers are lost")
    pool.run = run
"""
"""A hook: the workers are lost at the end."""


def check(report: bytes, form: str, *, complete: bool = True) -> None:
    """That a report is whole and says what its schema says, and whether the scan was `complete`."""
    if form == "json":
        jsonschema.validate(json.loads(report), SCHEMA)
        assert json.loads(report)["summary"]["complete"] is complete
    elif form == "jsonl":
        lines = [json.loads(line) for line in report.splitlines()]
        for line in lines:
            jsonschema.validate(line, LINE)
        assert lines[-1]["summary"]["complete"] is complete
    else:
        assert report.splitlines()[-1].startswith(b"not read" if complete else b"INCOMPLETE")


@pytest.mark.parametrize("form", FORMATS)
def test_exit_codes_and_whole_reports_of_every_format(dlp: Dlp, folder: Path, form: str) -> None:
    shutil.copy(EXAMPLES / "outbox/drawings.zip", folder / "locked.zip")
    codes = {}
    for name, options in {
        "leak.txt": (),
        "fine.txt": (),
        "locked.zip": (),
        "locked.zip ": ("--fail-on-skipped",),
        "locked.zip  ": ("--fail-on", "audit"),
        ".": ("--fail-on-skipped",),
        "leak.txt ": ("--fail-on", "block"),
    }.items():
        ran = dlp("scan", "-f", form, *options, name.strip(), cwd=folder)
        codes[name] = ran.code
        check(ran.raw, form)
        assert ran.err == ""
    assert codes == {
        "leak.txt": 1, "fine.txt": 0, "locked.zip": 0, "locked.zip ": 3, "locked.zip  ": 1, ".": 1, "leak.txt ": 1,
    }  # fmt: skip
    assert dlp("scan", "-f", form, "nowhere", cwd=folder).code == 2


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_of_nothing_is_whole(dlp: Dlp, tmp_path: Path, form: str) -> None:
    ran = dlp("scan", "-f", form, tmp_path)
    assert (ran.code, ran.err) == (0, "dlp: no files to scan\n")
    check(ran.raw, form)


def test_an_include_that_matches_nothing_is_pointed_out(dlp: Dlp, folder: Path) -> None:
    ran = dlp("scan", "--include", "*.doxc", folder)
    assert (ran.code, ran.err) == (0, "dlp: no files to scan\n")
    assert dlp("scan", "--include", "*.txt", folder).err == ""


@pytest.mark.parametrize(("verdict", "code"), [("audit", 1), ("warn", 1), ("quarantine", 1), ("block", 0)])
def test_fail_on_is_the_mildest_verdict_that_fails(dlp: Dlp, verdict: str, code: int) -> None:
    mail = EXAMPLES / "outbox/mail-to-supplier.txt"
    ran = dlp("scan", "-f", "json", "--fail-on", verdict, mail)
    assert ran.verdicts == {"mail-to-supplier.txt": "quarantine"}
    assert ran.code == code


def test_files_that_are_clean_are_listed_on_demand(dlp: Dlp, folder: Path) -> None:
    assert set(dlp("scan", "-f", "json", folder).verdicts) == {"leak.txt"}
    assert dlp("scan", "-f", "json", "--all", folder).verdicts["fine.txt"] == "allow"


def test_results_of_the_formats_are_the_same(dlp: Dlp) -> None:
    whole = dlp("scan", "-f", "json", "-j1", EXAMPLES / "outbox").json
    lines = dlp("scan", "-f", "jsonl", "-j1", EXAMPLES / "outbox").lines
    assert lines[:-1] == whole["results"]
    for figure in ("files", "bytes", "findings", "verdicts", "skipped"):
        assert lines[-1]["summary"][figure] == whole["summary"][figure]


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_results_do_not_depend_on_the_number_of_workers(dlp: Dlp, jobs: int) -> None:
    def results(count: int) -> list[object]:
        report = dlp("scan", "--all", "-f", "json", "-j", count, EXAMPLES / "outbox").json
        return sorted(report["results"], key=lambda each: each["path"])

    assert results(jobs) == results(3)


@pytest.mark.parametrize("jobs", ["0", "-1", "many", "2000"])
def test_a_number_of_workers_that_makes_no_sense_is_refused(dlp: Dlp, folder: Path, jobs: str) -> None:
    ran = dlp("scan", "-j", jobs, folder)
    assert (ran.code, ran.out) == (2, "")
    assert "--jobs" in ran.err


def test_the_report_goes_to_a_file(dlp: Dlp, folder: Path, tmp_path: Path) -> None:
    ran = dlp("scan", "-f", "json", "-o", tmp_path / "report", folder)
    assert (ran.code, ran.out, ran.err) == (1, "", "")
    check((tmp_path / "report").read_bytes(), "json")


def test_a_file_for_the_report_keeps_its_content_when_a_path_is_wrong(dlp: Dlp, tmp_path: Path) -> None:
    (tmp_path / "report").write_text("kept")
    assert dlp("scan", "-o", tmp_path / "report", tmp_path / "nowhere").code == 2
    assert (tmp_path / "report").read_text() == "kept"


def test_a_file_to_be_scanned_is_never_overwritten_by_the_report(dlp: Dlp, folder: Path) -> None:
    leak = folder / "leak.txt"
    (folder / "link").symlink_to(leak)
    for given, output in ((leak, leak), (leak, folder / "link"), (folder / "link", leak)):
        ran = dlp("scan", given, "-o", output)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == f"dlp: --output {output} is a file to be scanned; name another one for the report\n"
    with leak.open("rb") as stdin:
        running = dlp.start("scan", "-", "-o", leak, stdin=stdin)
        running.communicate(timeout=30)
    assert running.returncode == 2
    assert leak.read_text() == LEAK
    assert sorted(each.name for each in folder.iterdir()) == ["fine.txt", "leak.txt", "link"]


@pytest.mark.parametrize("before", [None, LEAK])
def test_the_report_is_left_out_of_the_folder_it_is_written_to(dlp: Dlp, folder: Path, before: str | None) -> None:
    if before:
        (folder / "report").write_text(before)
    (folder / "sub").mkdir()
    (folder / "sub/report").write_text(LEAK)
    ran = dlp("scan", "--all", "-f", "json", "-o", "report", ".", cwd=folder)
    assert (ran.code, ran.out, ran.err) == (1, "", "")
    report = json.loads((folder / "report").read_bytes())
    assert sorted(each["path"] for each in report["results"]) == ["./fine.txt", "./leak.txt", "./sub/report"]
    assert (folder / "report").stat().st_mode & 0o777 == 0o600
    assert sorted(each.name for each in folder.iterdir()) == ["fine.txt", "leak.txt", "report", "sub"]


def test_a_file_for_the_report_gets_what_an_interrupted_scan_found(dlp: Dlp, folder: Path, tmp_path: Path) -> None:
    (folder / "slow").write_text(HARMLESS)
    running = dlp.start("scan", "-j1", "-f", "json", "-o", tmp_path / "report", folder, hook=SLOW)
    assert interrupted(running, (folder / "slow.begun").exists).code == 130
    check((tmp_path / "report").read_bytes(), "json", complete=False)
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith("report")] == ["report"]


def test_a_file_for_the_report_keeps_its_content_when_the_scan_fails(dlp: Dlp, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "report").write_text("kept")
    assert dlp("scan", "-o", tmp_path / "report", folder, hook=LOST).code == 2
    assert (tmp_path / "report").read_text() == "kept"
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith("report")] == ["report"]


def test_a_report_that_cannot_be_written_is_an_error(dlp: Dlp, folder: Path) -> None:
    ran = dlp("scan", "-o", folder / "none/report", folder)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"dlp: cannot write {folder}/none/report: No such file or directory\n"


@pytest.mark.parametrize("form", FORMATS)
def test_a_full_disk_is_an_error_and_no_finding(dlp: Dlp, folder: Path, form: str) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    ran = dlp("scan", "-f", form, "-o", "/dev/full", folder)
    assert (ran.code, ran.err) == (2, "dlp: the output cannot be written: No space left on device\n")


@pytest.mark.parametrize("form", FORMATS)
def test_a_reader_that_goes_away_ends_the_scan_in_silence(dlp: Dlp, tmp_path: Path, form: str) -> None:
    for number in range(400):
        (tmp_path / f"leak{number}").write_text(LEAK)
    running = dlp.start("scan", "--all", "-f", form, tmp_path)
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.read(1)
    running.stdout.close()
    assert running.stderr.read() == b""
    running.stderr.close()
    assert running.wait(30) == 141


@pytest.mark.parametrize(("number", "code"), [(2, 130), (15, 143)])
@pytest.mark.parametrize("form", FORMATS)
def test_an_interrupted_scan_ends_its_report_whole(
    dlp: Dlp, folder: Path, form: str, number: int, code: int
) -> None:
    (folder / "slow").write_text(HARMLESS)
    running = dlp.start("scan", "-j1", "-f", form, folder, hook=SLOW)
    ran = interrupted(running, (folder / "slow.begun").exists, number)
    assert ran.code == code
    check(ran.raw, form, complete=False)
    assert LEAK[:20] not in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("form", FORMATS)
def test_a_scan_that_is_interrupted_before_any_result_has_a_whole_report(dlp: Dlp, tmp_path: Path, form: str) -> None:
    (tmp_path / "slow").write_text(HARMLESS)
    ran = interrupted(dlp.start("scan", "-f", form, tmp_path, hook=SLOW), (tmp_path / "slow.begun").exists)
    assert (ran.code, ran.err.strip()) == (130, "dlp: interrupted")
    check(ran.raw, form, complete=False)


@pytest.mark.parametrize("form", FORMATS)
def test_a_scan_that_an_error_ends_says_that_it_is_not_complete(dlp: Dlp, folder: Path, form: str) -> None:
    ran = dlp("scan", "-f", form, folder, hook=LOST)
    assert (ran.code, ran.err) == (2, "dlp: the workers are lost\n")
    check(ran.raw, form, complete=False)


def test_a_worker_that_is_killed_costs_one_file_its_result(dlp: Dlp, folder: Path) -> None:
    (folder / "crash").write_text(LEAK)
    for number in range(30):
        (folder / f"leak{number}").write_text(LEAK)
    ran = dlp("scan", "-f", "json", "-j2", folder, hook=CRASH)
    assert ran.reasons == {"crash": ["crashed"]}
    assert ran.verdicts == {f"leak{number}": "block" for number in range(30)} | {"leak.txt": "block", "crash": "audit"}


def test_a_file_that_takes_too_long_is_given_up(dlp: Dlp, folder: Path) -> None:
    (folder / "slow").write_text(LEAK)
    ran = dlp("scan", "-f", "json", "--timeout", "1", folder, hook=SLOW)
    assert ran.reasons == {"slow": ["timeout"]}
    assert ran.verdicts["leak.txt"] == "block"


def test_include_and_exclude_choose_what_is_read(dlp: Dlp, folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub/copy.md").write_text(LEAK)
    assert set(dlp("scan", "-f", "json", "--include", "*.md", folder).verdicts) == {"copy.md"}
    assert set(dlp("scan", "-f", "json", "--exclude", "sub/", folder).verdicts) == {"leak.txt"}
    assert dlp("scan", "-f", "json", "--exclude", "*.txt", "--exclude", "sub", folder).json["results"] == []
    ran = dlp("scan", "--include", "!x", folder)
    assert (ran.code, ran.out) == (2, "")
    assert "--exclude" in ran.err


def test_a_file_above_the_size_given_is_said_to_be_too_large(dlp: Dlp, folder: Path) -> None:
    (folder / "big").write_text(LEAK * 9)
    ran = dlp("scan", "-f", "json", "--max-file-size", "4K", folder)
    assert ran.reasons == {"big": ["too-large"]}
    assert dlp("scan", "--max-file-size", "4 parsecs", folder).code == 2


@pytest.mark.parametrize(
    ("option", "within", "over"),
    [
        *(("depth", "3", "2"), ("members", "3", "2"), ("unpacked", "3M", "10K"), ("part", "2M", "6K")),
        ("ratio", "999", "1"),
    ],
)
def test_how_far_a_file_is_gone_into_can_be_set(dlp: Dlp, tmp_path: Path, option: str, within: str, over: str) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.txt", "harmless\n" * 1000)
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.zip", inner.getvalue())
        archive.writestr("b.txt", bytes(range(33, 127)) * 20_000 if option == "ratio" else b"b")
    # A ratio counts after the first megabyte only.
    scan = "scan", "--no-rules", "-f", "json", f"--max-{option}"
    assert dlp(*scan, within, tmp_path).reasons == {}
    assert dlp(*scan, over, tmp_path).reasons == {"x.zip": ["limit"]}


def test_ignore_files_are_honoured_only_when_asked_for(dlp: Dlp, folder: Path) -> None:
    (folder / ".dlpignore").write_text("leak.txt\n")
    assert set(dlp("scan", "-f", "json", folder).verdicts) == {"leak.txt"}
    assert dlp("scan", "-f", "json", "--dlpignore", folder).json["results"] == []


def test_quiet_is_a_line_a_file_and_verbose_says_more(dlp: Dlp) -> None:
    paths = [EXAMPLES / "outbox" / name for name in ("mail-to-supplier.txt", "recipes-for-the-fete.md")]
    quiet, plain, verbose = (dlp("scan", "-j1", *flag, *paths).out for flag in (["-q"], [], ["-v"]))
    assert [line.split()[0] for line in quiet.splitlines()] == ["quarantine", "block"]
    assert len(verbose.splitlines()) > len(plain.splitlines()) > 2
    assert "from its line" in verbose


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (LEAK.encode(), "block"),
        ((EXAMPLES / "secrets/price-plan.pdf").read_bytes(), "block"),
        (b"", "allow"),
        (HARMLESS.encode() * 9000 + LEAK.encode(), "block"),
    ],
    ids=["text", "pdf", "empty", "huge"],
)
def test_standard_input_is_read_as_any_file(dlp: Dlp, content: bytes, verdict: str) -> None:
    ran = dlp("scan", "--all", "-f", "json", "-", stdin=content)
    assert ran.verdicts == {"-": verdict}
    assert ran.json["summary"]["bytes"] == len(content)


def test_standard_input_is_scanned_alone_and_must_be_open(dlp: Dlp, folder: Path) -> None:
    ran = dlp("scan", "-", folder, stdin=b"x")
    assert (ran.code, ran.err) == (2, "dlp: standard input (-) is scanned alone, not together with other paths\n")
    ran = dlp("scan", "-", hook="import os; os.close(0); import sys; sys.stdin = None")
    assert (ran.code, ran.err) == (2, "dlp: standard input (-) is closed\n")


def test_too_much_on_standard_input_is_said_to_be_too_large(dlp: Dlp) -> None:
    assert dlp("scan", "-f", "json", "--max-file-size", "1K", "-", stdin=LEAK.encode()).reasons == {"-": ["too-large"]}


@pytest.mark.parametrize("number", [1, 2])
def test_a_closed_output_is_no_crash(dlp: Dlp, folder: Path, number: int) -> None:
    name = {1: "stdout", 2: "stderr"}[number]
    ran = dlp("scan", folder, hook=f"import os, sys; os.close({number}); sys.{name} = None")
    assert ran.code == 1
    assert "Traceback" not in ran.err


def test_a_defect_of_ours_is_no_finding_and_quotes_nothing(dlp: Dlp, folder: Path) -> None:
    hook = f"import dlp.source.files as f\ndef items(self): raise KeyError({LEAK[:60]!r})\nf.FileSource.items = items"
    ran = dlp("scan", folder, hook=hook)
    assert ran.code == 2
    assert "this is a defect of dlp: KeyError" in ran.err
    assert LEAK[:20] not in ran.err
