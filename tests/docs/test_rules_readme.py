"""rules/README.md names every field, and what it shows is read."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from dlp.model import Level
from dlp.policy.cases import About, Case, Given
from dlp.policy.conditions import CONDITIONS
from dlp.policy.matter import KINDS
from dlp.policy.policy import load as load_policy
from dlp.policy.written import MAX_RULES as MAX_POLICY_RULES
from dlp.policy.written import Channel, Class, Written, WrittenException, WrittenRule
from dlp.rule.foreign import FORMATS, gitleaks, kingfisher, noseyparker
from dlp.rule.loading import MAX_RULES, MOST_WITHIN, RuleFile, load
from dlp.rule.packs import PACKS
from dlp.rule.rule import GENERIC, SECRET, WITHIN, Allow, Least, Rule
from dlp.rule.validators import VALIDATORS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT.joinpath("rules/README.md").read_text("utf-8")


def section(title: str) -> str:
    """From its heading to the next of its rank, or of a higher one."""
    found = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^#{{1,2}} |\Z)", PAGE, re.M | re.S)
    assert found, title
    return re.split(rf"^{found[1]} ", found[2], flags=re.M)[0]


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        (RuleFile, "A file of rules"),
        (Rule, "Fields of a rule"),
        (Least, "Fields of a rule"),
        (Allow, "What is allowed"),
        (Written, "Fields of a policy"),
        (Class, "Fields of a policy"),
        (Channel, "Fields of a policy"),
        (WrittenRule, "Fields of a policy"),
        (WrittenException, "Fields of a policy"),
        (Case, "Cases"),
    ],
)
def test_every_field_is_in_a_table_of_its_section(kind: type[msgspec.Struct], title: str) -> None:
    cells = [line.split("|")[1] for line in section(title).splitlines() if line.startswith("|")]
    for field in kind.__struct_fields__:
        assert any(f"`{field}`" in cell for cell in cells), field


@pytest.mark.parametrize(
    ("kinds", "title"),
    [
        ((gitleaks._Rule, gitleaks._List, gitleaks._Extend), "gitleaks (TOML, version 8)"),
        ((kingfisher._Rule, kingfisher._Requirements), "kingfisher (YAML)"),
        ((noseyparker._Rule,), "Nosey Parker (YAML)"),
    ],
)
def test_every_field_of_other_tools_is_told_of(kinds: tuple[type[msgspec.Struct], ...], title: str) -> None:
    page = section(title).lower()
    for kind in kinds:
        for field in kind.__struct_fields__:
            assert f"`{field}`" in page, field
    assert len(FORMATS) == len(re.findall(r"^### .*(?:TOML|YAML)", PAGE, re.M))


def test_levels_packs_and_figures() -> None:
    for level in Level:
        assert f"| `{level}` |" in section("Severity")
        assert level == Level.CRITICAL or f"| `{level}` |" in section("Confidence")
    for pack in PACKS:
        assert f"| `{pack}/` |" in PAGE
    for text in (f"`{SECRET}`", f"`{GENERIC}`", f"0 to {MOST_WITHIN:,}, {WITHIN} if left out", f"{MAX_RULES:,} rules"):
        assert text in PAGE


def test_the_example_is_a_file_of_rules() -> None:
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", section("A file of rules"), re.M | re.S)
    assert len(load(text.encode(), "README.md").rules) == 1


def test_the_example_is_a_policy() -> None:
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", section("Fields of a policy"), re.M | re.S)
    policy = load_policy(text.encode(), "README.md")
    assert [each.name for each in policy.rules] == ["formula-leaves", "locked"]


def test_every_field_of_what_a_case_gives_is_told_of() -> None:
    for field in (*Given.__struct_fields__, *About.__struct_fields__):
        assert f"`{field}`" in section("Cases"), field


def test_every_condition_of_a_policy_is_in_the_table_and_no_other() -> None:
    cells = [line.split("|")[1] for line in section("Conditions").splitlines() if line.startswith("| `")]
    assert sorted(re.findall(r"`([\w-]+)`", " ".join(cells))) == sorted([*CONDITIONS, "all", "any", "not", "with"])
    for kind in KINDS:
        assert f"`{kind}`" in section("Conditions")
    assert f"at most {MAX_POLICY_RULES:,}" in section("Fields of a policy")


def test_all_validators_are_listed() -> None:
    """The mend: `python .ci/list_validators.py --write`."""
    listed = re.findall(r"^\| `([\w-]+)` \|", section("Validators"), re.M)
    assert sorted(listed) == sorted(VALIDATORS)
