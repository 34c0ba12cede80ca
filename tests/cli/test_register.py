"""`dlp register` and `dlp init`: what becomes of documents, and what is said of it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from .running import BEGUN, EXAMPLES, FORMULA, HARMLESS, LEAK, Dlp, interrupted

SECRET = ("register", "--label", "trade-secret")


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def listed(dlp: Dlp) -> list[tuple[str, int, str, bool]]:
    documents = dlp("fingerprints", "list", "--format", "json").json["documents"]
    return [(each["name"], each["version"], each["label"], each["background"]) for each in documents]


def test_new_known_changed_and_relabelled_documents_are_told_apart(fresh: Dlp, tmp_path: Path) -> None:
    path = write(tmp_path, "plan.md", FORMULA)
    first = fresh(*SECRET, path)
    assert (first.code, first.err) == (0, "")
    assert first.out.startswith(f"registered    {path} as plan.md, ")
    assert first.out.splitlines()[-1] == "1 registered"
    assert fresh(*SECRET, path).out == f"known already {path} as plan.md\n1 known already\n"
    write(tmp_path, "plan.md", FORMULA + LEAK)
    assert fresh(*SECRET, path).out.startswith(f"version 2     {path} as plan.md, ")
    relabelled = fresh("register", "--label", "internal", path)
    assert relabelled.out == f"now internal  {path} as plan.md\n1 relabelled\n"
    assert listed(fresh) == [("plan.md", 2, "internal", False), ("plan.md", 1, "trade-secret", False)]


def test_known_content_under_another_name_keeps_its_label_and_that_is_said(fresh: Dlp, tmp_path: Path) -> None:
    fresh("register", "--label", "internal", write(tmp_path, "a.md", FORMULA))
    copy = write(tmp_path, "b.md", FORMULA)
    ran = fresh(*SECRET, copy)
    assert ran.out.splitlines()[0] == f"known already {copy} as a.md, still internal; to relabel it: --name a.md"
    fresh(*SECRET, "--name", "a.md", copy)
    assert listed(fresh) == [("a.md", 1, "trade-secret", False)]


def test_a_new_version_with_another_label_is_pointed_out(fresh: Dlp, tmp_path: Path) -> None:
    fresh(*SECRET, write(tmp_path, "a/plan.txt", FORMULA))
    path = write(tmp_path, "b/plan.txt", HARMLESS)
    ran = fresh("register", "-q", "--label", "public", path)
    said = "with another label: public; earlier versions stay trade-secret"
    assert (ran.code, ran.err) == (0, f"dlp: {path} became version 2 of plan.txt {said}\n")
    assert fresh("register", "--label", "public", write(tmp_path, "c/plan.txt", FORMULA + HARMLESS)).err == ""


def test_a_secret_that_is_registered_as_background_or_the_other_way_is_pointed_out(fresh: Dlp, tmp_path: Path) -> None:
    path, copy = write(tmp_path, "plan.txt", FORMULA), write(tmp_path, "copy.txt", FORMULA)
    fresh(*SECRET, path)
    assert fresh("scan", path).code == 1
    ran = fresh("register", "--background", copy)
    said = "is registered both as a secret (plan.txt, trade-secret) and as background (copy.txt): "
    said += "the secret is not found any more; to find it, remove the background document\n"
    assert (ran.code, ran.err) == (0, f"dlp: {copy} {said}")
    assert fresh("scan", path).code == 0
    assert fresh(*SECRET, path).err == f"dlp: {path} {said}"
    fresh("fingerprints", "remove", "copy.txt")
    assert fresh("scan", path).code == 1


def test_background_takes_evidence_away_and_may_be_registered_beside_a_secret(fresh: Dlp, tmp_path: Path) -> None:
    leak = write(tmp_path, "leak", LEAK)
    fresh(*SECRET, write(tmp_path, "plan.md", FORMULA))
    assert fresh("scan", leak).code == 1
    assert fresh("register", "--background", leak).code == 0
    assert fresh("scan", leak).code == 0
    assert ("leak", 1, "background", True) in listed(fresh)


@pytest.mark.parametrize("options", [[], ["--label", "x", "--background"]])
def test_a_label_or_background_must_be_given(fresh: Dlp, tmp_path: Path, options: list[str]) -> None:
    ran = fresh("register", *options, tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert "--label LABEL" in ran.err


def test_a_document_may_be_given_a_name_and_an_owner(fresh: Dlp, tmp_path: Path) -> None:
    ran = fresh(*SECRET, "--name", "HX7", "--owner", "R&D", write(tmp_path, "plan.md", FORMULA))
    assert " as HX7, " in ran.out
    (document,) = fresh("fingerprints", "list", "--format", "json").json["documents"]
    assert (document["name"], document["owner"]) == ("HX7", "R&D")


def test_two_files_that_would_share_a_name_are_pointed_out(fresh: Dlp, tmp_path: Path) -> None:
    one, two = write(tmp_path, "a/plan.md", FORMULA), write(tmp_path, "b/plan.md", HARMLESS)
    ran = fresh(*SECRET, "-j1", one.parent, two.parent)
    assert ran.code == 0
    assert ran.err == f"dlp: {two} became version 2 of plan.md, the name that {one} has, too\n"


def test_a_name_for_more_than_one_file_is_refused_before_anything_is_registered(fresh: Dlp, tmp_path: Path) -> None:
    one, two = write(tmp_path, "in/c", FORMULA), write(tmp_path, "in/d", HARMLESS)
    for paths in ([tmp_path / "in"], [one, two]):
        ran = fresh(*SECRET, "--name", "one", *paths)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == "dlp: --name is for one file, and there are more; without it each is named by its path\n"
    assert listed(fresh) == []
    assert fresh(*SECRET, "--name", "one", "--include", "c", tmp_path / "in").code == 0
    assert listed(fresh) == [("one", 1, "trade-secret", False)]


def test_what_cannot_be_registered_is_named_with_its_reason(fresh: Dlp, tmp_path: Path) -> None:
    write(tmp_path, "short.txt", "Nothing to see here.")
    write(tmp_path, "empty.txt", "")
    write(tmp_path, "zeros.bin", b"\0" * 5000)
    (tmp_path / "pipe").unlink(missing_ok=True)
    os.mkfifo(tmp_path / "pipe")
    write(tmp_path, "good.md", FORMULA)
    ran = fresh(*SECRET, "--exclude", "home/", tmp_path)
    assert ran.code == 0
    assert ran.err == ""
    lines = sorted(line for line in ran.out.splitlines() if line.startswith("skipped"))
    assert [line.split(": ", 1)[0].split()[-1].rsplit("/", 1)[-1] for line in lines] == [
        "empty.txt", "pipe", "short.txt", "zeros.bin",
    ]  # fmt: skip
    assert lines[0].endswith("empty.txt: too-short, empty")
    assert lines[1].endswith("pipe: special-file, a named pipe")
    assert "a text needs at least 28 letters and digits, a file without text 63 bytes that vary" in lines[2]
    assert ran.out.splitlines()[-1] == "1 registered, 4 skipped"
    assert [each[0] for each in listed(fresh)] == ["good.md"]


def test_a_call_that_registers_nothing_at_all_fails(fresh: Dlp, tmp_path: Path) -> None:
    path = write(tmp_path, "short.txt", "Nothing to see here.")
    ran = fresh(*SECRET, path)
    assert ran.code == 2
    assert ran.err.endswith("dlp: nothing was registered\n")
    assert listed(fresh) == []


def test_an_encrypted_document_is_said_not_to_have_been_read(fresh: Dlp, tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "outbox/drawings.zip", tmp_path)
    ran = fresh(*SECRET, "--fail-on-skipped", tmp_path / "drawings.zip")
    assert ran.code == 3
    assert "drawings.zip" in ran.out
    assert any(word in ran.out for word in ("encrypted", "unsupported"))


def test_a_missing_path_registers_nothing(fresh: Dlp, tmp_path: Path) -> None:
    write(tmp_path, "plan.md", FORMULA)
    ran = fresh(*SECRET, tmp_path / "plan.md", tmp_path / "nowhere")
    assert (ran.code, ran.out, ran.err) == (2, "", f"dlp: no such file or directory: {tmp_path}/nowhere\n")
    assert listed(fresh) == []


def test_quiet_says_only_what_went_wrong(fresh: Dlp, tmp_path: Path) -> None:
    write(tmp_path, "in/plan.md", FORMULA)
    assert (fresh(*SECRET, "-q", tmp_path / "in").out) == ""
    write(tmp_path, "in/short", "x")
    assert fresh(*SECRET, "-q", tmp_path / "in").out.startswith("skipped       ")


@pytest.mark.parametrize("command", [SECRET, ("scan",)])
def test_the_store_in_the_folder_is_left_out_and_that_is_said(fresh: Dlp, command: tuple[str, ...]) -> None:
    write(fresh.folder, "plan.md", FORMULA)
    ran = fresh(*command, "-j1", fresh.folder)
    assert "this is the registry itself" in ran.out
    assert "catalogue.sqlite" not in ran.out
    assert ".seg" not in ran.out
    ran = fresh(*command, fresh.store / "catalogue.sqlite")
    assert "this is the registry itself" in ran.out


HOLD = (
    BEGUN
    + """if True:
    import dlp.scan.registering as registering
    plain = registering.fingerprint
    def fingerprint(item, *given):
        if item.relative == "b-slow":
            time.sleep(60)
        return plain(item, *given)
    registering.fingerprint = fingerprint
"""
)


@pytest.mark.parametrize("number", [2, 15])
def test_an_interrupted_registration_is_resumed_without_loss_or_repetition(
    fresh: Dlp, tmp_path: Path, number: int
) -> None:
    for at, name in enumerate(["a1", "a2", "b-slow", "c1", "c2"]):
        write(tmp_path, f"in/{name}", FORMULA[at * 300 :])
    running = fresh.start(*SECRET, "-j1", tmp_path / "in", hook=HOLD)
    begun = tmp_path / "in/b-slow.begun"
    ran = interrupted(running, begun.exists, number)
    assert ran.code == {2: 130, 15: 143}[number]
    kept = [each[0] for each in listed(fresh)]
    assert set(kept) <= {"a1", "a2"}
    assert fresh("fingerprints", "verify").code == 0
    begun.unlink()
    resumed = fresh(*SECRET, "--exclude", "*.begun", tmp_path / "in", "-j1")
    known = sorted(line.split()[-1] for line in resumed.out.splitlines() if line.startswith("known already "))
    assert known == sorted(kept)
    assert sorted(listed(fresh)) == [(name, 1, "trade-secret", False) for name in ["a1", "a2", "b-slow", "c1", "c2"]]
    assert fresh("scan", "-f", "json", tmp_path / "in/c2").verdicts == {"c2": "block"}


def test_a_signal_while_a_document_is_saved_leaves_no_document_without_its_shingles(fresh: Dlp, tmp_path: Path) -> None:
    write(tmp_path, "plan.md", FORMULA)
    hook = """if True:
        import os, signal
        import dlp.registry.writer as writer
        plain = writer.postings_of
        def postings_of(*given):
            writer.postings_of = plain
            os.kill(os.getpid(), signal.SIGINT)
            return plain(*given)
        writer.postings_of = postings_of
    """
    ran = fresh(*SECRET, tmp_path / "plan.md", hook=hook)
    assert ran.code == 130
    assert fresh("scan", tmp_path / "plan.md").code == len(listed(fresh))
    assert fresh("fingerprints", "verify").code == 0
    fresh(*SECRET, tmp_path / "plan.md")
    assert [each[0] for each in listed(fresh)] == ["plan.md"]
    assert fresh("scan", tmp_path / "plan.md").code == 1


def test_a_second_writer_is_told_to_wait(fresh: Dlp, tmp_path: Path) -> None:
    write(tmp_path, "in/b-slow", FORMULA)
    running = fresh.start(*SECRET, tmp_path / "in", hook=HOLD)
    try:
        while not (tmp_path / "in/b-slow.begun").exists():
            assert running.poll() is None
        ran = fresh(*SECRET, tmp_path / "in/b-slow")
        assert (ran.code, ran.out) == (2, "")
        assert "is writing to the store" in ran.err
        assert fresh("scan", tmp_path / "in/b-slow").code == 0
    finally:
        running.terminate()
        running.communicate(timeout=30)


def test_a_store_is_made_once_with_a_key_of_its_own_and_for_its_owner_only(tmp_path: Path) -> None:
    home = Dlp(tmp_path)
    ran = home("init")
    assert ran.out.splitlines()[0] == f"made the store {home.store}"
    assert home.key.stat().st_mode & 0o777 == 0o600
    assert home.store.stat().st_mode & 0o777 == 0o700
    home(*SECRET, EXAMPLES / "secrets")
    home("fingerprints", "compact")
    files = [path for path in home.store.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".sqlite", ".seg"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    again = home("init")
    assert (again.code, again.err) == (2, f"dlp: {home.store} is not empty; name a new folder for the store\n")


def test_a_key_is_not_made_within_its_store(tmp_path: Path) -> None:
    home = Dlp(tmp_path)
    ran = home("init", "--key-file", home.store / "key")
    assert ran.code == 2
    assert "the key must not lie in the store" in ran.err
    assert not home.store.exists()


def test_the_store_is_looked_for_by_option_then_environment_then_in_the_home(dlp: Dlp, tmp_path: Path) -> None:
    nowhere = {"DLP_STORE": "", "DLP_KEY_FILE": ""}
    home = tmp_path / ".local/share/dlp/store"
    ran = dlp("scan", tmp_path, environment=nowhere | {"HOME": str(tmp_path)})
    assert ran.code == 0  # rules need no store
    assert ran.err.startswith(f"dlp: nothing is registered, since there is no store in {home}")
    ran = dlp("fingerprints", "list", environment=nowhere | {"HOME": str(tmp_path)})
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"dlp: no store in {home}; make one with: dlp init --store {home}")
    found = {"HOME": str(tmp_path), "DLP_STORE": str(dlp.store)}
    assert dlp("scan", tmp_path, environment=found).code == 0
    assert dlp("scan", "--store", tmp_path / "none", tmp_path, environment=found).code == 2
    assert dlp("scan", "--store", dlp.store, tmp_path, environment={"DLP_STORE": "/nowhere"}).code == 0


def test_the_key_may_come_from_a_file_or_the_environment_and_must_be_the_right_one(dlp: Dlp, tmp_path: Path) -> None:
    key = dlp.key.read_text()
    other = write(tmp_path, "other.key", "A" * 43 + "=\n")
    other.chmod(0o600)
    for environment, options, message in [
        ({"DLP_KEY_FILE": "", "DLP_KEY": key}, (), ""),
        ({"DLP_KEY_FILE": "", "DLP_KEY": "short"}, (), "dlp: $DLP_KEY does not hold a key"),
        ({}, ("--key-file", other), f"dlp: the key is not the one that sealed the store in {dlp.store}"),
        ({}, ("--key-file", tmp_path / "none"), f"dlp: no key: {tmp_path}/none does not exist"),
        ({"DLP_KEY_FILE": "", "HOME": str(tmp_path)}, (), f"dlp: no key: {tmp_path}/.config/dlp/store.key does not"),
    ]:
        ran = dlp("scan", *options, tmp_path, environment=environment)
        assert ran.err.startswith(message)
        assert ran.code == (2 if message else 0)
    other.chmod(0o644)
    assert f"chmod 600 {other}" in dlp("scan", "--key-file", other, tmp_path).err


def test_a_scan_against_nothing_says_so(fresh: Dlp, tmp_path: Path) -> None:
    ran = fresh("scan", write(tmp_path, "leak", LEAK))
    assert ran.code == 0
    assert ran.err.startswith("dlp: nothing is registered in this store")


def shown(dlp: Dlp, name: str) -> dict[str, object]:
    (document,) = dlp("fingerprints", "show", "--format", "json", name).json["documents"]
    assert isinstance(document, dict)
    return document


def test_a_sketch_is_kept_and_text_only_where_it_is_asked_for(fresh: Dlp, tmp_path: Path) -> None:
    for name, options in {"plain": (), "text": ("--keep-text",), "bare": ("--no-sketch",)}.items():
        ran = fresh(*SECRET, *options, write(tmp_path, f"{name}.md", f"{name} {FORMULA}"))
        assert (ran.code, ran.err) == (0, "")
    kept = {name: (shown(fresh, f"{name}.md")["words"], shown(fresh, f"{name}.md")["keeps_text"]) for name in
            ("plain", "text", "bare")}  # fmt: skip
    assert kept["plain"][0] == kept["text"][0] != 0
    assert kept["bare"][0] == 0
    assert [each for _, each in kept.values()] == [False, True, False]
    for name in kept:
        assert fresh("scan", tmp_path / f"{name}.md").code == 1


def test_a_text_that_was_to_be_kept_and_is_not_is_pointed_out(fresh: Dlp, tmp_path: Path) -> None:
    path = write(tmp_path, "plan.md", FORMULA)
    fresh(*SECRET, path)
    ran = fresh(*SECRET, "--keep-text", path)
    mend = f"remove it (dlp fingerprints remove {shown(fresh, 'plan.md')['id']}@1) and register it again"
    assert ran.err == f"dlp: {path} was registered without its text, and is so still; to keep it, {mend}\n"
    fresh("fingerprints", "remove", "plan.md")
    ran = fresh(*SECRET, "--keep-text", path)
    assert (ran.err, shown(fresh, "plan.md")["keeps_text"]) == ("", True)
    drawing = write(tmp_path, "drawing.bin", os.urandom(5000))
    assert fresh(*SECRET, "--keep-text", drawing).err == ""  # it has none


def test_no_file_of_the_store_holds_a_kept_text_in_the_clear(fresh: Dlp, tmp_path: Path) -> None:
    fresh(*SECRET, "--keep-text", write(tmp_path, "plan.md", FORMULA))
    kept = b"".join(path.read_bytes() for path in fresh.store.rglob("*") if path.is_file())
    words = {word.encode() for word in FORMULA.split() if len(word) > 7}
    assert {word for word in words if word in kept} == set()


def test_help_tells_the_price_of_kept_text(fresh: Dlp) -> None:
    said = " ".join(fresh("register", "--help").out.split())
    assert "--no-sketch" in said
    assert "Who holds store and key can then read it: the two together are as secret as the documents." in said
    assert "Who holds FILE and key can read them." in " ".join(fresh("fingerprints", "export", "--help").out.split())
