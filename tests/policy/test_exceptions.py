"""Exceptions: what they leave out of account, until when, and who hears of it."""

from __future__ import annotations

from datetime import UTC, datetime

from dlp.model import Origin, Verdict
from dlp.policy.policy import Policy

from .making import committed, judged, made, passage, skipped, together, value, verdict

RULES = """
when: {class: secret}, verdict: block
when: {kind: skipped}, verdict: warn
when: {tag: personal}, verdict: audit
"""


def excepting(
    when: str, expires: str = "2027-01-31", now: str = "2026-11-24", rules: str = RULES, **more: str
) -> Policy:
    clock = datetime.fromisoformat(now).replace(tzinfo=UTC).timestamp()
    line = f"  - {{name: e, when: {when}, owner: Ann, reason: Why not, expires: {expires}}}\n"
    return made(rules, f"exceptions:\n{line}", now=lambda: clock, **more)


def test_what_an_exception_is_about_does_not_count_and_the_rest_does() -> None:
    policy = excepting("{document: open}")
    decision = judged(policy, passage(name="open"), skipped())
    assert (decision.verdict, decision.reasons) == (Verdict.WARN, ("not read: encrypted",))
    assert decision.handling.exceptions == ("e",)
    assert judged(policy, passage(name="open"), passage(name="plan")).verdict == Verdict.BLOCK
    assert judged(policy, skipped()).handling.exceptions == ()


def test_it_holds_through_its_last_day_and_is_told_of_afterwards() -> None:
    def decision(now: str) -> tuple[Verdict, tuple[str, ...], tuple[str, ...]]:
        made = judged(excepting("{document: open}", now=now), passage(name="open"))
        return made.verdict, made.reasons, made.handling.exceptions

    assert decision("2027-01-31T23:59:59") == (Verdict.ALLOW, (), ("e",))
    verdict, reasons, exceptions = decision("2027-02-01T00:00:00")
    assert (verdict, exceptions) == (Verdict.BLOCK, ())
    assert reasons[1:] == ("the exception e expired on 2027-01-31",)


def test_one_that_has_expired_is_told_of_only_where_it_would_have_held() -> None:
    policy = excepting("{document: open}", now="2028-01-01")
    assert "expired" not in str(judged(policy, passage(name="plan")).reasons)
    assert judged(policy).reasons == ()


def test_what_is_left_out_is_left_out_of_what_rules_ask_the_file_for() -> None:
    rules = "when: {tag: personal, with: {class: secret}}, verdict: block"
    assert verdict(excepting("{document: plan}", rules=rules), value(), passage()) == Verdict.ALLOW
    assert verdict(excepting("{document: other}", rules=rules), value(), passage()) == Verdict.BLOCK


def test_an_exception_may_ask_what_else_is_in_the_file() -> None:
    policy = excepting("{class: secret, not: {with: {kind: skipped}}}")
    assert verdict(policy, passage()) == Verdict.ALLOW
    assert verdict(policy, passage(), skipped()) == Verdict.BLOCK


def test_an_exception_for_a_document_does_not_hide_another_that_has_the_passage() -> None:
    policy = excepting("{document: open}")
    assert verdict(policy, passage(name="open", also=["plan"])) == Verdict.BLOCK
    assert verdict(policy, passage(name="open", also=["open"])) == Verdict.ALLOW
    denied = excepting("{class: secret, not: {document: plan}}")
    assert verdict(denied, passage(name="open", also=["plan"])) == Verdict.BLOCK
    assert verdict(denied, passage(name="open")) == Verdict.ALLOW


def test_an_exception_for_a_place_does_not_hide_another_place() -> None:
    policy = excepting("{path: tests/**}")
    both = Origin(appearances=(committed("tests/a"), committed("src/a")), branches=("main",))
    only = Origin(appearances=(committed("tests/a"),), branches=("main",))
    assert judged(policy, passage(), path="r", origin=both).verdict == Verdict.BLOCK
    assert judged(policy, passage(), path="r", origin=only).verdict == Verdict.ALLOW
    assert verdict(policy, together(pieces=["tests/a", "tests/b"])) == Verdict.ALLOW
    assert verdict(policy, together(pieces=["tests/a", "src/b"])) == Verdict.BLOCK
    author = excepting("{author: ann@example.com}")
    shared = Origin(appearances=(committed("a"), committed("a", "bob@example.com")))
    assert judged(author, passage(), origin=shared).verdict == Verdict.BLOCK


def test_a_file_that_is_excepted_whole_does_not_get_the_default() -> None:
    policy = excepting("{path: /open/**}", default="quarantine")
    assert verdict(policy, path="/open/a") == Verdict.ALLOW
    assert verdict(policy, path="/else/a") == Verdict.QUARANTINE
    assert verdict(policy, passage(), path="/open/a") == Verdict.ALLOW


def test_clocks_go_on_while_a_policy_is_held() -> None:
    now = [datetime(2026, 11, 24, tzinfo=UTC).timestamp()]
    more = "exceptions:\n  - {name: e, when: {class: secret}, owner: A, reason: B, expires: 2026-11-24}\n"
    policy = made(RULES, more, now=lambda: now[0])
    assert verdict(policy, passage()) == Verdict.ALLOW
    now[0] += 86_400
    assert verdict(policy, passage()) == Verdict.BLOCK
