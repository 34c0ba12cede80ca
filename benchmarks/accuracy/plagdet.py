"""PAN's measures of text alignment: precision, recall, granularity and plagdet, by characters.

After Potthast, Stein, Barrón-Cedeño and Rosso, "An Evaluation Framework for Plagiarism Detection" (COLING 2010),
macro-averaged, as the PAN competitions report them:

    r detects s          they are of the same two documents and overlap in both
    precision            mean over detections r of the share of r's characters (both sides) in cases that r detects
    recall               mean over cases s of the share of s's characters (both sides) in detections that detect s
    granularity          mean over detected cases of the number of detections that detect them
    plagdet              F1 of precision and recall / log2(1 + granularity)
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Alignment(NamedTuple):
    """A stretch of a suspicious document, and the stretch of a source that it comes from, or is said to. Characters;
    ends are exclusive. Used for cases (the truth) and for detections."""

    suspicious: str
    source: str
    start: int
    end: int
    source_start: int
    source_end: int

    @property
    def size(self) -> int:
        """Characters on both sides."""
        return self.end - self.start + self.source_end - self.source_start

    def detects(self, other: Alignment) -> bool:
        """Whether both are of the same documents and overlap in both."""
        return (
            (self.suspicious, self.source) == (other.suspicious, other.source)
            and self.start < other.end
            and other.start < self.end
            and self.source_start < other.source_end
            and other.source_start < self.source_end
        )


class Score(NamedTuple):
    """Precision, recall, granularity, plagdet."""

    precision: float
    recall: float
    granularity: float
    plagdet: float


def covered(stretches: Iterable[tuple[int, int]], start: int, end: int) -> int:
    """Characters of [start, end) that lie in any of the stretches."""
    count, reached = 0, start
    for low, high in sorted(stretches):
        low, high = max(low, reached), min(high, end)
        if low < high:
            count += high - low
            reached = high
    return count


def _share(one: Alignment, others: Sequence[Alignment]) -> float:
    """The share of `one`'s characters, both sides together, that the others cover."""
    near = covered(((each.start, each.end) for each in others), one.start, one.end)
    far = covered(((each.source_start, each.source_end) for each in others), one.source_start, one.source_end)
    return (near + far) / one.size


def score(cases: Sequence[Alignment], detections: Sequence[Alignment]) -> Score:
    """Without cases recall is 0, without detections precision is 0, as in PAN's own script."""
    by_pair: dict[tuple[str, str], list[Alignment]] = defaultdict(list)
    for each in detections:
        by_pair[each.suspicious, each.source].append(each)
    true_by_pair: dict[tuple[str, str], list[Alignment]] = defaultdict(list)
    for each in cases:
        true_by_pair[each.suspicious, each.source].append(each)

    recall, hits = 0.0, []
    for case in cases:
        found = [each for each in by_pair[case.suspicious, case.source] if each.detects(case)]
        recall += _share(case, found)
        if found:
            hits.append(len(found))
    precision = 0.0
    for detection in detections:
        true = [each for each in true_by_pair[detection.suspicious, detection.source] if detection.detects(each)]
        precision += _share(detection, true)
    precision = precision / len(detections) if detections else 0.0
    recall = recall / len(cases) if cases else 0.0
    granularity = sum(hits) / len(hits) if hits else 1.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return Score(precision, recall, granularity, f1 / math.log2(1 + granularity))
