"""What examples/README.md tells, done; and that no secret word comes out anywhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .running import EXAMPLES, Dlp

CLEAN = {"newsletter.txt", "minutes.md", "tidegauge-README.md", "brochure.pdf"}
SECRETS = ("hx7-formulation.md", "coat_life.py", "price-plan.pdf", "sensor-signal-chain.docx")
TEXTS = [EXAMPLES / "secrets/hx7-formulation.md", EXAMPLES / "secrets/coat_life.py"]
TEXTS += [EXAMPLES / "texts/design-note.md", EXAMPLES / "texts/price-plan.md"]


def secret_words() -> set[str]:
    """Words of the secrets that nothing else has a reason to say."""
    words = {word for path in TEXTS for word in re.findall(r"[a-z]{7,}", path.read_text().lower())}
    public = " ".join([*(path.name for path in EXAMPLES.rglob("*")), *(str(path) for path in EXAMPLES.rglob("*"))])
    own = "trade secret version severity critical confidence document registered characters unsupported section"
    own += " paragraph archive unknown searched summary complete partial verdicts findings skipped provenance"
    own += " already quarantine encrypted symbols coverage similarity evidence length heading drawings picture content"
    return {word for word in words if word not in (public + own).lower()}


def test_what_leaks_is_stopped_and_the_innocent_pass(dlp: Dlp) -> None:
    ran = dlp("scan", "--all", "-f", "json", EXAMPLES / "outbox")
    verdicts = ran.verdicts
    assert {name for name, verdict in verdicts.items() if verdict == "allow"} == CLEAN
    assert verdicts.pop("drawings.zip") == "audit"
    assert {verdict for name, verdict in verdicts.items() if name not in CLEAN} <= {"warn", "quarantine", "block"}
    assert len(verdicts) == len(list((EXAMPLES / "outbox").iterdir())) - 1
    assert ran.code == 1
    results = {Path(each["path"]).name: each for each in ran.json["results"]}
    assert results["drawings.zip"]["coverage"] != "complete"
    assert results["drawings.zip"]["skipped"]
    for name in CLEAN:
        assert results[name]["findings"] == []


def test_each_finding_names_the_document_that_it_is_of(dlp: Dlp) -> None:
    ran = dlp("scan", "-f", "json", EXAMPLES / "outbox")
    named = {
        Path(each["path"]).name: {finding["document"]["name"] for finding in each["findings"]}
        for each in ran.json["results"]
        if each["findings"]
    }
    assert named == {
        "recipes-for-the-fete.md": {"hx7-formulation.md"},
        "typed-again.txt": {"hx7-formulation.md"},
        "mail-to-supplier.txt": {"hx7-formulation.md"},
        "harbour-talk.docx": {"sensor-signal-chain.docx"},
        "lorem.txt": {"sensor-signal-chain.docx"},
        "export.txt": {"sensor-signal-chain.docx"},
        "tables-for-the-desk.docx": {"price-plan.pdf"},
        "heating.py": {"coat_life.py"},
        "IMG_2041.jpg": {"sensor-housing.mesh"},
    }


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_itself_is_all_there(dlp: Dlp, secret: str) -> None:
    (result,) = dlp("scan", "-f", "json", EXAMPLES / "secrets" / secret).json["results"]
    assert result["verdict"] == "block"
    assert result["findings"][0]["document_share"] > 0.9


def test_no_output_and_no_file_of_the_store_holds_a_word_of_a_secret(fresh: Dlp) -> None:
    said = b""
    for command in (
        ("register", "--label", "trade-secret", EXAMPLES / "secrets"),
        ("register", "--label", "trade-secret", EXAMPLES / "secrets"),
        *(("scan", "-v", "-f", form, EXAMPLES / "outbox", EXAMPLES / "secrets") for form in ("text", "json", "jsonl")),
        ("fingerprints", "list"),
        ("fingerprints", "show", *SECRETS),
        ("fingerprints", "list", "--format", "json"),
        ("fingerprints", "verify"),
        ("fingerprints", "export", fresh.folder / "export"),
    ):
        ran = fresh(*command)
        assert ran.code in (0, 1)
        said += ran.raw + ran.raw_err
    kept = b"".join(path.read_bytes() for path in fresh.folder.rglob("*") if path.is_file())
    words = secret_words()
    assert len(words) > 200
    assert {word for word in words if word.encode() in said.lower()} == set()
    assert {word for word in words if word.encode() in kept.lower()} == set()
    assert {name for name in SECRETS if name.encode() in kept} == set()
