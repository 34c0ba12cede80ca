"""Whatever stands in a file of rules: rules, or an error that names the file; soon, and never anything else."""

from __future__ import annotations

import json
import time

import pytest

from dlp.errors import ConfigError
from dlp.match.compiling import compile_rules
from dlp.match.engines import kinds
from dlp.rule.foreign.toml import MAX_PARTS
from dlp.rule.loading import RuleFile
from dlp.rule.packs import Rules, Written, loaded

TOML = "[[rules]]\nid = 'a'\nregex = '''abc[0-9]{5}'''\n"
YAML = "rules:\n- name: n\n  id: kingfisher.a.1\n  pattern: 'abc[0-9]{5}'\n"
MANY = 1_500_000

AS_TOML = [
    "1", "-1", "1.5", "true", "'x'", "''", "[]", "[1]", "[[1]]", "['']", "{}", "[{}]", "{a={b={c=1}}}", "1979-05-27",
    "07:32:00", "nan", "inf", "-inf", "9" * 30, '"\\u0000"', "['(', '[b-a]', '\\pL']", "[{id=1}]",
]  # fmt: skip
AS_YAML = [
    "1", "-1", "1.5", "true", "x", "''", "null", "[]", "[1]", "[[1]]", "{}", "[{}]", "1979-05-27", ".nan", ".inf",
    "9" * 30, "!!python/object:os.system x", "&a [*a]", "!!binary aGVsbG8=", "!!set {a}", "{? [1] : 2}",
    '"\\0"', "2001-99-99",
    "0x_",
]  # fmt: skip


def read(text: bytes, where: str) -> str:
    """What is wrong; empty where nothing is."""
    begun = time.monotonic()
    try:
        loaded(Written(where, text, False))
    except ConfigError as error:
        problem = str(error)
    else:
        problem = ""
    assert time.monotonic() - begun < 20
    assert not problem or where in problem
    return problem


@pytest.mark.parametrize(
    "field",
    ["id", "description", "regex", "path", "secretGroup", "entropy", "keywords", "tags", "allowlist", "allowlists",
     "required", "skipReport", "bogus"],
)  # fmt: skip
def test_any_type_for_any_field_of_a_rule_of_gitleaks(field: str) -> None:
    kept = "".join(f"{line}\n" for line in TOML.splitlines() if not line.startswith(field))
    for value in AS_TOML:
        told = read(f"{kept}{field} = {value}\n".encode(), "a.toml")
        assert not told or "line" in told


@pytest.mark.parametrize(
    "field", ["description", "condition", "commits", "paths", "regexTarget", "regexes", "stopwords", "targetRules", "x"]
)
def test_any_type_for_any_field_of_an_allowlist(field: str) -> None:
    for value in AS_TOML:
        read(f"{TOML}[[rules.allowlists]]\n{field} = {value}\n".encode(), "a.toml")
        read(f"{TOML}[[allowlists]]\n{field} = {value}\n".encode(), "a.toml")
        read(f"{TOML}[[rules.required]]\n{field} = {value}\n".encode(), "a.toml")


@pytest.mark.parametrize("field", ["rules", "allowlist", "allowlists", "extend", "title", "Rules"])
def test_any_type_at_the_top_of_a_file_of_gitleaks(field: str) -> None:
    for value in AS_TOML:
        read(f"{field} = {value}\n".encode(), "a.toml")
        read(f"{field} = {value}\n{TOML}".encode(), "a.toml")


@pytest.mark.parametrize("tool", ["kingfisher", "np"])
@pytest.mark.parametrize(
    "field",
    ["name", "id", "pattern", "path", "min_entropy", "confidence", "visible", "examples", "negative_examples",
     "references", "pattern_requirements", "depends_on_rule", "validation", "categories", "description", "bogus"],
)  # fmt: skip
def test_any_type_for_any_field_of_a_rule_in_yaml(tool: str, field: str) -> None:
    text = YAML.replace("kingfisher", tool)
    kept = "".join(f"{line}\n" for line in text.splitlines() if not line.strip(" -").startswith(f"{field}:"))
    if field == "name":
        kept = f"rules:\n- id: {tool}.a.1\n  pattern: abc\n"
    for value in AS_YAML:
        told = read(f"{kept}  {field}: {value}\n".encode(), "a.yml")
        assert not told or "line" in told or "not YAML" in told


@pytest.mark.parametrize("value", AS_YAML)
def test_any_type_deeper_and_higher_in_yaml(value: str) -> None:
    for field in ("min_digits", "min_uppercase", "special_chars", "ignore_if_contains", "checksum"):
        read(f"{YAML}  pattern_requirements: {{{field}: {value}}}\n".encode(), "a.yml")
    for text in (f"rules: {value}\n", f"{value}\n", f"rules:\n- {value}\n", f"{YAML}  depends_on_rule: [{value}]\n"):
        read(text.encode(), "a.yml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (TOML + "#" * 10_000_000, "10,000,045 bytes; a file of gitleaks' rules has at most 4,194,304"),
        (TOML + "x=" + "[" * MANY, "nested too deep"),
        (TOML + "x=" + "[" * 100 + "]" * 100, "nested deeper than"),
        (TOML + "x=" + "{a=" * 1_000_000, "nested too deep"),
        (TOML + "a." * MANY + "a=1", f"a.toml, line 4: a key of more than {MAX_PARTS} parts"),
        (TOML + "'a'." * (MANY // 2) + "a=1", f"a.toml, line 4: a key of more than {MAX_PARTS} parts"),
        (TOML + "[" + '"a" . ' * (MANY // 3) + "a]", f"a.toml, line 4: a key of more than {MAX_PARTS} parts"),
        (TOML + "x=1" + "0" * MANY, "not TOML"),
        (TOML + "'" * (MANY * 2 + 1), "a.toml, line 4: not TOML"),
        (TOML + '"' + "\\" * (MANY * 2 + 1), "not TOML"),
        (TOML + "[[x]]\n" * 100_000, "100,001 tables"),
        (TOML + "[x]\n" * 2, "a.toml, line 5: not TOML"),
        ("rules = [" + "{id='a'}," * 100_000 + "]\n[extend]\n", "100,000 rules; at most 20,000 are read"),
        (TOML + "\0", "a.toml, line 4: not TOML"),
    ],
)
def test_toml_that_is_meant_to_break_the_reader(text: str, told: str) -> None:
    assert told in read(text.encode(), "a.toml")


def test_toml_in_other_encodings() -> None:
    assert "a.toml, line 4: not UTF-8" in read(TOML.encode() + b"# \xff", "a.toml")
    assert "not UTF-8" in read(TOML.encode("utf-16"), "a.toml")
    assert read(b"\xef\xbb\xbf" + TOML.encode(), "a.toml") == ""
    assert read(TOML.replace("\n", "\r\n").encode(), "a.toml") == ""


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x,x,x]\nb: &b [*a,*a,*a]\nrules:\n- {id: np.1, name: x, pattern: *b}\n",
        "rules: " + "[" * 100_000,
        "rules: " + "{a: " * 100_000,
        "rules:\n- &x {id: np.1, name: x, pattern: abc}\n- <<: *x\n",
        "rules:\n" + "- {id: np.1, name: x, pattern: abc}\n" * 300_000,
        YAML + "#" * 10_000_000,
    ],
)
def test_yaml_that_is_meant_to_break_the_reader(text: str) -> None:
    assert read(text.encode(), "a.yml")


PATTERNS = [
    "(a+)+b", "(a*)*", "(?:a|a)*b", "(a{1,1000}){1,1000}", "((a{1000}){1000}){1000}", "[a-z]{100000}", "x" * 19_999,
    "(" * 49 + "a" + ")" * 49, "(" * 60, "a|" * 9000 + "b", "(a?){50}a{50}", r"\p{L}", "[a&&b]", r"(a)\1", "(?<n>a)b",
    r"\bfoo\b{start}", "(?i)(?-i)abc", "(?s).{100}", "a{,5}b", "a{2}{3}", r"\z", "^", "", r"abc\\", "[z-a]", "[", "(?i",
    "é{3}abc", "(?P<value>", "a**", r"\x{110000}", r"\xzz", "(.+.+)+x", "(?:.*,){30}x", ".*.*.*.*.*.*.*=x", "(x+x+)+y",
    "(?:(?:a{0,30}){0,30}){0,30}b", "(?:[a-z]{1,200}x){1,200}", "\x00abc", "\ud800".encode("utf-8", "replace").decode(),
]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS, ids=range(len(PATTERNS)))
@pytest.mark.parametrize("engine", sorted(kinds()))
def test_a_pattern_that_is_read_is_one_that_engines_take(pattern: str, engine: str) -> None:
    quoted = json.dumps(pattern)
    files = {"a.toml": f"[[rules]]\nid = 'a'\nregex = {quoted}\n"}
    files["a.yml"] = (
        f"rules:\n- id: kingfisher.a.1\n  name: x\n  pattern: {quoted}\n  examples: ['{'a' * 60}', abcabcabc]\n"
    )
    for where, text in files.items():
        begun = time.monotonic()
        made = loaded(Written(where, text.encode(), False))
        compile_rules(Rules(tuple(made.rules)), kinds()[engine])
        assert time.monotonic() - begun < 10
        assert not isinstance(made, RuleFile)
        assert len(made.rules) + len(made.left_out()) == 1
