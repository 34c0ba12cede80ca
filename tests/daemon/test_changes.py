"""What changes while the daemon runs, and what it does about verdicts."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from dlp.policy.policy import shipped

from ..cli.running import EXAMPLES, FORMULA, HARMLESS, LEAK, Dlp
from .running import Daemon, running

SECRET = "AKIA" + "QYLPMN5HHHFPZAM2"


def configured(dlp: Dlp, home: Path, policy: str, more: str = "", actions: str = "log") -> Daemon:
    """A daemon with a configuration and a policy of its own."""
    (home / "policy.yaml").write_text(policy)
    (home / "config.yaml").write_text(
        f"version: 1\nrules: {{use: false}}\npolicy: policy.yaml\nstore: {dlp.store}\n{more}"
        f"channels: [{{name: out, folders: [outbox], actions: [{actions}]}}]\n"
    )
    return Daemon(dlp, home, "--all", "-j", 1, "--config", home / "config.yaml")


@pytest.fixture
def lenient() -> str:
    return Path(shipped("default-policy.yaml")).read_text()


def test_a_policy_that_changes_is_taken_up_and_what_it_changes_is_told(dlp: Dlp, tmp_path: Path, lenient: str) -> None:
    daemon = configured(dlp, tmp_path, lenient)
    (daemon.folder / "fine").write_text(HARMLESS)
    (daemon.folder / "leak").write_text(LEAK)
    with running(daemon):
        daemon.quiet()
        stricter = lenient.replace("default: allow", "default: warn")
        assert stricter != lenient
        (tmp_path / "policy.yaml").write_text(stricter)
        daemon.until(lambda state: state.generation == 2)
        daemon.quiet()
    assert [each["verdict"] for each in daemon.results if each["path"].endswith("fine")] == ["allow", "warn"]
    assert daemon.told["leak"] == 1


@pytest.mark.parametrize("how", ["signal", "command", "change"])
def test_what_is_broken_is_refused_loudly_and_all_stays_as_it_was(
    dlp: Dlp, tmp_path: Path, lenient: str, how: str
) -> None:
    daemon = configured(dlp, tmp_path, lenient)
    with running(daemon):
        (tmp_path / "policy.yaml").write_text("version: [")
        if how == "signal":
            assert daemon.process
            daemon.process.send_signal(signal.SIGHUP)
        elif how == "command":
            ran = dlp("reload", "--state", daemon.state)
            assert ran.code == 2
            assert "policy.yaml, line" in ran.err
        daemon.until(lambda state: "policy.yaml" in state.refused)
        (daemon.folder / "leak").write_text(LEAK)
        daemon.until(lambda state: state.judged == 1)
        told = dlp("status", "--state", daemon.state)
        assert told.code == 1
        assert "NOT WELL" in told.out
        (tmp_path / "policy.yaml").write_text(lenient)
        assert dlp("reload", "--state", daemon.state).code == 0
        state = daemon.until(lambda state: state.healthy)
    assert state.generation == 1
    assert daemon.verdicts == {"leak": "block"}


def test_a_document_that_is_registered_later_is_found_in_what_was_judged_before(fresh: Dlp, tmp_path: Path) -> None:
    daemon = Daemon(fresh, tmp_path)
    (daemon.folder / "leak").write_text(LEAK)
    with running(daemon):
        daemon.quiet()
        assert fresh("register", "--label", "trade-secret", EXAMPLES / "secrets").code == 0
        daemon.until(lambda state: state.judged == 2)
    assert [each["verdict"] for each in daemon.results] == ["allow", "block"]


def test_folders_of_a_channel_that_is_added_are_guarded(dlp: Dlp, tmp_path: Path, lenient: str) -> None:
    daemon = configured(dlp, tmp_path, lenient)
    (tmp_path / "more").mkdir()
    with running(daemon):
        config = tmp_path / "config.yaml"
        config.write_text(config.read_text().replace("[outbox]", "[outbox, more]"))
        assert dlp("reload", "--state", daemon.state).code == 0
        daemon.until(lambda state: len(state.channels) == 2 and state.healthy)
        (tmp_path / "more" / "leak").write_text(LEAK)
        daemon.until(lambda state: state.judged == 1)
    assert daemon.results[0]["origin"]["channel"] == "out"


def test_parts_of_a_document_that_leave_one_by_one_add_up_across_restarts(dlp: Dlp, tmp_path: Path) -> None:
    daemon = Daemon(dlp, tmp_path)
    words = FORMULA.split()
    size = len(words) // 6
    with running(daemon):
        for number in range(6):
            (daemon.folder / f"part{number}").write_text(" ".join(words[number * size : (number + 1) * size]))
            daemon.quiet()
            if number == 2:
                daemon.stop(signal.SIGKILL)
                daemon.start()
    sets = [each for each in daemon.results if any(finding["kind"] == "set" for finding in each["findings"])]
    assert sets
    shares = [each["findings"][0]["share"] for each in sets]
    assert shares == sorted(shares)
    assert sets[-1]["findings"][0]["files"] >= 5
    assert len(sets) <= 6


def test_incidents_are_recorded_and_files_taken_away_once(dlp: Dlp, tmp_path: Path, lenient: str) -> None:
    incidents = tmp_path / "incidents"
    assert dlp("incidents", "init", "--incidents", incidents, "--review-key", tmp_path / "review.key").code == 0
    daemon = configured(dlp, tmp_path, lenient, f"incidents: {incidents}\n", "quarantine")
    with running(daemon):
        (daemon.folder / "leak").write_text(LEAK)
        (daemon.folder / "fine").write_text(HARMLESS)
        daemon.quiet()
        daemon.stop(signal.SIGKILL)
        daemon.start()
        daemon.quiet()
        assert not (daemon.folder / "leak").exists()
        assert (daemon.folder / "fine").read_text() == HARMLESS
        (daemon.folder / "leak").write_text(LEAK)
        daemon.until(lambda state: daemon.told["leak.2.quarantined.txt"] == 1)
    told = [each for each in daemon.results if each["path"].endswith("/leak")]
    assert [each["containment"]["state"] for each in told] == ["quarantined", "quarantined"]
    listed = dlp("incidents", "list", "-f", "json", "--incidents", incidents)
    assert listed.code == 0
    assert len(json.loads(listed.raw)["incidents"]) == 1
    notices = [name for name in os.listdir(daemon.folder) if name.endswith(".quarantined.txt")]
    assert notices
    assert all(daemon.verdicts[name] == "allow" for name in notices)


def test_once_judges_what_is_new_and_ends(dlp: Dlp, tmp_path: Path) -> None:
    folder, state = tmp_path / "out", tmp_path / "state"
    shutil.copytree(EXAMPLES / "outbox", folder)
    first = dlp("watch", "--no-rules", "--once", "-f", "jsonl", "--state", state, folder)
    assert first.code == 1
    assert first.lines[-1]["summary"]["complete"]
    again = dlp("watch", "--no-rules", "--once", "-f", "jsonl", "--state", state, folder)
    assert again.code == 0
    assert [line for line in again.lines if "path" in line] == []


def test_the_daemon_the_command_line_and_the_library_come_to_the_same(dlp: Dlp, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    shutil.copytree(EXAMPLES / "outbox", folder)
    (folder / "key.txt").write_text(f"aws_access_key_id = {SECRET}\n")
    asked = ("--enable", "aws*", "--all", "-f", "jsonl")  # a few rules: all of them take a while to compile
    scanned = dlp("scan", *asked, folder)
    watched = dlp("watch", "--once", *asked, "--state", tmp_path / "state", folder)

    def told(lines: list[dict[str, object]]) -> dict[object, object]:
        kept = ("verdict", "reasons", "coverage", "findings", "skipped", "handling")
        return {
            each["path"]: {name: each[name] for name in kept}
            for each in lines
            if "path" in each and not any(finding["kind"] == "set" for finding in each["findings"])  # type: ignore[attr-defined]
        }

    assert told(scanned.lines) == told(watched.lines)
    assert len(told(scanned.lines)) > 10


def test_nobody_is_told_by_the_state_s_files_what_was_found(dlp: Dlp, tmp_path: Path) -> None:
    folder, state = tmp_path / "out", tmp_path / "state"
    folder.mkdir()
    (folder / "leak").write_text(f"{LEAK}\naws_access_key_id = {SECRET}\n")
    assert dlp("watch", "--enable", "aws*", "--once", "--state", state, folder).code == 1
    held = b"".join(each.read_bytes() for each in state.rglob("*") if each.is_file())
    assert SECRET.encode() not in held
    assert LEAK[100:140].encode() not in held
    assert oct(state.stat().st_mode)[-3:] == "700"
