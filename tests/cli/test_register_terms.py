"""`dlp register --terms`: what becomes of a list, what is said of a bad one, and that nothing tells its terms."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlp.scan import listing

from .running import Dlp

LIST = """\ufeff# customers

Project Falcon
Acme Turbinen GmbH
PROJECT-falcon
計画 9
  Kondor\t
"""
TERMS = ("falcon", "turbinen", "kondor", "計画")


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_list_is_registered_once_and_a_changed_one_takes_its_place(fresh: Dlp, tmp_path: Path) -> None:
    path = write(tmp_path, "names.txt", LIST)
    command = ("register", "--terms", path, "--label", "trade-secret")
    first = fresh(*command)
    assert first.code == 0
    assert first.out == "registered    names.txt, a list of 4 terms\n"
    assert first.err == "dlp: 1 line repeats a term, as it is compared, and counts once: line 5\n"
    assert fresh(*command).out == "known already names.txt, a list of 4 terms\n"
    write(tmp_path, "names.txt", "kondor\nacme   TURBINEN gmbh\n計画9\nproject\u00a0falcon\n")
    assert fresh(*command).out == "version 2     names.txt, a list of 4 terms\n"  # of one word more
    assert fresh(*command[:3]).out == "now terms     names.txt, a list of 4 terms\n"
    other = fresh("register", "--terms", path, "--name", "other", "--label", "x")
    assert other.out == "known already names.txt, a list of 4 terms, still terms; to relabel it: --name names.txt\n"
    write(tmp_path, "names.txt", "Albatros\r\n\r\nEagle Nest\r\n")
    assert fresh(*command, "--owner", "ann").out == "version 3     names.txt, a list of 2 terms\n"
    leak = write(tmp_path, "leak.txt", "project falcon, kondor\neagle-nest, albatros; albatros")
    result = fresh("scan", leak, "--format", "json", "--no-rules").json["results"][0]
    assert [(each["kind"], each["count"], each["document"]["version"]) for each in result["findings"]] == [
        ("term", 1, 3),
        ("term", 2, 3),
    ]
    assert result["verdict"] == "quarantine"


def test_what_is_registered_says_that_it_is_a_list_and_never_what_is_in_it(fresh: Dlp, tmp_path: Path) -> None:
    path = write(tmp_path, "names.txt", LIST)
    fresh("register", "--terms", path, "--label", "trade-secret", "-q")
    ran = [
        fresh("fingerprints", "list"),
        fresh("fingerprints", "list", "--format", "json"),
        fresh("fingerprints", "show", "names.txt"),
        fresh("fingerprints", "verify"),
        fresh("fingerprints", "export", tmp_path / "exported"),
    ]
    assert "names.txt (a list of 4 terms)" in ran[0].out
    assert ran[0].err == "0 documents, 1 list of 4 terms\n"
    assert ran[1].json["documents"][0]["terms"] == 4
    assert "terms       4\n" in ran[2].out
    assert "shingles" not in ran[2].out
    assert ran[3].out == "all is well: 0 documents, 1 list of 4 terms, 0 shingles\n"
    files = [each for each in [*fresh.folder.rglob("*"), tmp_path / "exported"] if each.is_file()]
    said = [each.raw + each.raw_err for each in ran] + [each.read_bytes() for each in files]
    assert not any(term.encode() in each.lower() for term in TERMS for each in said)
    leak = write(tmp_path, "leak.txt", "Kondor, KONDOR")
    for form in ("text", "json", "jsonl"):
        assert b"ondor" not in fresh("scan", leak, "--format", form).raw.lower()
    assert fresh("fingerprints", "remove", "names.txt").out == "removed names.txt version 1\n"
    assert fresh("scan", leak, "--no-rules").code == 0
    assert fresh("fingerprints", "import", tmp_path / "exported").out == "imported 1 documents, 0 known already\n"
    assert fresh("fingerprints", "compact").code == 0
    assert fresh("scan", leak, "--no-rules").code == 1


def test_a_list_and_a_document_may_be_one_file(fresh: Dlp, tmp_path: Path) -> None:
    path = write(
        tmp_path, "names.txt", "".join(f"{word}ington Works\n" for word in ("Bar", "Cov", "Dar", "Ell", "Farr"))
    )
    assert fresh("register", "--label", "a", path).out.endswith("1 registered\n")
    assert fresh("register", "--terms", path).out.startswith("registered    names.txt, a list of ")
    assert [each["version"] for each in fresh("fingerprints", "list", "--format", "json").json["documents"]] == [1, 1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"Kondor\nab\n", ":2: too short: a term needs 3 letters or digits, or one ideograph"),
        ("Kondor\n…—…\n".encode(), ":2: too short"),
        (b"Kondor\n\n" + b"a" * 257, ":3: a term of 257 characters; 256 is the most"),
        ("Kondor\n" + "\ufdfb" * 200, ":2: too long: its letters fold to "),
        (b"a" * 100_000, ":1: a line of more than 65,536 bytes"),
        (b"Kondor\n# M\xfcller\n", ":2: not UTF-8 text; save the file as UTF-8"),
        ("Kondor\nFalcon\n".encode("utf-16"), ":1: not UTF-8 text"),
        ("Kondor\nFalcon\n".encode("utf-16-le"), ":1: not UTF-8 text"),
        (b"# nothing\n\n", " holds no terms; write one a line"),
        (b"", " holds no terms"),
    ],
)
def test_a_bad_list_is_refused_whole_and_the_line_is_named(
    fresh: Dlp, tmp_path: Path, content: str | bytes, said: str
) -> None:
    path = write(tmp_path, "names.txt", content)
    ran = fresh("register", "--terms", path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"dlp: {path}{said}")
    assert "Kondor" not in ran.err
    assert fresh("fingerprints", "list").err == "0 documents\n"


def test_what_is_no_file_or_goes_together_with_nothing_is_refused(fresh: Dlp, tmp_path: Path) -> None:
    path = write(tmp_path, "names.txt", "Kondor\n")
    assert fresh("register", "--terms", tmp_path / "none").err.startswith(f"dlp: cannot read {tmp_path / 'none'}: ")
    assert fresh("register", "--terms", tmp_path).code == 2
    for more in ([path], ["--background"], ["--keep-text"], ["--no-sketch"]):
        ran = fresh("register", "--terms", path, *more)
        assert (ran.code, ran.out) == (2, "")
        assert "--terms FILE is registered alone" in ran.err
    assert "name files or folders to register" in fresh("register", "--label", "x").err


def test_too_many_terms_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST_TERMS", 3)
    path = write(tmp_path, "names.txt", "aaa\nbbb\nccc\nBBB\n")
    assert listing.read_terms(str(path)).repeated == (4,)
    write(tmp_path, "names.txt", "aaa\nbbb\nccc\nBBB\nddd\n")
    with pytest.raises(listing.UsageError, match=r"names.txt:5: more than 3 terms"):
        listing.read_terms(str(path))


def test_words_are_what_blanks_and_punctuation_part(tmp_path: Path) -> None:
    path = write(tmp_path, "names.txt", "aaa-bbb\nccc ddd\neee\u00adfff\n東京計画\n東京 計画\n\uff21\uff22\uff23\n")
    symbols, words = listing.read_terms(str(path)).terms.unpack()
    assert sorted(words) == [1, 1, 2, 2, 2]  # 東京計画 is there twice, once in two words
    assert symbols.count(b"\n") == 5
