"""The policy: what it refuses to load, and what it decides."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.errors import ConfigError
from dlp.model import Document, Level, PassageFinding, Reason, SetFinding, Skipped, SourceSpan, Span, Subject, Verdict
from dlp.policy.policy import MAX_SIZE, Policy, default_policy, load

SMALLEST = b"version: 1\nlabels: {'*': []}\nskipped: {}\n"


def judged(
    policy: Policy, findings: list[PassageFinding] | list[SetFinding], skipped: list[Skipped]
) -> tuple[Verdict, tuple[str, ...]]:
    decision = policy.decide(Subject("f"), findings, skipped)
    return decision.verdict, decision.reasons


def finding(label: str, evidence: int = 0, share: float = 0.0, name: str = "plan") -> PassageFinding:
    return PassageFinding(
        provenance=("f",),
        document=Document("id", name, label, 1),
        severity=Level.LOW,
        confidence=Level.LOW,
        span=Span(0, 1, 1, 1, ""),
        source_span=SourceSpan(0, 1, ""),
        length=evidence,
        evidence=evidence,
        rarity=evidence,
        similarity=1.0,
        rare_share=1.0,
        document_share=share,
        evidence_share=share,
        excerpt="",
    )


def together(label: str, evidence: int = 0, share: float = 0.0, files: int = 2) -> SetFinding:
    return SetFinding(Document("id", "plan", label, 1), Level.LOW, Level.LOW, evidence, share, files, ())


def skipped(reason: Reason) -> Skipped:
    return Skipped(("f",), reason, "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "Expected `object`, got `null`"),
        (b"- 1\n", "Expected `object`, got `array`"),
        (b"version: 1\nlabels: {'*': []}\n", "missing required field `skipped`"),
        (b"version: 2\nlabels: {'*': []}\nskipped: {}\n", "version 2; this engine reads version 1"),
        (b"version: one\nlabels: {'*': []}\nskipped: {}\n", "own.yaml, line 1: version: Expected `int`, got `str`"),
        (SMALLEST + b"labelz: {}\n", "unknown field `labelz`"),
        (SMALLEST + b"version: 1\n", ", line 4: 'version' is here twice"),
        (b"version: 1\nlabels:\n  a: []\n  a: [{verdict: block}]\nskipped: {}\n", ", line 4: 'a' is here twice"),
        (b"version: 1\nlabels: {}\nskipped: {}\n", "a policy without labels decides nothing"),
        (b"version: 1\nlabels: {a: [{verdict: shout}]}\nskipped: {}\n", "Invalid enum value 'shout'"),
        (b"version: 1\nlabels: {a: [{evidence: 3}]}\nskipped: {}\n", "missing required field `verdict`"),
        (b"version: 1\nlabels: {a: [{verdict: warn, size: 3}]}\nskipped: {}\n", "unknown field `size`"),
        (b"version: 1\nlabels: {a: [{verdict: warn, evidence: -1}]}\nskipped: {}\n", "`rarity` count from 0 on"),
        (b"version: 1\nlabels: {a: [{verdict: warn, evidence: many}]}\nskipped: {}\n", "Expected `int`, got `str`"),
        (b"version: 1\nlabels: {a: [{verdict: warn, share: 80}]}\nskipped: {}\n", "`share` lies from 0 to 1"),
        (b"version: 1\nlabels: {a: [{verdict: warn, share: .nan}]}\nskipped: {}\n", "`share` lies from 0 to 1"),
        (b"version: 1\nlabels: {no: []}\nskipped: {}\n", "Expected `str`, got `bool`"),
        (b"version: 1\nlabels: {a: warn}\nskipped: {}\n", "own.yaml, line 2: labels: Expected `array`, got `str`"),
        (b"version: 1\nlabels: {'*': []}\nskipped: {bored: warn}\n", "there is no reason 'bored'; there are *, "),
        (b"version: 1\nlabels: {'*': []}\nskipped: {'*': 3}\n", "Expected `str`, got `int`"),
        (b"version: [1\n", ", line 2: did not find expected ',' or ']'"),
        (b"version: 1\n\tlabels: {}\n", ", line 2: found a tab character"),
        (b"version: 2026-13-45\n", "not YAML: month must be in 1..12"),
        (b"version: " + b"1" * 5000, "not YAML: Exceeds the limit"),
        (b"\xff\xfe\x00", "not YAML"),
        (b"version: !!python/object/apply:os.system [id]\n", "could not determine a constructor for the tag"),
        (b"a: &a [*a]\n", "unknown field `a`"),
        (b"? [a]\n: b\n", ", line 1: found unhashable key"),
        (b"# " + b"x" * MAX_SIZE, "a policy has at most 1,048,576"),
    ],
)  # fmt: skip
def test_what_is_no_policy_is_refused_with_its_place_and_the_reason(text: bytes, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(text, "own.yaml")
    assert str(caught.value).startswith("own.yaml")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        b"a0: &a0 [x, x]\n" + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (n, n, n - 1, n - 1) for n in range(1, 60)),
        b"version: 1\nskipped: {}\nlabels:\n  l0: &x [" + b"{verdict: warn}, " * 9000 + b"]\n"
        + b"".join(b"  l%d: *x\n" % n for n in range(1, 20_000)),
        b"a0: &a0 {x: 1}\n" + b"".join(b"a%d: &a%d {<<: [*a%d, *a%d]}\n" % (n, n, n - 1, n - 1) for n in range(1, 60)),
        b"[" * 100_000,
    ],
    ids=["billion laughs", "shared steps", "merged keys", "nested"],
)  # fmt: skip
def test_a_policy_that_unfolds_without_end_is_refused_at_once(text: bytes) -> None:
    with pytest.raises(ConfigError):
        load(text, "bomb.yaml")


def test_the_smallest_policy_allows_everything() -> None:
    assert judged(load(SMALLEST, ""), [finding("a", 9999, 1.0)], [skipped(Reason.CRASHED)]) == (Verdict.ALLOW, ())


STEPS = b"""
version: 1
labels:
  secret:
    - {verdict: audit}
    - {verdict: block, evidence: 100, share: 0.5}
    - {verdict: warn, evidence: 50}
    - {verdict: quarantine, share: 0.8}
  "*":
    - {verdict: warn, evidence: 10}
skipped: {encrypted: warn, "*": audit}
"""


@pytest.mark.parametrize(
    ("label", "evidence", "share", "verdict"),
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
        ("other", 9, 1.0, "allow"),
        ("other", 10, 0.0, "warn"),
        ("", 10, 0.0, "warn"),
        ("SECRET", 100, 1.0, "warn"),
    ],
)
def test_a_step_applies_from_its_figures_on(label: str, evidence: int, share: float, verdict: str) -> None:
    assert judged(load(STEPS, ""), [finding(label, evidence, share)], [])[0] == verdict
    assert judged(load(STEPS, ""), [together(label, evidence, share)], [])[0] == verdict


def test_a_label_with_no_steps_of_its_own_is_not_judged_by_those_of_the_others() -> None:
    policy = load(b"version: 1\nlabels: {public: [], '*': [{verdict: block}]}\nskipped: {}\n", "")
    assert judged(policy, [finding("public", 5000, 1.0)], []) == (Verdict.ALLOW, ())


def test_reasons_name_only_what_led_to_the_verdict_and_say_it_once() -> None:
    findings = [finding("secret", 10, name="a"), finding("secret", 60, name="b"), finding("secret", 60, name="b")]
    assert judged(load(STEPS, ""), findings, [skipped(Reason.TIMEOUT), skipped(Reason.ENCRYPTED)]) == (
        Verdict.WARN,
        ("secret document b: 60 symbols (from 50 on)", "not read: encrypted"),
    )


def test_the_reason_for_a_set_names_the_document_how_much_of_it_and_how_many_files() -> None:
    policy = load(STEPS, "")
    assert judged(policy, [together("secret", 60, 0.25, 1200)], []) == (
        Verdict.WARN,
        ("secret document plan: 60 symbols (from 50 on), 25% of it, in 1,200 files together",),
    )
    assert judged(policy, [together("secret", 60, 0.85, 3)], [])[1] == (
        "secret document plan: 60 symbols, 85% of it (from 80% on), in 3 files together",
    )


def test_a_step_by_rarity_applies_to_a_set_whose_passages_were_rare_enough_to_add_up() -> None:
    policy = load(b"version: 1\nlabels: {'*': [{verdict: warn, evidence: 50, rarity: 40}]}\nskipped: {}\n", "")
    assert judged(policy, [finding("a", 39)], [])[0] == judged(policy, [together("a", 49)], [])[0] == Verdict.ALLOW
    assert judged(policy, [finding("a", 50)], []) == (
        Verdict.WARN,
        ("a document plan: 50 symbols (from 50 on), 50 of them rare (from 40 on)",),
    )
    assert judged(policy, [together("a", 50, 0.1)], []) == (
        Verdict.WARN,
        ("a document plan: 50 symbols (from 50 on), 10% of it, in 2 files together",),
    )


def test_what_was_not_read_is_judged_by_its_reason() -> None:
    policy = load(STEPS, "")
    assert judged(policy, [], [skipped(Reason.ENCRYPTED)]) == (Verdict.WARN, ("not read: encrypted",))
    assert judged(policy, [], [skipped(Reason.CORRUPT)]) == (Verdict.AUDIT, ("not read: corrupt",))
    assert judged(policy, [], []) == (Verdict.ALLOW, ())


@dataclass
class Case:
    findings: list[PassageFinding]
    skipped: list[Skipped]


CASES = st.builds(
    Case,
    st.lists(
        st.builds(
            finding,
            st.sampled_from(["trade-secret", "confidential", "internal", "public", "else"]),
            st.integers(0, 2000),
            st.floats(0, 1),
        ),
        max_size=5,
    ),
    st.lists(st.builds(skipped, st.sampled_from(Reason)), max_size=3),
)


@given(CASES)
def test_the_verdict_is_the_strictest_that_any_part_leads_to(case: Case) -> None:
    policy = default_policy()
    alone = [judged(policy, [each], [])[0] for each in case.findings]
    alone += [judged(policy, [], [each])[0] for each in case.skipped]
    verdict, reasons = judged(policy, case.findings, case.skipped)
    assert verdict.rank == max((each.rank for each in alone), default=0)
    assert bool(reasons) == (verdict != Verdict.ALLOW)
    assert judged(policy, case.findings[::-1], case.skipped[::-1])[0] == verdict


@given(CASES, st.integers(0, 3000), st.floats(0, 1))
def test_more_never_leads_to_a_milder_verdict(case: Case, evidence: int, share: float) -> None:
    policy = default_policy()
    before = judged(policy, case.findings, case.skipped)[0].rank
    for label in ("trade-secret", "public"):
        more = [*case.findings, finding(label, evidence, share)]
        assert judged(policy, more, [*case.skipped, skipped(Reason.LIMIT)])[0].rank >= before


@given(st.sampled_from(["trade-secret", "confidential", "internal", "else"]), st.integers(0, 2000), st.floats(0, 0.99))
def test_more_of_a_document_never_leads_to_a_milder_verdict(label: str, evidence: int, share: float) -> None:
    def rank(evidence: int, share: float) -> int:
        return judged(default_policy(), [finding(label, evidence, share)], [])[0].rank

    assert rank(evidence, share) <= rank(evidence + 100, share) <= rank(evidence + 100, share + 0.01)


def test_the_default_policy_notes_whatever_could_not_be_read_but_for_pictures() -> None:
    allowed = {reason for reason in Reason if judged(default_policy(), [], [skipped(reason)])[0] == Verdict.ALLOW}
    assert allowed == {Reason.PICTURE}
