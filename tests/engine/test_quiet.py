"""What is nobody's own stays quiet, and what is taken in small pieces does not."""

from __future__ import annotations

import io

import docx
import pytest

from dlp.model import Verdict

from .engine import WORDS, Engine, folded, prose


@pytest.fixture
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(tmp_path_factory.mktemp("quiet"))


@pytest.mark.parametrize("seed", range(8))
def test_background_inside_a_secret_is_no_evidence_though_winnowing_differs_at_its_edges(
    engine: Engine, seed: int
) -> None:
    clause = prose(seed, 150)
    engine.register(f"{prose(100 + seed, 60)} {clause} {prose(200 + seed, 60)}", name="secret")
    engine.register(clause, name="clause", background=True)
    for carrier in (clause, f"{prose(300 + seed, 40)} {clause} {prose(400 + seed, 40)}"):
        result = engine.scan(carrier)
        assert result.verdict == Verdict.ALLOW
        assert result.findings == ()


@pytest.mark.parametrize("seed", range(4))
def test_a_clause_of_many_documents_is_no_evidence_at_its_edges_either(engine: Engine, seed: int) -> None:
    clause = prose(seed, 120)
    for number in range(12):
        engine.register(f"{prose(1000 * seed + number, 50)} {clause} {prose(1000 * seed + 500 + number, 50)}")
    assert engine.scan(f"{prose(7000 + seed, 80)} {clause}").findings == ()


def test_the_secret_beside_a_background_clause_is_still_evidence(engine: Engine) -> None:
    clause, own = prose(1, 100), prose(2, 40)
    engine.register(f"{clause} {own} {prose(3, 40)}", name="secret")
    engine.register(clause, name="clause", background=True)
    (found,) = engine.passages(f"{clause} {own}")
    assert 120 < found.evidence < len(folded(own)) + 40
    assert found.rarity > 60


def test_many_short_pieces_of_a_document_add_up(engine: Engine) -> None:
    secret = prose(10, 600)
    engine.register(secret, name="secret")
    pieces = [secret[at : at + 44] + " " + prose(500 + at, 50) for at in range(0, len(secret) - 44, 83)]
    assert engine.scan(" ".join(pieces)).verdict == Verdict.BLOCK
    assert engine.scan(pieces[0]).verdict == Verdict.AUDIT


def test_what_a_text_repeats_is_given_away_once(engine: Engine) -> None:
    secret = prose(20, 300)
    engine.register(secret, name="secret")
    once = engine.passages(secret[:400])
    often = engine.passages(" ".join([secret[:400]] * 30))
    assert sum(each.evidence for each in often[:1]) <= once[0].evidence + 20
    assert often[0].evidence_share == pytest.approx(once[0].evidence_share, abs=0.03)


def _word(seed: int) -> bytes:
    made = docx.Document()
    made.add_heading(WORDS[seed], 1)
    for number in range(10):
        made.add_paragraph(prose(900 * seed + number, 50))
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_word_files_of_one_program_share_nothing_that_counts(engine: Engine) -> None:
    engine.register(_word(1), name="secret.docx")
    result = engine.scan(_word(2))
    assert result.findings == ()
    assert engine.scan(_word(1)).verdict == Verdict.BLOCK
