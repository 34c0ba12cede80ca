"""What judging costs: microseconds of the CPU for each finding, by the built-in policy, and by 200 rules of two kinds.

`mixed`: as companies have them, each for a class, a rule, a tag, a folder, a channel, a type, a reason. `dense`: the
worst case, where all 200 rules are about the same class, so that each must be asked of every passage of it.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence

from measure import median, show

from dlp.model import (
    LEVELS,
    Document,
    File,
    Finding,
    Level,
    PassageFinding,
    PatternFinding,
    Reason,
    Skipped,
    SourceSpan,
    Span,
    Subject,
    TermFinding,
)
from dlp.policy.policy import Policy, default_policy, load

PLACE = Span(0, 1, 1, 1, "")

CLASSES = ("public", "internal", "confidential", "trade-secret")

TAGS = ("secret", "personal", "marking", "cloud", "payment", "health")

TARGET = "50 or less"


def policy(rules: int, dense: bool, chance: random.Random) -> Policy:
    lines = ["version: 2", "default: allow", "classes:", *(f"  - {{name: {each}}}" for each in CLASSES), "channels:"]
    lines += [f'  - {{name: c{n}, paths: ["/srv/c{n}/**"]}}' for n in range(10)]
    lines.append("rules:")
    for number in range(rules):
        when = _dense(chance) if dense else _mixed(number, chance)
        verdict = chance.choice(("audit", "warn", "quarantine", "block"))
        lines.append(f"  - {{name: r{number}, when: {{{when}}}, verdict: {verdict}, notify: [security]}}")
    lines.append("exceptions:")
    for number in range(20):
        when = f'when: {{document: "drafts/{number}/*"}}'
        lines.append(f"  - {{name: e{number}, {when}, owner: A, reason: B, expires: 2099-12-31}}")
    return load("\n".join(lines).encode(), "benchmark")


def _dense(chance: random.Random) -> str:
    return f"class: confidential, evidence: {chance.randrange(3000)}, rarity: {chance.randrange(100)}, path: '*.doc'"


def _mixed(number: int, chance: random.Random) -> str:
    level = chance.choice(("low", "medium", "high"))
    return (
        f"class: {chance.choice(CLASSES)}, evidence: {chance.randrange(3000)}, rarity: {chance.randrange(100)}",
        f"tag: {chance.choice(TAGS)}, confidence: {level}, severity: {level}",
        f"rule: rule-{number}, count: {chance.randrange(1, 50)}",
        f"class-at-least: confidential, channel: c{number % 10}, share: 0.{chance.randrange(1, 9)}",
        f"kind: pattern, path: '/srv/c{number % 10}/team-{number}/**', severity: {level}",
        f"skipped: {chance.choice(list(Reason))}, size: {{from: {chance.randrange(100)}K}}",
        f"document: 'projects/{number}/**', any: [{{evidence: 60}}, {{type: pdf}}]",
        f"tag: {chance.choice(TAGS)}, with: {{class: trade-secret}}",
    )[number % 8]


def findings(count: int, chance: random.Random) -> list[Finding | Skipped]:
    return [_finding(number, chance) for number in range(count)]


def _finding(number: int, chance: random.Random) -> Finding | Skipped:
    severity, confidence = chance.choice(LEVELS), chance.choice([Level.LOW, Level.MEDIUM, Level.HIGH])
    document = Document("id", f"projects/{chance.randrange(200)}/plan.md", chance.choice(CLASSES), 1)
    kind = chance.randrange(10)
    if kind < 4:
        figures = chance.randrange(3000), chance.randrange(3000), chance.randrange(200)
        shares = 1.0, 1.0, chance.random(), chance.random()
        source = SourceSpan(0, 1, "")
        return PassageFinding(("f",), document, severity, confidence, PLACE, source, *figures, *shares, "")
    if kind < 8:
        rule, tags = f"rule-{chance.randrange(200)}", (chance.choice(TAGS),)
        return PatternFinding(
            ("f",), rule, "Rule", tags, severity, confidence, chance.randrange(1, 60), PLACE, (PLACE,), "x", str(number)
        )
    if kind == 8:
        return TermFinding(("f",), document, severity, confidence, 1, PLACE, (PLACE,), "x", str(number))
    return Skipped(("f",), chance.choice(list(Reason)), "")


def cost(judge: Policy, matters: Sequence[Finding | Skipped], each: int, rounds: int) -> tuple[float, int]:
    """(microseconds for one finding, files that got a verdict): files that have `each` of them."""
    subject = Subject("/srv/c3/team-28/plan.doc", File(50_000, 0, 0, 1, 1, 1000, "pdf"))
    files = []
    for start in range(0, len(matters) - each + 1, each):
        some = matters[start : start + each]
        found = [one for one in some if not isinstance(one, Skipped)]
        files.append((found, [one for one in some if isinstance(one, Skipped)]))
    times, judged = [], 0
    for _ in range(rounds):
        begun = time.process_time()
        judged = sum(judge.decide(subject, found, skipped).verdict.rank > 0 for found, skipped in files)
        times.append((time.process_time() - begun) / (len(files) * each) * 1e6)
    return median(times), judged


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--findings", type=int, default=20_000, help="judged in each round  [%(default)s]")
    parser.add_argument("--rules", type=int, default=200, help="of the policies  [%(default)s]")
    parser.add_argument("--rounds", type=int, default=9, help="[%(default)s]")
    parser.add_argument("--smoke", action="store_true", help="one short round that checks the results")
    given = parser.parse_args()
    if given.smoke:
        given.findings, given.rounds = 200, 1
    chance = random.Random(0)
    matters = findings(given.findings, chance)
    policies = [
        ("built-in policy", default_policy()),
        (f"{given.rules} rules, mixed", policy(given.rules, False, chance)),
        (f"{given.rules} rules, dense", policy(given.rules, True, chance)),
    ]
    rows = []
    for name, judge in policies:
        for each in (1, 100):
            micros, judged = cost(judge, matters, each, given.rounds)
            if not judged:
                sys.exit(f"{name}: no file got a verdict")
            rows.append((f"{name}, {each} findings a file", f"{micros:.1f} us a finding", TARGET))
    show(f"judging, median of {given.rounds} rounds", rows, smoke=given.smoke)


if __name__ == "__main__":
    main()
