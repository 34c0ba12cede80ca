"""What stands beside a scan: what is registered, the policy, incidents, quarantine; as an audit tells it."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Mapping

from dlp import __version__
from dlp.audit import shape
from dlp.audit.shape import MOST_LISTED
from dlp.fingerprint import KERNEL
from dlp.incident import incidents, keys
from dlp.incident.folder import Folder
from dlp.incident.incidents import CLOSED, Incident, State
from dlp.incident.listing import counted
from dlp.incident.notify.queue import backlog
from dlp.incident.quarantine import records
from dlp.incident.verifying import verify
from dlp.policy.policy import Policy
from dlp.registry.records import Registered
from dlp.registry.store import Store
from dlp.report.escape import encodable
from dlp.scan.confining import held_here

SOON = 30
"""Days before an exception ends in which it is said to expire soon."""

DAY = 86_400


def engine(rules: str) -> shape.Engine:
    return shape.Engine(__version__, KERNEL, rules, str(held_here()))


def policy(judge: Policy, used: Mapping[str, int], now: float) -> shape.Policy:
    """`used`: files that each exception covered something of."""
    waivers = [
        shape.Waiver(
            encodable(each.name),
            encodable(each.owner),
            encodable(each.reason),
            each.expires.isoformat(),
            _state(each.days_left(now)),
            used.get(each.name, 0),
        )
        for each in judge.exceptions
    ]
    rules = [
        shape.Rule(encodable(each.name), each.verdict.value, [*map(encodable, each.notify)]) for each in judge.rules
    ]
    return shape.Policy(encodable(judge.where), judge.digest, judge.default.value, rules, waivers)


def _state(left: int) -> str:
    return "expired" if left < 0 else "expires soon" if left <= SOON else "in force"


def registered(store: Store, judge: Policy) -> shape.Registered:
    """Of every class of the policy, and of labels that it does not know."""
    documents = [each for each in store.documents.values() if not each.background]
    labels: dict[str, list[Registered]] = {each.name: [] for each in judge.classes}
    for document in documents:
        labels.setdefault(document.label, []).append(document)
    known = {each.name: each for each in judge.classes}
    made = []
    for name, ours in labels.items():
        latest: dict[str, Registered] = {}
        for each in ours:
            if each.id not in latest or each.version > latest[each.id].version:
                latest[each.id] = each
        owners = Counter(encodable(each.owner) for each in latest.values())
        times = [each.registered for each in latest.values()]
        of = known.get(name)
        made.append(
            shape.Class(
                name=encodable(name),
                owner=encodable(of.owner) if of else "",
                handling=encodable(of.handling) if of else "",
                known=of is not None,
                documents=len(latest),
                versions=len(ours),
                terms=sum(each.terms for each in latest.values()),
                owners=dict(owners.most_common(MOST_LISTED)),
                oldest=min(times, default=0),
                newest=max(times, default=0),
            )
        )
    state = store.state
    background = len(store.documents) - len(documents)
    return shape.Registered(
        encodable(store.folder), f"{state.store_id} generation {state.generation}", made, background
    )


def of_incidents(folder: Folder, since: float) -> shape.Incidents:
    """`since`: seconds since 1970 that closed ones are counted from. Raises IncidentsError."""
    key = folder.public()
    checked = verify(folder.database, folder.evidence, key, keys.public_pem(key))
    states = counted(folder.database)
    open_ones = _open(folder)
    oldest = min((each.first for each in open_ones), default=None)
    now = time.time()
    return shape.Incidents(
        folder=encodable(folder.path),
        states={each.value: states.get(each.value, 0) for each in State},
        open=open_ones[:MOST_LISTED],
        oldest_days=round((now - oldest) / DAY, 2) if oldest is not None else 0.0,
        days_to_close=_days_to_close(folder, since),
        entries=checked.entries,
        head=checked.hash,
        faults=[f"entry {each.number}: {each.problem}" if each.number else each.problem for each in checked.faults],
        waiting=backlog(folder.database),
    )


def _open(folder: Folder) -> list[shape.OpenIncident]:
    """The gravest and oldest first."""
    order = "CASE verdict WHEN 'block' THEN 0 WHEN 'quarantine' THEN 1 ELSE 2 END, first"
    query = f"SELECT {incidents.COLUMNS} FROM incidents WHERE state IN (?, ?) ORDER BY {order} LIMIT ?"
    values = State.OPEN.value, State.REVIEWED.value, MOST_LISTED
    rows = [Incident(*row) for row in folder.database.execute(query, values)]
    return [
        shape.OpenIncident(
            each.id, each.state, each.verdict, each.severity, each.first // 1_000_000, each.path, each.title
        )
        for each in rows
    ]


def _days_to_close(folder: Folder, since: float) -> float | None:
    """From when it was first seen to the last that was said of it."""
    states = ", ".join(f"'{each.value}'" for each in CLOSED)
    query = (
        f"SELECT log.time - first FROM incidents JOIN log ON log.number = entry WHERE state IN ({states}) "
        "AND log.time >= ? ORDER BY log.time DESC LIMIT 10000"
    )
    spans = [max(0, span) for (span,) in folder.database.execute(query, (int(since * 1_000_000),))]
    return round(statistics.median(spans) / 1_000_000 / DAY, 2) if spans else None


def quarantine(folder: Folder) -> shape.Quarantine:
    """Raises IncidentsError."""
    with folder.database.reading() as db:
        every = records.listed(db)
        kept = records.kept_bytes(db)
    held = [each for each in every if each.state not in records.ENDED]
    return shape.Quarantine(
        states=dict(Counter(each.state.value for each in every)),
        bytes=kept,
        held=[
            shape.Held(
                each.id,
                each.path.decode("utf-8", "backslashreplace"),
                each.taken // 1_000_000,
                each.size,
                each.incident,
            )
            for each in held[:MOST_LISTED]
        ],
        left_out=max(0, len(held) - MOST_LISTED),
    )
