"""What a policy decides: the strictest verdict, why, and what goes with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.model import LEVELS, Coverage, Finding, Handling, Level, Origin, Reason, Skipped, Verdict
from dlp.policy.policy import default_policy, load

from .making import committed, file, judged, made, passage, skipped, term, together, value, verdict

STEPS = """
when: {class: secret, kind: [passage, set]}, verdict: audit
when: {class: secret, evidence: 100, share: 0.5}, verdict: block
when: {class: secret, evidence: 50}, verdict: warn
when: {class: secret, share: 0.8}, verdict: quarantine
when: {class: unlisted, evidence: 10}, verdict: warn
when: {skipped: encrypted}, verdict: warn
when: {kind: skipped, not: {skipped: encrypted}}, verdict: audit
"""


@pytest.mark.parametrize(
    ("label", "evidence", "share", "expected"),
    [
        ("secret", 0, 0.0, "audit"),
        ("secret", 49, 0.0, "audit"),
        ("secret", 50, 0.0, "warn"),
        ("secret", 99, 0.5, "warn"),
        ("secret", 100, 0.4999, "warn"),
        ("secret", 100, 0.5, "block"),
        ("secret", 99, 0.7999, "warn"),
        ("secret", 99, 0.8, "quarantine"),
        ("secret", 100, 0.8, "block"),
        ("public", 9999, 1.0, "allow"),
        ("other", 9, 1.0, "allow"),
        ("other", 10, 0.0, "warn"),
        ("", 10, 0.0, "warn"),
        ("SECRET", 100, 1.0, "warn"),
    ],
)
def test_a_rule_applies_from_its_figures_on(label: str, evidence: int, share: float, expected: str) -> None:
    assert verdict(made(STEPS), passage(label, evidence, share)) == expected
    assert verdict(made(STEPS), together(label, evidence, share)) == expected


def test_reasons_name_only_what_led_to_the_verdict_and_say_it_once() -> None:
    findings = [passage("secret", 10, name="a"), passage("secret", 60, name="b"), passage("secret", 60, name="b")]
    decision = judged(made(STEPS), *findings, skipped(Reason.TIMEOUT), skipped(Reason.ENCRYPTED))
    assert decision.verdict == Verdict.WARN
    assert decision.reasons == ("secret document b: 60 symbols (from 50 on)", "not read: encrypted")
    assert decision.handling == Handling(rules=("r2", "r5"))


def test_the_reason_for_a_set_names_the_document_how_much_of_it_and_how_many_files() -> None:
    policy = made(STEPS)
    assert judged(policy, together("secret", 60, 0.25, 1200)).reasons == (
        "secret document plan: 60 symbols (from 50 on), 25% of it, in 1,200 files together",
    )
    assert judged(policy, together("secret", 60, 0.85, 3)).reasons == (
        "secret document plan: 60 symbols, 85% of it (from 80% on), in 3 files together",
    )


def test_a_rule_by_rarity_applies_to_a_set_whose_passages_were_rare_enough_to_add_up() -> None:
    policy = made("when: {evidence: 50, rarity: 40}, verdict: warn")
    assert verdict(policy, passage(evidence=39)) == verdict(policy, together(evidence=49)) == Verdict.ALLOW
    assert judged(policy, passage("a", 50)).reasons == (
        "a document plan: 50 symbols (from 50 on), 50 of them rare (from 40 on)",
    )
    assert judged(policy, together("a", 50, 0.1)).reasons == (
        "a document plan: 50 symbols (from 50 on), 10% of it, in 2 files together",
    )


def test_reasons_for_values_terms_and_the_file_itself() -> None:
    policy = made("when: {kind: [pattern, term, file]}, verdict: warn")
    assert judged(policy, value(count=1200), term("secret")).reasons == (
        "Card, 1,200 of them: severity low, confidence low",
        "secret terms of code names",
        "the file itself: r0",
    )


def test_what_was_not_read_is_judged_by_its_reason() -> None:
    policy = made(STEPS)
    assert judged(policy, skipped(Reason.ENCRYPTED)).reasons == ("not read: encrypted",)
    assert verdict(policy, skipped(Reason.CORRUPT)) == Verdict.AUDIT
    assert judged(policy).verdict == Verdict.ALLOW


# --- what goes with a verdict -------------------------------------------------------------------


def test_the_first_rule_with_the_verdict_speaks_and_all_that_apply_say_who_is_told() -> None:
    policy = made(
        """
        when: {class: secret}, verdict: audit, severity: critical, notify: [archive], keep: true, message: Archive
        when: {class: secret, evidence: 50}, verdict: block, notify: [security, dpo]
        when: {skipped: encrypted}, verdict: block, severity: high, notify: [dpo], message: Send it without a password.
        when: {tag: personal}, verdict: block, severity: low, notify: [nobody], message: Leave out the cards.
        """
    )
    assert judged(policy, skipped(), passage(evidence=60)).handling == Handling(
        rules=("r1", "r2"),
        severity=Level.HIGH,
        notify=("archive", "security", "dpo"),
        message="Send it without a password.",
        keep=True,
    )


def test_stop_ends_the_search_for_that_matter_and_for_no_other() -> None:
    policy = made(
        """
        when: {tag: test}, verdict: allow, stop: true
        when: {kind: pattern}, verdict: block
        """
    )
    assert verdict(policy, value(tags=["secret"])) == Verdict.BLOCK
    assert verdict(policy, value(tags=["secret", "test"])) == Verdict.ALLOW
    assert verdict(policy, value(tags=["secret", "test"]), value(tags=["secret"])) == Verdict.BLOCK


def test_stop_ends_the_search_behind_it_and_not_before() -> None:
    policy = made("when: {kind: pattern}, verdict: warn\nwhen: {tag: test}, verdict: allow, stop: true")
    assert verdict(policy, value(tags=["test"])) == Verdict.WARN


def test_the_default_is_for_files_that_no_rule_speaks_of() -> None:
    policy = made("when: {path: /srv/public/**}, verdict: allow", default="quarantine")
    assert judged(policy, path="/home/a").reasons == ("no rule of the policy applies",)
    assert verdict(policy, passage(), path="/home/a") == Verdict.QUARANTINE
    assert verdict(policy, passage(), path="/srv/public/a") == Verdict.ALLOW


@pytest.mark.parametrize(
    ("rules", "default", "clean"),
    [
        ("when: {class: secret}, verdict: block", "allow", False),
        ("when: {class: secret}, verdict: block", "audit", True),
        ("when: {path: a}, verdict: audit", "allow", True),
        ("when: {path: a}, verdict: allow", "allow", False),
        ("when: {path: a, kind: [pattern, skipped]}, verdict: warn", "allow", False),
        ("when: {kind: file}, verdict: warn", "allow", True),
        ("when: {path: a, with: {class: secret}}, verdict: warn", "allow", False),
        ("when: {path: a, with: {any: [{class: secret}, {type: pdf}]}}, verdict: warn", "allow", True),
        ("when: {path: a, not: {with: {class: secret}}}, verdict: warn", "allow", True),
        ("when: {coverage: unscannable}, verdict: warn", "allow", True),
    ],
)
def test_a_policy_knows_whether_it_speaks_of_files_in_which_nothing_was_found(
    rules: str, default: str, clean: bool
) -> None:
    assert made(rules, default=default).clean is clean


# --- what rules are asked of --------------------------------------------------------------------


def test_what_is_denied_of_findings_is_not_true_of_everything_else() -> None:
    policy = made("when: {not: {class: public}}, verdict: block")
    assert verdict(policy, passage("public")) == Verdict.ALLOW
    assert verdict(policy) == verdict(policy, value(), skipped()) == Verdict.ALLOW
    assert verdict(policy, passage("secret")) == verdict(policy, term("")) == Verdict.BLOCK


def test_with_asks_whether_something_else_is_in_the_file() -> None:
    policy = made(
        """
        when: {class: secret, not: {with: {skipped: encrypted}}}, verdict: warn
        when: {rule: card, count: 10, with: {tag: marking}}, verdict: block
        """
    )
    assert verdict(policy, passage()) == Verdict.WARN
    assert verdict(policy, passage(), skipped(Reason.TIMEOUT)) == Verdict.WARN
    assert verdict(policy, skipped(), passage()) == Verdict.ALLOW
    assert verdict(policy, value(count=10)) == Verdict.ALLOW
    assert verdict(policy, value(count=10), value("secret-de", ["marking"])) == Verdict.BLOCK
    assert verdict(policy, value(count=9), value("secret-de", ["marking"])) == Verdict.ALLOW


def test_a_passage_of_several_documents_is_judged_as_any_and_let_off_as_all() -> None:
    shared = passage(name="open", also=["plan"])
    assert verdict(made("when: {document: plan}, verdict: block"), shared) == Verdict.BLOCK
    assert verdict(made("when: {not: {document: open}}, verdict: block"), shared) == Verdict.BLOCK
    lets = made("when: {document: open}, verdict: allow, stop: true\nwhen: {class: secret}, verdict: block")
    assert verdict(lets, shared) == Verdict.BLOCK
    assert verdict(lets, passage(name="open")) == Verdict.ALLOW


def test_a_blob_that_stands_at_several_places_is_judged_as_any_and_let_off_as_all() -> None:
    both = Origin(blob="1", appearances=(committed("tests/key.pem"), committed("src/key.pem")))
    only = Origin(blob="1", appearances=(committed("tests/key.pem"),))
    rules = "when: {path: tests/**}, verdict: allow, stop: true\nwhen: {kind: pattern}, verdict: block"
    assert judged(made(rules), value(), path="repository", origin=both).verdict == Verdict.BLOCK
    assert judged(made(rules), value(), path="repository", origin=only).verdict == Verdict.ALLOW
    assert judged(made("when: {path: src/**}, verdict: warn"), origin=both).verdict == Verdict.WARN


def test_files_that_have_a_document_together_are_let_off_as_all() -> None:
    rules = made("when: {path: /drafts}, verdict: allow, stop: true\nwhen: {class: secret}, verdict: block")
    assert verdict(rules, together(pieces=["/drafts/a", "/drafts/b"]), path="/") == Verdict.ALLOW
    assert verdict(rules, together(pieces=["/drafts/a", "/outbox/b"]), path="/") == Verdict.BLOCK
    assert verdict(rules, together(files=3, pieces=["/drafts/a", "/drafts/b"]), path="/") == Verdict.BLOCK


def test_classes_are_named_by_labels_documents_terms_and_tags() -> None:
    more = """
classes:
  - {name: public}
  - {name: internal, tags: [personal]}
  - {name: secret, documents: ["formulas/*"], terms: ["code names"], tags: [formula]}
"""
    rules = "rules:\n  - {name: a, when: {class: secret}, verdict: block}\n"
    rules += "  - {name: b, when: {class: internal}, verdict: warn}\n"
    policy = load(f"version: 2\ndefault: allow{more}{rules}".encode(), "own.yaml")
    assert verdict(policy, passage("public", name="formulas/hx7.md")) == Verdict.BLOCK
    assert verdict(policy, passage("secret", name="other.md")) == Verdict.BLOCK
    assert verdict(policy, passage("public", name="other.md")) == Verdict.ALLOW
    assert verdict(policy, term("public", "code names")) == Verdict.BLOCK
    assert verdict(policy, value(tags=["personal"])) == Verdict.WARN
    assert verdict(policy, value(tags=["personal", "formula"])) == Verdict.BLOCK
    assert verdict(policy, value(tags=["other"])) == Verdict.ALLOW
    assert judged(policy, passage("public", name="formulas/hx7.md")).reasons[0].startswith("secret document formulas")


# --- guarantees ---------------------------------------------------------------------------------

LABELS = ["trade-secret", "confidential", "internal", "public", "else"]
LEVEL = st.sampled_from(LEVELS)

TAGS = st.sampled_from([["secret"], ["personal"], ["marking"], []])

MATTERS = st.lists(
    st.one_of(
        st.builds(passage, st.sampled_from(LABELS), st.integers(0, 2000), st.floats(0, 1)),
        st.builds(together, st.sampled_from(LABELS), st.integers(0, 2000), st.floats(0, 1)),
        st.builds(value, tags=TAGS, severity=LEVEL, confidence=LEVEL),
        st.builds(term, st.sampled_from(LABELS)),
        st.builds(skipped, st.sampled_from(Reason)),
    ),
    max_size=6,
)  # fmt: skip


@given(MATTERS)
def test_the_verdict_is_the_strictest_that_any_part_leads_to(matters: list[Finding | Skipped]) -> None:
    policy = default_policy()
    alone = [verdict(policy, each) for each in matters]
    decision = judged(policy, *matters)
    assert decision.verdict.rank == max((each.rank for each in alone), default=0)
    assert bool(decision.reasons) == (decision.verdict != Verdict.ALLOW)


@given(MATTERS, st.randoms())
def test_the_order_of_findings_does_not_matter(matters: list[Finding | Skipped], chance: object) -> None:
    policy = default_policy()
    other = list(matters)
    chance.shuffle(other)  # type: ignore[attr-defined]
    one, two = judged(policy, *matters), judged(policy, *other)
    assert (one.verdict, set(one.reasons), one.handling) == (two.verdict, set(two.reasons), two.handling)


@given(MATTERS, MATTERS)
def test_more_never_leads_to_a_milder_verdict(matters: list[Finding | Skipped], more: list[Finding | Skipped]) -> None:
    policy = default_policy()
    assert verdict(policy, *matters, *more).rank >= verdict(policy, *matters).rank


@given(st.sampled_from(LABELS), st.integers(0, 2000), st.floats(0, 0.99))
def test_more_of_a_document_never_leads_to_a_milder_verdict(label: str, evidence: int, share: float) -> None:
    def rank(evidence: int, share: float) -> int:
        return verdict(default_policy(), passage(label, evidence, share)).rank

    assert rank(evidence, share) <= rank(evidence + 100, share) <= rank(evidence + 100, share + 0.01)


def test_the_default_policy_notes_whatever_could_not_be_read_but_for_pictures() -> None:
    allowed = {reason for reason in Reason if verdict(default_policy(), skipped(reason)) == Verdict.ALLOW}
    assert allowed == {Reason.PICTURE}


def test_the_default_policy_has_nothing_to_say_of_files_in_which_nothing_was_found() -> None:
    assert not default_policy().clean
    assert default_policy().default == Verdict.ALLOW
    assert judged(default_policy(), file=file(lies=True), coverage=Coverage.COMPLETE).verdict == Verdict.ALLOW


@pytest.mark.parametrize(
    ("matter", "expected"),
    [
        (value(tags=["secret"]), "audit"),
        (value(tags=["secret"], severity=Level.MEDIUM, confidence=Level.MEDIUM), "warn"),
        (value(tags=["secret"], severity=Level.HIGH, confidence=Level.HIGH), "block"),
        (value(tags=["personal"]), "allow"),
        (value(tags=["personal"], confidence=Level.HIGH), "audit"),
        (value(tags=["personal"], severity=Level.MEDIUM, confidence=Level.MEDIUM), "audit"),
        (value(tags=["personal"], severity=Level.HIGH, confidence=Level.MEDIUM), "warn"),
        (value(tags=["personal"], severity=Level.HIGH, confidence=Level.HIGH), "quarantine"),
        (value(tags=["personal"], severity=Level.CRITICAL, confidence=Level.MEDIUM), "quarantine"),
        (value(tags=["personal"], severity=Level.CRITICAL, confidence=Level.HIGH), "block"),
        (value(tags=["marking"]), "allow"),
        (value(tags=["marking"], confidence=Level.MEDIUM), "audit"),
        (value(tags=["marking"], severity=Level.MEDIUM, confidence=Level.HIGH), "warn"),
        (value(tags=["marking"], severity=Level.CRITICAL, confidence=Level.HIGH), "quarantine"),
        (value(tags=["own"]), "allow"),
        (value(tags=["own"], severity=Level.MEDIUM), "audit"),
        (term("trade-secret"), "warn"),
        (term("confidential"), "warn"),
        (term("internal"), "audit"),
        (term("public"), "allow"),
        (term("else"), "audit"),
    ],
)
def test_the_default_policy_on_values_and_terms(matter: Finding, expected: str) -> None:
    assert verdict(default_policy(), matter) == expected
