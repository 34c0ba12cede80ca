"""An audit as sections of text and tables: what its page and its Markdown have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from dlp.audit.shape import Audit, Signature, Where
from dlp.model import VERDICTS
from dlp.report.figures import counted, duration, moment, size


class Table(msgspec.Struct, frozen=True):
    """`rows` have a cell for each of `heads`. `marked`: the column whose cells are verdicts or weights, or -1; `more`:
    rows that are left out."""

    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    marked: int = -1
    more: int = 0


class Section(msgspec.Struct, frozen=True):
    title: str
    words: list[str]
    tables: list[Table]


def title(audit: Audit) -> str:
    return f"Audit of {moment(audit.made)[:10]}"


def facts(audit: Audit, signature: Signature | None) -> list[tuple[str, str]]:
    """What stands at the head of the paper."""
    scanned = audit.scanned
    rows = [
        ("Made", f"{moment(audit.made)} by {audit.user} on {audit.host}"),
        ("Scanned", ", ".join(scanned.paths)),
        ("Amount", f"{counted(scanned.files, 'file')}, {size(scanned.bytes)}, in {duration(scanned.seconds)}"),
        ("Came to its end", "yes" if scanned.complete else "no: there is more that was not looked at"),
        ("Policy", f"{audit.policy.name}, SHA-256 {audit.policy.digest[:16]}…"),
        (
            "Engine",
            f"dlp {audit.engine.version}, kernel {audit.engine.kernel}, rules {audit.engine.rules or 'not used'}, "
            f"readers confined by {audit.engine.confinement}",
        ),
        ("Audit", audit.id),
    ]
    if signature:
        rows.append(("Signed", f"SHA-256 {signature.sha256}, entry {signature.entry:,} of the log of incidents"))
    else:
        rows.append(("Signed", "no: there is no log of incidents"))
    return rows


def sections(audit: Audit) -> Iterator[Section]:
    yield _summary(audit)
    yield _registered(audit)
    yield _found(audit)
    yield _changes(audit)
    yield _unread(audit)
    yield _policy(audit)
    yield _incidents(audit)
    yield _quarantine(audit)


def _summary(audit: Audit) -> Section:
    stopped = audit.scanned.verdicts.get("block", 0) + audit.scanned.verdicts.get("quarantine", 0)
    warned = audit.scanned.verdicts.get("warn", 0)
    unread = audit.unread.partial + audit.unread.unscannable
    documents = sum(each.documents for each in audit.registered.classes) if audit.registered else 0
    words = [
        f"{counted(documents, 'document')} registered. {counted(audit.scanned.files, 'file')} looked at: {stopped:,} "
        f"to be blocked or quarantined, {warned:,} to be warned of, {unread:,} not read whole."
    ]
    if audit.incidents:
        states = audit.incidents.states
        words.append(
            f"{counted(states.get('open', 0), 'incident')} open, {states.get('reviewed', 0):,} reviewed, "
            f"{states.get('resolved', 0) + states.get('false-positive', 0):,} closed. The log has "
            f"{counted(audit.incidents.entries, 'entry', 'entries')} and is "
            f"{'NOT what was written' if audit.incidents.faults else 'what was written: chain and signatures hold'}."
        )
    rows = [(each.weight, each.what, each.mend) for each in audit.concerns]
    table = Table(("weight", "what", "what to do"), rows, 0)
    return Section("In short", words if rows else [*words, "There is nothing to see to."], [table] if rows else [])


def _registered(audit: Audit) -> Section:
    if audit.registered is None:
        return Section("Registered", ["There is no store: nothing is registered."], [])
    rows = [
        (
            each.name if each.known else f"{each.name} (not in the policy)",
            each.owner or ", ".join(name or "(no owner)" for name in list(each.owners)[:5]),
            f"{each.documents:,}",
            f"{each.versions:,}",
            f"{each.terms:,}",
            moment(each.newest)[:10] if each.newest else "",
            each.handling,
        )
        for each in audit.registered.classes
    ]
    words = [f"Store {audit.registered.store}; {counted(audit.registered.background, 'document')} of background."]
    heads = ("class", "owner", "documents", "versions", "terms", "newest", "handling")
    return Section("Registered", words, [Table(heads, rows)])


def _found(audit: Audit) -> Section:
    found = audit.found
    files = Table(
        ("verdict", "file", "why", "incident"),
        [(each.verdict, each.path, "; ".join(each.reasons), each.incident) for each in found.files],
        0,
        found.left_out.get("files", 0),
    )
    by = Table(
        ("what", "kind", "class or tags", "severity", "files", "warned of", "count"),
        [
            (
                each.name,
                each.kind,
                ", ".join(each.groups),
                each.severity,
                f"{each.files:,}",
                f"{each.graver:,}",
                f"{each.count:,}",
            )
            for each in found.by
        ],
        -1,
        found.left_out.get("by", 0),
    )
    tables = [
        each
        for each in (
            files,
            by,
            _where("folder", found.where, found.left_out.get("where", 0)),
            _where("channel", found.channels, found.left_out.get("channels", 0)),
        )
        if each.rows
    ]
    verdicts = ", ".join(f"{audit.scanned.verdicts.get(each.value, 0):,} {each.value}" for each in reversed(VERDICTS))
    return Section("Found", [f"Verdicts: {verdicts}. {counted(audit.scanned.findings, 'finding')}."], tables)


def _where(name: str, rows: list[Where], more: int) -> Table:
    verdicts = [each.value for each in reversed(VERDICTS) if each.rank]
    cells = [(each.name, *(f"{each.verdicts.get(one, 0):,}" for one in verdicts), f"{each.unread:,}") for each in rows]
    return Table((name, *verdicts, "not read whole"), cells, -1, more)


def _changes(audit: Audit) -> Section:
    changes = audit.changes
    if changes is None:
        return Section("Since the last audit", ["There is none to compare with."], [])
    words = [
        f"Beside the audit {changes.since} of {moment(changes.made)[:10]}, files of warn or stricter: {changes.new:,} "
        f"new, {changes.gone:,} gone, {changes.changed:,} changed, {changes.same:,} as they were."
    ]
    if not changes.comparable:
        words.append("The two did not look at the same, or not at all of it: what is gone may only not have been seen.")
    if changes.registered:
        more = ", ".join(f"{name} {count:+,}" for name, count in changes.registered.items())
        words.append(f"Documents registered: {more}.")
    rows = [
        (kind, each)
        for kind, files in (
            ("new", changes.new_files),
            ("gone", changes.gone_files),
            ("changed", changes.changed_files),
        )
        for each in files
    ]
    more_rows = changes.new + changes.gone + changes.changed - len(rows)
    return Section("Since the last audit", words, [Table(("what", "file"), rows, -1, more_rows)] if rows else [])


def _unread(audit: Audit) -> Section:
    unread = audit.unread
    if not unread.partial + unread.unscannable:
        return Section("Not read", ["Everything was read whole."], [])
    reasons = Table(("reason", "parts"), [(name, f"{count:,}") for name, count in unread.reasons.items()])
    files = Table(
        ("coverage", "file", "why"),
        [(each.coverage, each.path, "; ".join(each.reasons)) for each in unread.files],
        -1,
        unread.left_out,
    )
    words = [f"{counted(unread.partial, 'file')} read in part, {unread.unscannable:,} not at all."]
    return Section("Not read", words, [reasons, files])


def _policy(audit: Audit) -> Section:
    policy = audit.policy
    rules = Table(
        ("rule", "verdict", "told"), [(each.name, each.verdict, ", ".join(each.notify)) for each in policy.rules], 1
    )
    waivers = Table(
        ("exception", "owner", "reason", "expires", "state", "covered"),
        [
            (each.name, each.owner, each.reason, each.expires, each.state, counted(each.used, "file"))
            for each in policy.exceptions
        ],
    )
    words = [f"{policy.name}, SHA-256 {policy.digest}; where no rule applies: {policy.default}."]
    if not waivers.rows:
        words.append("There are no exceptions.")
    return Section("Policy", words, [each for each in (waivers, rules) if each.rows])


def _incidents(audit: Audit) -> Section:
    kept = audit.incidents
    if kept is None:
        return Section("Incidents", ["There is no log of incidents: no evidence is kept."], [])
    states = ", ".join(f"{count:,} {name}" for name, count in kept.states.items())
    words = [f"{states}.", f"The log ends at entry {kept.entries:,} with {kept.head}."]
    if kept.days_to_close is not None:
        words.append(f"Half of those closed were so within {kept.days_to_close:g} days.")
    words += [f"The log is not what was written: {each}." for each in kept.faults]
    rows = [(each.verdict, each.id, each.state, moment(each.first)[:10], each.path, each.title) for each in kept.open]
    listed = kept.states.get("open", 0) + kept.states.get("reviewed", 0)
    table = Table(("verdict", "incident", "state", "since", "file", "why"), rows, 0, max(0, listed - len(rows)))
    return Section("Incidents", words, [table] if rows else [])


def _quarantine(audit: Audit) -> Section:
    kept = audit.quarantine
    if kept is None or not kept.states:
        return Section("Quarantine", ["It is empty."], [])
    words = [f"{_states(kept.states)}; {size(kept.bytes)} sealed."]
    rows = [(each.id, each.path, moment(each.taken)[:10], size(each.size), each.incident) for each in kept.held]
    table = Table(("id", "file", "taken", "size", "incident"), rows, -1, kept.left_out)
    return Section("Quarantine", words, [table] if rows else [])


def _states(states: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in states.items())
