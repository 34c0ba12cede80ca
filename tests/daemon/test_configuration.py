"""A configuration says what it must, or where and how it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlp.daemon.configuration import Channel, check_folders, load, of_paths, parse
from dlp.errors import ConfigError, UsageError
from dlp.limits import Limits
from dlp.plain_yaml import duration, size
from dlp.rule.packs import Selection

WHOLE = """\
version: 1
policy: policy.yaml
rules: {also: [mine], disable: [generic]}
state: /var/lib/dlp
jobs: 2
limits: {max_file_size: 2G, seconds: 1m}
reconcile: 10m
window: 30d
drain: 5s
channels:
  - name: partner
    folders: [out, /srv/sync]
    jurisdiction: US
    include: ["*.pdf"]
    settle: 500ms
    actions: [log]
  - name: scratch
    folders: [scratch]
    recursive: false
    policy: other.yaml
"""


def test_a_configuration_is_read_with_paths_of_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "daemon.yaml").write_text(WHOLE)
    read = load(str(tmp_path / "daemon.yaml"), ("log",), {})
    partner, scratch = read.channels
    assert partner.folders == (str(tmp_path / "out"), "/srv/sync")
    assert (partner.jurisdiction, partner.settle, partner.include) == ("US", 0.5, ("*.pdf",))
    assert (scratch.recursive, scratch.policy, scratch.actions) == (False, str(tmp_path / "other.yaml"), ("log",))
    assert read.rules == Selection((str(tmp_path / "mine"),), disable=("generic",))
    assert (read.limits.max_file_size, read.limits.seconds) == (2 << 30, 60.0)
    assert read.limits.max_members == Limits().max_members
    assert (read.reconcile, read.window, read.drain) == (600.0, 30 * 86_400.0, 5.0)
    assert read.state == "/var/lib/dlp"


@pytest.mark.parametrize(
    ("was", "becomes", "line", "said"),
    [
        ("version: 1", "version: 2", 1, "reads version 1"),
        ("jobs: 2", "jbos: 2", 1, "jbos"),
        ("jobs: 2", "jobs: many", 5, "jobs"),
        ("jobs: 2", "jobs: 5000", 5, "from 1 to 1024"),
        ("max_file_size: 2G", "max_file_size: big", 6, "no size"),
        ("reconcile: 10m", "reconcile: soon", 7, "no time"),
        ("reconcile: 10m", "reconcile: 0s", 7, "from 1"),
        ("reconcile: 10m", "reconcile: .nan", 7, "no number"),
        ("name: partner", "name: scratch", 17, "already"),
        ("name: partner", "name: ''", 11, "letters"),
        ("folders: [out, /srv/sync]", "folders: []", 12, "there is none"),
        ('include: ["*.pdf"]', 'include: ["[a"]', 14, "include"),
        ("actions: [log]", "actions: [lgo]", 16, "there are log"),
        ("folders: [scratch]", "folders: [out/scratch]", 17, "hold the same files"),
        ("folders: [scratch]", "folders: [/srv]", 17, "hold the same files"),
        ("folders: [scratch]", "folders: [out]", 17, "hold the same files"),
        ("jurisdiction: US", "jurisdiction: '; rm'", 13, "short name"),
        ("{also: [mine], disable: [generic]}", "{also: [a], only: [b]}", 3, "one of the two"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(was: str, becomes: str, line: int, said: str) -> None:
    assert was in WHOLE
    with pytest.raises(ConfigError) as caught:
        parse(WHOLE.replace(was, becomes).encode(), "daemon.yaml", ("log",), {})
    assert f"daemon.yaml, line {line}:" in str(caught.value)
    assert said in str(caught.value)


def test_folders_of_the_command_line_are_one_channel_without_those_inside_one_another(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    made = of_paths([str(tmp_path / each) for each in ("a/b", "a", "link")])
    assert made.folders == (str(tmp_path / "a"),)
    (tmp_path / "file").touch()
    for path in ("file", "missing"):
        with pytest.raises(UsageError, match="is no folder"):
            of_paths([str(tmp_path / path)])


def test_folders_whose_names_begin_alike_are_apart() -> None:
    check_folders([Channel("one", ("/srv/out",)), Channel("two", ("/srv/out-2",))])


@pytest.mark.parametrize(
    ("text", "seconds"), [("500ms", 0.5), ("2s", 2), ("15m", 900), ("1h", 3600), ("30d", 2_592_000), (3, 3)]
)
def test_times(text: str | float, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "-1s", "1w", "1e9s", "9999999999s", float("inf")])
def test_no_times(text: str | float) -> None:
    with pytest.raises(ValueError, match="no "):
        duration(text)


def test_sizes() -> None:
    assert [size(each) for each in ("0", "10", "2K", "3MiB", "1 G".replace(" ", ""))] == [0, 10, 2048, 3 << 20, 1 << 30]
    with pytest.raises(ValueError, match="is no size"):
        size("9" * 5000)


def test_the_readme_s_example_is_a_configuration() -> None:
    from dlp.daemon.acting import ACTIONS

    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    (example,) = [block for block in readme.split("```yaml\n")[1:] if "\nchannels:\n  - name: partner" in block]
    read = parse(example.split("```")[0].encode(), "/srv/daemon.yaml", tuple(ACTIONS), {})
    assert read.channels[0].folders == ("/srv/outbox", "/srv/sync")
    assert read.incidents == "/srv/incidents"
