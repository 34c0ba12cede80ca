"""What somebody should see to, in words: drawn from an audit's own figures."""

from __future__ import annotations

from collections.abc import Iterator

from dlp.audit.shape import Audit, Concern
from dlp.report.figures import counted

OLD = 14
"""Days after which an open incident is old."""


def concerns(audit: Audit) -> list[Concern]:
    """The weightiest first."""
    order = ("high", "medium", "low")
    made = [*_found(audit), *_registry(audit), *_policy(audit), *_incidents(audit)]
    return sorted(made, key=lambda each: order.index(each.weight))


def _found(audit: Audit) -> Iterator[Concern]:
    verdicts = audit.scanned.verdicts
    stopped = verdicts.get("block", 0) + verdicts.get("quarantine", 0)
    if stopped:
        yield Concern(
            "high",
            f"{counted(stopped, 'file')} to be blocked or quarantined where {_it(stopped)} should not be",
            "look at each; take out what must not leave: dlp scan --act",
        )
    if not audit.scanned.complete:
        yield Concern("high", "the scan did not come to its end: what is not counted was not looked at", "run it again")
    unread = audit.unread.partial + audit.unread.unscannable
    if unread:
        weight = "medium" if audit.unread.unscannable else "low"
        yield Concern(
            weight,
            f"{counted(unread, 'file')} not read whole, {audit.unread.unscannable:,} of them not at all",
            "see the reasons; a class of files that cannot be read should be none that may leave",
        )
    if audit.scanned.allowed:
        yield Concern(
            "low",
            f"{counted(audit.scanned.allowed, 'match', 'matches')} allowed by comments or lists",
            "see which: dlp scan --explain",
        )


def _it(count: int) -> str:
    return "it" if count == 1 else "they"


def _registry(audit: Audit) -> Iterator[Concern]:
    if audit.registered is None:
        yield Concern(
            "high", "nothing is registered: only what rules describe was looked for", "dlp init; dlp register"
        )
        return
    if not any(each.documents for each in audit.registered.classes):
        yield Concern("high", "the store holds no document", "dlp register")
    for each in audit.registered.classes:
        if each.documents and not each.known:
            yield Concern(
                "medium",
                f"{counted(each.documents, 'document')} of the class {each.name!r}, which the policy does not know",
                "add the class to the policy, or register them anew",
            )
        if each.documents and each.known and not each.owner and "" in each.owners:
            yield Concern(
                "medium",
                f"{counted(each.owners[''], 'document')} of the class {each.name!r} without an owner",
                "name one in the policy, or register with --owner",
            )
        if each.documents and each.known and not each.handling:
            yield Concern("low", f"the class {each.name!r} has no handling rules", "write them into the policy")


def _policy(audit: Audit) -> Iterator[Concern]:
    for each in audit.policy.exceptions:
        if each.state == "expired":
            yield Concern(
                "medium",
                f"the exception {each.name!r} of {each.owner} expired on {each.expires}",
                "renew it, or take it out of the policy",
            )
        elif each.state == "expires soon":
            yield Concern(
                "low",
                f"the exception {each.name!r} of {each.owner} expires on {each.expires}",
                "ask whether it is still needed",
            )
        elif not each.used:
            yield Concern(
                "low",
                f"the exception {each.name!r} of {each.owner} covered nothing that was scanned",
                "ask whether it is still needed",
            )


def _incidents(audit: Audit) -> Iterator[Concern]:
    kept = audit.incidents
    if kept is None:
        yield Concern(
            "high",
            "there is no log of incidents: no evidence is kept, and this audit is not signed",
            "dlp incidents init",
        )
        return
    if kept.faults:
        yield Concern("high", f"the log of incidents is not what was written: {kept.faults[0]}", "dlp incidents verify")
    if kept.states.get("open") and kept.oldest_days > OLD:
        yield Concern(
            "medium",
            f"{counted(kept.states['open'], 'incident')} open, the oldest for {kept.oldest_days:.0f} days",
            "dlp incidents list --state open",
        )
    dead = kept.waiting.get("dead", 0)
    if dead:
        yield Concern("medium", f"{counted(dead, 'notification')} that reached nobody", "dlp incidents notify --list")
