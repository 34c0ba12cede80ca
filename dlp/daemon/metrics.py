"""What the daemon is at, for Prometheus: its text format, version 0.0.4. No path, no name of a file or of a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Final

from dlp.daemon.state import BOUNDS, State

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

Samples = Iterable[tuple[Mapping[str, str], float]]


def text(state: State, now: float) -> str:
    """`now`: seconds since 1970."""
    return "".join(f"{line}\n" for line in _lines(state, now))


def _lines(state: State, now: float) -> Iterator[str]:
    yield from _one("dlp_up_seconds", "gauge", "Since the daemon was started.", now - state.started)
    yield from _one("dlp_healthy", "gauge", "1 while the daemon really watches and nothing is wrong.", state.healthy)
    yield from _one("dlp_problems", "gauge", "Things that are wrong; dlp status names them.", len(state.problems))
    folders = [({"channel": each.channel}, not each.problem) for each in state.channels]
    yield from _family(
        "dlp_channel_folders", "gauge", "Folders that are guarded.", _counted(labels for labels, _ in folders)
    )
    yield from _family(
        "dlp_channel_folders_there", "gauge", "Those that are there and can be read.", _summed(folders)
    )
    yield from _one("dlp_queue_files", "gauge", "Files that wait or are being read.", state.queue)
    yield from _one("dlp_queue_oldest_seconds", "gauge", "Since the file came in that waits longest.", state.oldest)
    yield from _one("dlp_settling_files", "gauge", "Files that are not whole yet.", state.settling)
    yield from _one("dlp_reading_files", "gauge", "Files that are being read.", state.reading)
    yield from _one("dlp_held_files", "gauge", "Files out of their place until their verdict is in.", state.held)
    yield from _one("dlp_known_files", "gauge", "Files whose verdict is remembered.", state.known)
    yield from _family("dlp_verdicts_total", "counter", "Verdicts.", _by("verdict", state.verdicts))
    yield from _one("dlp_files_unread_total", "counter", "Files that were not read whole.", state.unread)
    yield from _family("dlp_skipped_total", "counter", "What was not read, by reason.", _by("reason", state.skipped))
    yield from _histogram("dlp_latency_seconds", "From the last hint of a file to its verdict.", state)
    yield from _one("dlp_overflows_total", "counter", "Times that hints were lost.", state.overflows)
    yield from _one("dlp_watches", "gauge", "Folders that are watched.", state.watches)
    yield from _one("dlp_watches_limit", "gauge", "Watches that the system allows; 0: not known.", state.watch_limit)
    yield from _one("dlp_unwatched_folders", "gauge", "Folders that no hints come from.", state.unwatched)
    yield from _one("dlp_comparing", "gauge", "1 while all files are compared with what was judged.", state.comparing)
    if last := state.comparison:
        yield from _one("dlp_comparison_timestamp_seconds", "gauge", "When the last comparison ended.", last.ended)
        yield from _one("dlp_comparison_duration_seconds", "gauge", "That it took.", last.seconds)
        yield from _one("dlp_comparison_files", "gauge", "Files that it saw.", last.files)
        yield from _one("dlp_comparison_found_files", "gauge", "Those that were to be judged.", last.found)
    yield from _one("dlp_reloads_total", "counter", "Changes that were taken up.", state.reloads)
    yield from _one("dlp_reload_refused", "gauge", "1 where the last change was refused.", bool(state.refused))
    yield from _one("dlp_generation", "gauge", "Of what files are judged by.", state.generation)
    yield from _one("dlp_worker_failures_total", "counter", "Times that reading a file failed.", state.failures)
    yield from _one("dlp_defects_total", "counter", "Defects of dlp that came up.", state.defects)
    if (backlog := state.notifications) is not None:
        yield from _one("dlp_notifications_waiting", "gauge", "Notifications that wait to be sent.", backlog.waiting)
        yield from _one("dlp_notifications_dead", "gauge", "Those that were given up.", backlog.dead)
        yield from _one("dlp_notifications_oldest_seconds", "gauge", "Of the one that waits longest.", backlog.oldest)


def _one(name: str, kind: str, told: str, value: float) -> Iterator[str]:
    yield from _family(name, kind, told, [({}, value)])


def _family(name: str, kind: str, told: str, samples: Samples) -> Iterator[str]:
    yield f"# HELP {name} {told}"
    yield f"# TYPE {name} {kind}"
    for labels, value in samples:
        yield _sample(name, labels, value)


def _histogram(name: str, told: str, state: State) -> Iterator[str]:
    yield from _family(name, "histogram", told, ())
    totals = list(accumulate(state.latencies))
    for bound, total in zip((*map(repr, BOUNDS), "+Inf"), totals, strict=True):
        yield _sample(f"{name}_bucket", {"le": bound}, total)
    yield _sample(f"{name}_sum", {}, state.latency_sum)
    yield _sample(f"{name}_count", {}, totals[-1])


def _sample(name: str, labels: Mapping[str, str], value: float) -> str:
    inside = ",".join(f'{key}="{_escaped(each)}"' for key, each in labels.items())
    return f"{name}{{{inside}}} {_number(value)}" if inside else f"{name} {_number(value)}"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(round(value, 6))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _by(label: str, counts: Mapping[str, int]) -> Samples:
    return [({label: key}, count) for key, count in counts.items()]


def _counted(each: Iterable[Mapping[str, str]]) -> Samples:
    return _summed((labels, True) for labels in each)


def _summed(samples: Iterable[tuple[Mapping[str, str], bool]]) -> Samples:
    """One for each set of labels."""
    totals: dict[tuple[tuple[str, str], ...], int] = {}
    for labels, true in samples:
        key = tuple(labels.items())
        totals[key] = totals.get(key, 0) + true
    return [(dict(key), total) for key, total in totals.items()]
