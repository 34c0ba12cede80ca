"""`dlp incidents`, and what `dlp scan` records: incidents, evidence that only the review key opens, bundles."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .running import FORMULA, HARMLESS, LEAK, Dlp, Ran

SECRET = "AKIA" + "QX7LMNOP2RSTUV5W"
"""A key that a rule knows, put together here lest this file hold one."""

KEY_LINE = f"Deploy with aws_access_key_id = {SECRET} from the build machine.\n"

POLICY = """\
version: 2
default: allow
classes: [{name: secret}]
rules:
  - name: keys
    when: {kind: pattern}
    verdict: block
    keep: true
  - name: passages
    when: {kind: passage}
    verdict: quarantine
    message: Ask the legal department.
"""


class Guarded:
    """A store, an outbox, a folder of incidents, and the review key somewhere else."""

    def __init__(self, dlp: Dlp) -> None:
        self.dlp = dlp
        self.folder = dlp.folder / "incidents"
        self.review = dlp.folder / "elsewhere" / "review.key"
        self.outbox = dlp.folder / "outbox"
        dlp.environment |= {"DLP_INCIDENTS": str(self.folder), "DLP_REVIEW_KEY": str(self.review)}
        self.policy = dlp.folder / "policy.yaml"

    def make(self) -> None:
        documents = self.dlp.folder / "documents"
        documents.mkdir()
        documents.joinpath("formula.md").write_text(FORMULA)
        assert self.dlp("init").code == 0
        assert self.dlp("register", documents, "--label", "trade-secret", "--keep-text", "-q").code == 0
        self.outbox.mkdir()
        self.outbox.joinpath("mail.txt").write_text(f"Dear all,\n\n{LEAK}\n\nBest regards\n")
        self.outbox.joinpath("deploy.txt").write_text(KEY_LINE)
        self.outbox.joinpath("minutes.md").write_text(HARMLESS)
        self.policy.write_text(POLICY)
        assert self("init").code == 0

    def __call__(self, *arguments: object, **options: Any) -> Ran:
        return self.dlp("incidents", *arguments, **options)

    def scan(self, *arguments: object) -> Ran:
        return self.dlp("scan", self.outbox, "--no-progress", "-q", *arguments)

    def ids(self, *arguments: object) -> dict[str, str]:
        """By the file's name."""
        rows = self("list", "--format", "jsonl", *arguments).lines
        return {os.path.basename(each["path"]): each["id"] for each in rows}

    def bytes(self) -> bytes:
        return b"".join(each.read_bytes() for each in self.folder.rglob("*") if each.is_file())


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Guarded(Dlp(tmp_path_factory.mktemp("begun")))
    made.make()
    return made.dlp.folder


@pytest.fixture
def guarded(begun: Path, tmp_path: Path) -> Guarded:
    """With nothing recorded yet."""
    return Guarded(Dlp(shutil.copytree(begun, tmp_path / "home")))


@pytest.fixture(scope="module")
def exported(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of two incidents, with their evidence and a file in plain text."""
    home = tmp_path_factory.mktemp("exported")
    made = Guarded(Dlp(shutil.copytree(begun, home / "home")))
    made.scan("--policy", made.policy)
    assert made("export", *made.ids().values(), "--reveal", "-o", home / "bundle").code == 0
    return home / "bundle"


@pytest.fixture
def dlp(tmp_path: Path) -> Dlp:
    """Without store or incidents."""
    return Dlp(tmp_path)


def test_a_scan_without_a_folder_of_incidents_records_nothing_and_says_nothing(dlp: Dlp) -> None:
    (dlp.folder / "deploy.txt").write_text(KEY_LINE)
    done = dlp("scan", dlp.folder / "deploy.txt")
    assert "incident" not in done.err
    assert not (dlp.folder / ".local").exists()


def test_a_scan_records_what_is_warned_of_and_once(guarded: Guarded) -> None:
    done = guarded.scan()
    assert f"2 incidents recorded in {guarded.folder}\n" in done.err
    assert done.code == 1
    again = guarded.scan()
    assert f"2 incidents recorded in {guarded.folder}, 2 of them seen before\n" in again.err
    assert sorted(again.out.splitlines()) == sorted(done.out.splitlines())
    rows = guarded("list", "--format", "json").json["incidents"]
    assert {os.path.basename(each["path"]): each["times"] for each in rows} == {"mail.txt": 2, "deploy.txt": 2}
    assert guarded("verify").code == 0
    assert "incidents recorded" not in guarded.scan("--no-record").err
    assert guarded("list").err == "2 incidents\n"


def test_a_folder_that_is_named_must_be_there(dlp: Dlp) -> None:
    dlp("init")
    for done in (dlp("scan", dlp.folder, "--incidents", dlp.folder / "gone"), dlp("incidents", "list")):
        assert done.code == 2
        assert "make a folder for them with: dlp incidents init" in done.err
    assert dlp("scan", dlp.folder, "--incidents", "x", "--no-record").code == 2


def test_the_usual_place_is_beside_the_store_and_the_key_elsewhere(dlp: Dlp) -> None:
    assert dlp("incidents", "init").code == 0
    assert (dlp.folder / ".local/share/dlp/incidents/incidents.sqlite").exists()
    assert (dlp.folder / ".config/dlp/review.key").stat().st_mode & 0o777 == 0o600
    (dlp.folder / "deploy.txt").write_text(KEY_LINE)
    assert dlp("init").code == 0
    assert "1 incident recorded" in dlp("scan", dlp.folder / "deploy.txt").err
    assert dlp("incidents", "init").code == 2


def test_evidence_shows_both_sides_to_who_has_the_review_key_and_the_log_says_so(guarded: Guarded) -> None:
    guarded.scan()
    ids = guarded.ids()
    told = guarded("show", ids["mail.txt"], "--reveal", "--format", "json").json
    (evidence,) = told["evidence"]
    passage = evidence["excerpts"]["excerpts"][0]
    assert passage["file"]["text"].split()[3:20] == LEAK.split()[3:20]
    assert "Dear all" in passage["file"]["before"]
    assert " ".join(LEAK.split()[8:20]) in " ".join(passage["source"]["text"].split())
    value = guarded("show", ids["deploy.txt"], "--reveal", "--format", "json").json["evidence"][0]
    first = value["excerpts"]["excerpts"][0]
    assert SECRET in first["file"]["text"]
    assert first["file"]["before"].startswith("Deploy with")
    assert value["excerpts"]["left_out"] == evidence["excerpts"]["left_out"] == 0
    assert first["file"]["after"].rstrip().endswith("from the build machine.")
    assert "Dear all" in guarded("show", ids["mail.txt"], "--reveal").out
    plain = guarded("show", ids["deploy.txt"])
    assert SECRET not in plain.out
    assert re.search(r"reveal +\S+@\S+  show", plain.out)
    guarded.review.rename(guarded.review.with_name("taken-away"))
    refused = guarded("show", ids["mail.txt"], "--reveal")
    assert (refused.code, "the review key is not there" in refused.err) == (2, True)


def test_what_a_repository_holds_is_evidence_as_a_file_is(guarded: Guarded) -> None:
    repository = guarded.dlp.folder / "repository"
    repository.mkdir()
    (repository / "deploy.txt").write_text(KEY_LINE)
    who = ("-c", "user.name=ann", "-c", "user.email=ann@example.org")
    for command in (("init", "-q"), ("add", "."), (*who, "commit", "-q", "-m", "first")):
        subprocess.run(["git", *command], cwd=repository, check=True)
    assert "1 incident recorded" in guarded.dlp("scan", "--git-history", repository, "-q").err
    told = guarded("show", guarded.ids()["deploy.txt"], "--reveal", "-f", "json").json
    assert SECRET in told["evidence"][0]["excerpts"]["excerpts"][0]["file"]["text"]
    assert told["result"]["origin"]["appearances"][0]["author"] == "ann"


def test_with_another_key_nothing_is_revealed_and_the_log_says_that_it_was_tried(guarded: Guarded) -> None:
    guarded.scan()
    id = guarded.ids()["mail.txt"]
    other = guarded.dlp.folder / "other.key"
    assert guarded("keygen", other).code == 0
    done = guarded("show", id, "--reveal", "--review-key", other)
    assert (done.code, done.out) == (2, "")
    assert "does not open this" in done.err
    assert "does not open this" in guarded("show", id).out


@pytest.mark.parametrize("arguments", [(), ("--show-secrets", "--explain")], ids=["usual", "shown"])
def test_no_plain_secret_lies_in_the_folder(guarded: Guarded, arguments: tuple[str, ...]) -> None:
    guarded.scan(*arguments)
    id = guarded.ids()["deploy.txt"]
    guarded("show", id, "--reveal")
    guarded("resolve", id, "-m", "rotated")
    there = guarded.bytes()
    assert b"deploy.txt" in there
    for plain in (SECRET, SECRET[4:16], "Deploy with", LEAK[200:230], " ".join(LEAK.split()[10:14])):
        assert plain.encode() not in there


def test_a_file_is_kept_whole_where_the_policy_says_so(guarded: Guarded) -> None:
    done = guarded.scan("--policy", guarded.policy)
    assert done.code == 1, done.err
    ids = guarded.ids()
    told = guarded("show", ids["deploy.txt"], "--format", "json").json
    kept = told["entries"][0]["body"]["file"]
    assert (guarded.folder / "evidence" / kept["name"]).stat().st_size == kept["bytes"]
    assert KEY_LINE.encode()[:20] not in guarded.bytes()
    assert guarded("verify").code == 0
    with zipfile.ZipFile(_exported(guarded, ids["deploy.txt"], "--reveal")) as bundle:
        (name,) = [each for each in bundle.namelist() if each.endswith(".file.bin")]
        assert bundle.read(name).decode() == KEY_LINE
    (guarded.folder / "evidence" / kept["name"]).write_bytes(b"other")
    done = guarded("verify")
    assert (done.code, "the file kept with it was changed" in done.out) == (1, True)


def _exported(guarded: Guarded, *arguments: str) -> Path:
    bundle = guarded.dlp.folder / "bundle.zip"
    done = guarded("export", *arguments, "-o", bundle)
    assert done.code == 0, done.err
    return bundle


def _blocks(page: str) -> Iterator[str]:
    yield from re.findall(r"^```sh\n(.*?)^```$", page, re.M | re.S)


def _as_the_page_says(folder: Path) -> list[int]:
    """What each block of commands of VERIFY.md ends with, run by bash in the bundle."""
    page = (folder / "VERIFY.md").read_text()
    done = [subprocess.run(["bash", "-e", "-c", block], cwd=folder, capture_output=True) for block in _blocks(page)]
    assert len(done) == 5
    return [each.returncode for each in done]


def test_a_bundle_verifies_as_its_page_says_with_public_tools(guarded: Guarded, tmp_path: Path) -> None:
    guarded.scan("--policy", guarded.policy)
    guarded.scan("--policy", guarded.policy)
    ids = guarded.ids()
    guarded("review", *ids.values(), "-m", "true")
    bundle = tmp_path / "bundle"
    assert guarded("export", *ids.values(), "--reveal", "-o", bundle).code == 0
    assert _as_the_page_says(bundle) == [0] * 5
    manifest = (bundle / "MANIFEST.sha256").read_text()
    listed = {line.split("  ")[1] for line in manifest.splitlines()}
    there = {str(each.relative_to(bundle)) for each in bundle.rglob("*") if each.is_file()}
    assert listed == there - {"MANIFEST.sha256", "MANIFEST.sha256.sig"}
    assert SECRET in next(bundle.glob(f"{ids['deploy.txt']}/*.excerpts.json")).read_text()
    assert guarded("verify").code == 0
    assert "export" in guarded("show", ids["mail.txt"]).out


@pytest.mark.parametrize(
    ("pattern", "step"),
    [
        ("*/incident.json", 2),
        ("chain/*.body", 3),
        ("chain/*.entry", 3),
        ("chain/*.sig", 3),
        ("*/*.excerpts.box", 5),
        ("*/*.file.bin", 5),
        ("*/*.file.box", 5),
    ],
)
def test_a_bundle_that_was_changed_does_not_verify(exported: Path, tmp_path: Path, pattern: str, step: int) -> None:
    """Also not where the manifest was made anew."""
    bundle = shutil.copytree(exported, tmp_path / "bundle")
    changed = sorted(bundle.glob(pattern))[0]
    data = bytearray(changed.read_bytes())
    data[-2] ^= 1
    changed.write_bytes(data)
    done = _as_the_page_says(bundle)
    assert done[1] != 0
    anew = "sha256sum $(find . -type f ! -name 'MANIFEST*') > MANIFEST.sha256"
    subprocess.run(["bash", "-c", anew], cwd=bundle, check=True)
    done = _as_the_page_says(bundle)
    assert done[1] != 0
    assert done[step - 1] != 0


@pytest.mark.parametrize("name", ["aaaaaaaaaaaa/incident.txt", "chain/MANIFEST.sha256", ".*", "VERIFY.md\nVERIFY.md"])
def test_a_bundle_that_something_was_added_to_does_not_verify(exported: Path, tmp_path: Path, name: str) -> None:
    bundle = shutil.copytree(exported, tmp_path / "bundle")
    (bundle / name).parent.mkdir(exist_ok=True)
    (bundle / name).write_text("file  /home/somebody-else/mail.txt")
    assert _as_the_page_says(bundle)[1] != 0


def test_entries_that_do_not_follow_one_another_do_not_verify(exported: Path, tmp_path: Path) -> None:
    bundle = shutil.copytree(exported, tmp_path / "bundle")
    unsigned = [each for each in sorted(bundle.glob("chain/*.entry")) if not each.with_suffix(".sig").exists()]
    assert unsigned, "both results were recorded in one transaction"
    unsigned[0].write_text(unsigned[0].read_text().replace("kind incident", "kind incidents"))
    assert _as_the_page_says(bundle)[3] != 0


def test_a_bundle_is_a_new_file_and_says_nothing_in_plain_unasked(guarded: Guarded) -> None:
    guarded.scan()
    id = guarded.ids()["deploy.txt"]
    bundle = _exported(guarded, id[:6])
    assert bundle.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(bundle) as made:
        assert SECRET.encode() not in b"".join(map(made.read, made.namelist()))
    assert guarded("export", id, "-o", bundle).code == 2
    assert guarded("export", "0000", "-o", guarded.dlp.folder / "other.zip").code == 2
    assert not list(guarded.dlp.folder.glob("*.tmp"))


def test_review_note_resolve_and_reopen(guarded: Guarded) -> None:
    guarded.scan()
    ids = guarded.ids()
    mail = ids["mail.txt"]
    assert guarded("review", mail, "-m", "looked at it").out.startswith(f"{mail}  reviewed  ")
    assert guarded("note", mail, "-m", " ").code == 2
    assert guarded("resolve", mail, "--false-positive").code == 0
    assert set(guarded.ids()) == {"deploy.txt"}
    assert set(guarded.ids("--state", "any")) == {"mail.txt", "deploy.txt"}
    assert set(guarded.ids("--state", "false-positive", "--class", "trade-secret", "--since", "1h")) == {"mail.txt"}
    assert guarded("reopen", mail).code == 0
    assert set(guarded.ids("--verdict", "warn", "--path", "mail")) == {"mail.txt"}
    assert "looked at it" in guarded("show", mail).out
    assert guarded("list", "--since", "yesterday").code == 2
    assert guarded("resolve", "ffff").code == 2


def test_names_and_notes_of_others_act_on_no_terminal(guarded: Guarded) -> None:
    name = b"\x1b[2Jcle\xffar\n\xe2\x80\xae.txt"
    guarded.outbox.joinpath(os.fsdecode(name)).write_text(KEY_LINE.replace("5W", "4W"))
    guarded.scan()
    (id,) = [id for name, id in guarded.ids().items() if "cle" in name]
    guarded("note", id, "-m", "\x1b[31mred\u202e")
    for done in (guarded("list"), guarded("show", id), guarded("show", id, "--reveal", "--format", "json")):
        assert done.code == 0
        assert b"\x1b" not in done.raw
        assert "\u202e" not in done.out
    assert guarded("verify").code == 0


def test_a_head_is_printed_and_checked_against(guarded: Guarded) -> None:
    guarded.scan()
    head = guarded("head")
    kept = guarded.dlp.folder / "head.txt"
    kept.write_text(head.out)
    guarded.scan()
    assert "1 head" in guarded("verify", "--head", kept).out
    number, digest = re.findall(r"(?:number|hash) (\S+)", head.out)
    wrong = digest.translate(str.maketrans("0123456789abcdef", "123456789abcdef0"))
    done = guarded("verify", "--head", f"{number}:{wrong}")
    assert (done.code, "the log was rewritten" in done.out) == (1, True)
    assert guarded("verify", "--head", "nonsense").code == 2
    assert guarded("head", "--anchor").code == 2


def test_a_scan_whose_incidents_cannot_be_recorded_reports_all_and_ends_with_2(guarded: Guarded) -> None:
    import sqlite3

    with sqlite3.connect(guarded.folder / "incidents.sqlite") as db:
        db.execute("UPDATE head SET number = 99")
    done = guarded.scan("--format", "json")
    assert done.code == 2
    assert len(done.json["results"]) == 2
    assert "does not end where its head says" in done.err


def test_the_folder_itself_is_not_scanned(guarded: Guarded) -> None:
    guarded.scan()
    done = guarded.dlp("scan", guarded.folder, "--all", "--format", "json")
    assert done.reasons == {"incidents": ["store"]}
    assert len(done.json["results"]) == 1


def test_a_key_of_another_machine_seals_and_cannot_open(dlp: Dlp) -> None:
    reviewer = dlp.folder / "reviewer"
    assert dlp("incidents", "keygen", reviewer).code == 0
    done = dlp("incidents", "init", "--incidents", dlp.folder / "inc", "--review-public", f"{reviewer}.pub")
    assert done.code == 0
    assert not (dlp.folder / ".config").exists()
    (dlp.folder / "deploy.txt").write_text(KEY_LINE)
    assert dlp("init").code == 0
    place = ("--incidents", dlp.folder / "inc")
    dlp("scan", dlp.folder / "deploy.txt", *place)
    (row,) = dlp("incidents", "list", "-f", "jsonl", *place).lines
    assert dlp("incidents", "show", row["id"], "--reveal", *place).code == 2
    told = dlp("incidents", "show", row["id"], "--reveal", "--review-key", reviewer, "--format", "json", *place)
    assert SECRET in json.dumps(told.json["evidence"])
    assert dlp("incidents", "init", "--incidents", dlp.folder / "in", "--review-key", dlp.folder / "in/k").code == 2


def test_old_things_are_purged_as_the_configuration_says(guarded: Guarded) -> None:
    guarded.scan()
    guarded("resolve", guarded.ids()["deploy.txt"])
    config = guarded.folder / "config.yaml"
    config.write_text("version: 1\nretention: {closed: 1ms, evidence: 1ms}\n")
    assert guarded("purge", "--dry-run").out.startswith("would go: 1 incident, what 2 entries said")
    assert guarded("purge").out.startswith("gone: 1 incident, what 2 entries said")
    assert b"deploy.txt" not in guarded.bytes()
    assert guarded("verify").code == 0
    told = guarded("show", guarded.ids()["mail.txt"], "--reveal")
    assert (told.code, "not there any more: purged" in told.out) == (0, True)
