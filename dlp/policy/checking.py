"""What is not wrong with a policy and yet not right: exceptions that expire, rules that are never asked, gaps."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from dlp.model import Verdict
from dlp.policy import possible
from dlp.policy.matter import FINDINGS, clock
from dlp.policy.nodes import kinds, leaves
from dlp.policy.policy import Policy
from dlp.policy.users import number_of

SOON = 30
"""Days before an exception expires, from which on it is told."""

LONG = 2 * 366
"""Days that an exception may have left before it is told that it hardly expires at all."""


class Remark(msgspec.Struct, frozen=True):
    """`line`: of the policy's file; `grave`: somebody has to do something."""

    line: int
    text: str
    grave: bool


def check(policy: Policy, soon: int = SOON) -> list[Remark]:
    """In the order of the file."""
    remarks = [*_exceptions(policy, soon), *_unreachable(policy), *_strangers(policy), *_gaps(policy)]
    return sorted(remarks, key=lambda each: each.line)


def _exceptions(policy: Policy, soon: int) -> Iterator[Remark]:
    now = clock()
    for each in policy.exceptions:
        left = each.days_left(now)
        told = f"the exception {each.name}, of {each.owner},"
        if left < 0:
            yield Remark(each.line, f"{told} expired on {each.expires}; renew it or take it out", True)
        elif left <= soon:
            yield Remark(each.line, f"{told} expires on {each.expires}, in {left} days", False)
        elif left > LONG:
            yield Remark(each.line, f"{told} holds until {each.expires}; ask again sooner", False)


def _unreachable(policy: Policy) -> Iterator[Remark]:
    rules = [(each.name, each.when, each.stop) for each in policy.rules]
    for at, name in possible.unreachable(rules):
        rule = policy.rules[at]
        yield Remark(rule.line, f"the rule {rule.name} is never asked: {name} stops the search before it", True)
    for waiver in policy.exceptions:
        if possible.bare(waiver.when):
            text = f"the exception {waiver.name} says nothing of what was found: it takes whole files out of account"
            yield Remark(waiver.line, text, False)


def _strangers(policy: Policy) -> Iterator[Remark]:
    named = [(each.line, each.name, each.when) for each in policy.rules]
    named += [(each.line, each.name, each.when) for each in policy.exceptions]
    for line, name, node in named:
        for leaf in leaves(node):
            listed = leaf.written if isinstance(leaf.written, list) else [leaf.written]
            for user in listed if leaf.name == "owner" else ():
                if number_of(user) is None:
                    yield Remark(line, f"{name}: there is no user {user} on this machine", False)


def _gaps(policy: Policy) -> Iterator[Remark]:
    if policy.default != Verdict.ALLOW:
        return
    for each in policy.classes[1:]:
        if not policy.judges(each.name):
            yield Remark(1, f"no rule speaks of passages of the class {each.name}: they are allowed", False)
    spoken = frozenset[str]().union(*(kinds(each.when) for each in policy.rules if each.verdict != Verdict.ALLOW))
    if "skipped" not in spoken:
        yield Remark(1, "no rule speaks of what was not read: it is allowed, unseen", False)
    if not FINDINGS & spoken:
        yield Remark(1, "no rule speaks of anything that is found", False)
