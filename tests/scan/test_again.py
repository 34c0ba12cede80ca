"""What stands in more than one reading of a file is told once."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlp.limits import Limits
from dlp.model import Level, PatternFinding
from dlp.policy.policy import default_policy
from dlp.scan.pipeline import Pipeline
from dlp.source.seam import Item

from ..match.patterns import matcher, rule

COUNTING = rule(r"\b\w+@example\.com\b", counts={5: Level.HIGH})
ADDRESSES = " ".join(f"name{number}@example.com" for number in range(4))


@pytest.mark.parametrize(
    ("escaped", "counts"),
    [
        ("%67%68%70", [4]),  # another reading, of the same addresses
        ("late%40example.com", [4, 5]),  # and of one more
    ],
)
@pytest.mark.parametrize("filling", [0, 2000], ids=["short", "long"])
def test_a_rule_that_counts_is_told_again_only_with_more(
    tmp_path: Path, escaped: str, counts: list[int], filling: int
) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"{ADDRESSES}\n" + "plain words\n" * filling + f"{ADDRESSES} {escaped}\n")
    pipeline = Pipeline([matcher([COUNTING])], default_policy, Limits())
    found = pipeline.scan(Item(bytes(path), "a.txt", "a.txt", path.stat().st_size)).findings
    assert [each.count for each in found if isinstance(each, PatternFinding)] == counts
    assert not any(each.values for each in found if isinstance(each, PatternFinding))
