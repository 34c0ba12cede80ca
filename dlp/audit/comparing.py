"""What changed since an earlier audit."""

from __future__ import annotations

from dlp.audit.shape import MOST_LISTED, Audit, Changes, Registered


def changes(
    before: Audit,
    index: dict[str, str],
    left_out: int,
    paths: list[str],
    registered: Registered | None,
    *,
    complete: bool,
) -> Changes:
    """`index`, `left_out`, `paths`, `complete`: of this audit."""
    new = [path for path in index if path not in before.index]
    gone = [path for path in before.index if path not in index]
    both = [path for path in index if path in before.index]
    changed = [path for path in both if index[path] != before.index[path]]
    return Changes(
        since=before.id,
        made=before.made,
        new=len(new),
        gone=len(gone),
        changed=len(changed),
        same=len(both) - len(changed),
        new_files=[f"{path}: {_verdict(index[path])}" for path in new[:MOST_LISTED]],
        gone_files=[f"{path}: was {_verdict(before.index[path])}" for path in gone[:MOST_LISTED]],
        changed_files=[_changed(path, before.index[path], index[path]) for path in changed[:MOST_LISTED]],
        registered=_registered(before.registered, registered),
        comparable=(
            set(paths) == set(before.scanned.paths)
            and complete
            and before.scanned.complete
            and not left_out
            and not before.index_left_out
        ),
    )


def _verdict(entry: str) -> str:
    return entry.partition(" ")[0]


def _changed(path: str, before: str, now: str) -> str:
    was, is_now = _verdict(before), _verdict(now)
    return f"{path}: {was} before, {is_now} now" if was != is_now else f"{path}: {is_now} as before, other content"


def _registered(before: Registered | None, now: Registered | None) -> dict[str, int]:
    counts: dict[str, int] = {}
    for sign, each in ((-1, before), (1, now)):
        for one in each.classes if each else ():
            counts[one.name] = counts.get(one.name, 0) + sign * one.documents
    return {name: count for name, count in counts.items() if count}
