"""gitleaks' rules: each field, and what it comes to."""

from __future__ import annotations

import pytest

from dlp.errors import ConfigError
from dlp.model import Level
from dlp.rule.foreign import Effect
from dlp.rule.loading import MOST_WITHIN
from dlp.rule.rule import WITHIN

from .foreign_rules import allowed, converted, one, told, values

SECRET = "q7wz3lx9vb2nk8rt5mj1hd4pgs6c0yfa"
OTHER = "f0yc6sgp4dh1jm5tr8kn2bv9xl3zw7qa"


def rule(more: str = "", regex: str = r"acme_([a-z0-9]{32})", head: str = "") -> str:
    return f"{head}\n[[rules]]\nid = 'acme-key'\ndescription = 'Acme API key'\nregex = '''{regex}'''\n{more}\n"


def test_a_plain_rule() -> None:
    made = converted(rule("tags = ['Key', 'cloud stuff']"))
    ours = one(made)
    assert (ours.id, ours.name, ours.description) == ("gitleaks.acme-key", "Acme API key", "Acme API key")
    assert ours.tags == ("secret", "key", "cloud-stuff", "gitleaks")
    assert (ours.severity, ours.confidence) == (Level.HIGH, "medium")
    assert (ours.keywords, ours.within, ours.entropy, ours.examples) == ((), WITHIN, 0.0, ())
    assert (made.notes, made.summary(), made.given) == ((), "", 1)
    assert values(made, f"key=acme_{SECRET};") == [SECRET]


@pytest.mark.parametrize("tag", ["personal", "PII", "marking"])
def test_a_rule_for_something_else_has_no_tag_of_secrets(tag: str) -> None:
    ours = one(converted(rule(f"tags = ['{tag}']", regex="employee ([0-9]{5})")))
    assert ours.tags == (tag.lower(), "gitleaks")


def test_what_looks_like_a_placeholder_is_none() -> None:
    assert values(converted(rule()), "acme_" + "x" * 32) == []


@pytest.mark.parametrize(
    ("regex", "more", "found"),
    [
        (rf"acme {SECRET}", "", f"acme {SECRET}"),
        (r"(acme) ([a-z0-9]{32})", "secretGroup = 2", SECRET),
        (r"(acme) ([a-z0-9]{32})", "", "acme"),
        (r"(?:acme) (?P<key>[a-z0-9]{32})", "", SECRET),
        (r"(acme) (?P<value>[a-z0-9]{32})", "", "acme"),
        (r"acme ([a-z0-9]{32})|(other) \d", "", SECRET),
        (r"(other) \d|acme ([a-z0-9]{32})", "", SECRET),
        (r"other \d|acme ([a-z0-9]{32})", "", SECRET),
        (r"other (\d)|acme [a-z0-9]{32}", "", f"acme {SECRET}"),
        (r"(?i)((?:acme)) [a-z0-9]{32}", "", "acme"),
        (r"(?:(acme)|(other)) ([a-z0-9]{32})", "secretGroup = 3", SECRET),
        (r"(x)?acme ([a-z0-9]{32})", "", SECRET),
    ],
)
def test_the_value_is_the_group_that_is_named_else_the_first_that_has_something(
    regex: str, more: str, found: str
) -> None:
    made = converted(rule(more, regex).replace("Acme API", "x"))
    assert values(made, f"see acme {SECRET} here") == [found]


def test_a_group_that_may_be_missing_is_told_of() -> None:
    made = converted(rule(regex=r"(x)?acme ([a-z0-9]{32})"))
    assert told(made) == [("gitleaks.acme-key", "regex")]
    assert made.notes[0].effect == Effect.OTHERWISE
    assert made.notes[0].where == "theirs, line 5"


@pytest.mark.parametrize("group", [2, -1])
def test_a_group_that_is_not_there_leaves_the_rule_out(group: int) -> None:
    made = converted(rule(f"secretGroup = {group}"))
    assert (made.rules, told(made, Effect.LEFT_OUT)) == ((), [("gitleaks.acme-key", "secretGroup")])


def test_entropy_is_more_than_the_figure() -> None:
    made = converted(rule("entropy = 3.0", regex="acme_([a-z0-9]{8})"))
    assert values(made, "acme_k3w9x2qz") == []  # eight kinds are 3 bits
    assert values(converted(rule("entropy = 2.99", regex="acme_([a-z0-9]{8})")), "acme_k3w9x2qz") == ["k3w9x2qz"]
    assert values(converted(rule("entropy = -1")), f"acme_{SECRET}") == [SECRET]


@pytest.mark.parametrize("entropy", ["9.0", "nan", "inf"])
def test_an_entropy_that_no_value_has_leaves_the_rule_out(entropy: str) -> None:
    made = converted(rule(f"entropy = {entropy}"))
    assert (made.rules, told(made)) == ((), [("gitleaks.acme-key", "entropy")])


@pytest.mark.parametrize(
    ("keywords", "regex"),
    [
        ('["acme_"]', r"acme_([a-z0-9]{32})"),
        ('"ACME"', r"(?i)\bacme[_-]([a-z0-9]{32})"),
        ('["acme", "ajax"]', r"(?:acme|ajax)[\s\S]{0,20}?(?:key|token)[^a-z]([a-z0-9]{32})"),
        ('["token", "key"]', r"(?:acme|ajax)[\s\S]{0,20}?(?:key|token)[^a-z]([a-z0-9]{32})"),
        ('["me_l"]', r"(?:acme_live_|acme_later_)([a-z0-9]{32})"),
        ('["ab", "acme"]', r"acme_([a-z0-9]{32})"),
        ("[]", r"([a-z0-9]{32})"),
        ('[""]', r"([a-z0-9]{32})"),
    ],
)
def test_a_pattern_that_holds_its_keyword_needs_none_near(keywords: str, regex: str) -> None:
    made = converted(rule(f"keywords = {keywords}", regex))
    assert (one(made).keywords, made.notes) == ((), ())


def test_keywords_that_the_pattern_does_not_hold_must_be_near() -> None:
    made = converted(rule('keywords = ["acme"]', r"\b([a-z0-9]{32})\b"))
    assert (one(made).keywords, one(made).within) == (("acme",), MOST_WITHIN)
    assert told(made, Effect.OTHERWISE) == [("gitleaks.acme-key", "keywords")]
    assert values(made, f"acme {'-' * 3000} {SECRET} ") == [SECRET]
    assert values(made, f"acme {'-' * 5000} {SECRET} ") == []
    assert values(made, f"other {SECRET} ") == []


def test_keywords_too_short_to_look_for_are_no_condition_and_that_is_told() -> None:
    made = converted(rule('keywords = ["ak", "acme"]', r"\b([a-z0-9]{32})\b"))
    assert (one(made).keywords, told(made, Effect.LOOSER)) == ((), [("gitleaks.acme-key", "keywords")])
    assert made.summary().startswith("1 of 1 rules of theirs run without a condition, 0 are left out; `dlp rules check")


def test_a_path_is_a_condition() -> None:
    made = converted(rule(r"path = '''(?i)\.env$'''"))
    assert values(made, f"acme_{SECRET}", "config/prod.ENV") == [SECRET]
    assert values(made, f"acme_{SECRET}", "config/prod.env.bak") == []


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("[[rules]]\nid = 'x'\npath = '''id_rsa$'''", "path"),
        ("[[rules]]\nid = 'x'\ndescription = 'no regex'", "regex"),
        ("[[rules]]\nid = 'x'\nregex = '''\\p{Greek}{9}'''", "regex"),
        ("[[rules]]\nid = 'x'\nregex = '''[a-z&&[^b]]{9}'''", "regex"),
        ("[[rules]]\nid = 'x'\nregex = '''(abc)\\1'''", "regex"),
        ("[[rules]]\nid = 'x'\nregex = '''(a+)+b'''", "pattern"),
        ("[[rules]]\nid = 'x'\nregex = '''a*'''", "pattern"),
        ("[[rules]]\nid = 'x'\nregex = '''(a{1000}){1000}'''", "pattern"),
        ("[[rules]]\nid = 'x'\nregex = '''abc'''\npath = '''\\pL'''", "path"),
    ],
)
def test_what_cannot_be_said_leaves_the_rule_out(text: str, field: str) -> None:
    made = converted(text)
    assert (made.rules, told(made, Effect.LEFT_OUT)) == ((), [("gitleaks.x", field)])
    assert made.summary().startswith("0 of 1 rules of theirs run without a condition, 1 are left out")


def test_rules_that_only_serve_others_are_left_out_without_alarm() -> None:
    made = converted(rule("skipReport = true"))
    assert (made.rules, told(made), made.summary()) == ((), [("gitleaks.acme-key", "skipReport")], "")


def test_a_rule_that_needs_another_one_runs_without_and_says_so() -> None:
    required = "[[rules.required]]\nid = 'acme-id'\nwithinLines = 3\n"
    made = converted(rule(required))
    assert (one(made).confidence, told(made, Effect.LOOSER)) == ("low", [("gitleaks.acme-key", "required")])
    assert "acme-id" in made.notes[0].problem


def test_ends_of_the_text_are_ends_of_lines_and_that_is_told_where_it_matters() -> None:
    assert told(converted(rule(regex="^acme_([a-z0-9]{32})")), Effect.LOOSER) == [("gitleaks.acme-key", "regex")]
    assert told(converted(rule(regex="acme_([a-z0-9]{32})$")), Effect.LOOSER) == [("gitleaks.acme-key", "regex")]
    for before, behind in (("(?m)^", ""), ("", r"(?:[\s;]|$)"), ("(?:^|[^a-z])", "")):
        assert converted(rule(regex=f"{before}acme_([a-z0-9]{{32}}){behind}")).notes == ()


def test_classes_go_by_ascii_though_the_pattern_does_not() -> None:
    made = converted(rule(regex=r"é:(\w{32,33})"))
    assert one(made).pattern.isascii()
    assert values(made, f"é:{SECRET}é") == [SECRET]


@pytest.mark.parametrize(
    ("listed", "text", "cause"),
    [
        ("regexes = ['''^q7w''']", f"acme_{SECRET}", ""),
        ("regexTarget = 'secret'\nregexes = ['''^q7w''']", f"acme_{SECRET}", ""),
        ("regexTarget = 'match'\nregexes = ['''^acme_q''']", f"acme_{SECRET}", ""),
        ("regexTarget = 'line'\nregexes = ['''test only''']", f"acme_{SECRET} # test only", ""),
        ("stopwords = ['LX9VB']", f"acme_{SECRET}", ""),
        ("stopwords = 'lx9vb'", f"acme_{SECRET}", ""),
        ("paths = ['''\\.txt$''']", f"acme_{SECRET}", ""),
        ("condition = 'AND'\npaths = ['''\\.txt$''']\nregexes = ['''^q7w''']", f"acme_{SECRET}",
         "its value and its path"),
        ("condition = '&&'\nregexTarget = 'line'\nregexes = ['''x$''']\nstopwords = ['lx9']", f"acme_{SECRET} x",
         "a stopword and its line"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("header", ["[rules.allowlist]", "[[rules.allowlists]]", "[[rules.AllowLists]]"])
def test_an_allowlist_of_a_rule(header: str, listed: str, text: str, cause: str) -> None:
    made = converted(rule(f"{header}\ndescription = 'why'\n{listed}"))
    assert made.notes == ()
    assert values(made, text) == []
    assert allowed(made, text) == ([f"allowed by {cause}"] if cause else [])
    assert values(made, f"acme_{OTHER}", "x.md") == [OTHER]


def test_conditions_that_must_come_together_do_not_allow_alone() -> None:
    both = "condition = 'AND'\npaths = ['''\\.txt$''']\nregexes = ['''^q7w''']"
    made = converted(rule(f"[[rules.allowlists]]\n{both}"))
    assert values(made, f"acme_{SECRET}", "x.md") == [SECRET]
    assert values(made, f"acme_{OTHER}", "x.txt") == [OTHER]


def test_several_allowlists_allow_each_on_its_own() -> None:
    lists = "[[rules.allowlists]]\nstopwords = ['lx9']\n[[rules.allowlists]]\nregexTarget = 'line'\nregexes = ['fine']"
    made = converted(rule(lists))
    assert values(made, f"acme_{SECRET}\nacme_{OTHER} fine\nacme_{OTHER}\n") == [OTHER]


def test_commits_cannot_be_known_and_that_is_told() -> None:
    made = converted(rule("[[rules.allowlists]]\ncommits = ['abc']\nstopwords = ['lx9']"))
    assert told(made, Effect.LOOSER) == [("gitleaks.acme-key", "allowlists.commits")]
    assert one(made).allow.stopwords == ("lx9",)


@pytest.mark.parametrize("more", ["commits = ['abc']", "paths = ['''\\pL''']"])
def test_a_list_that_allows_only_together_allows_nothing_where_one_condition_cannot_be_known(more: str) -> None:
    made = converted(rule(f"[[rules.allowlists]]\ncondition = 'AND'\nstopwords = ['lx9']\n{more}"))
    assert (made.allow, len(told(made, Effect.LOOSER))) == ((), 1)
    assert values(made, f"acme_{SECRET}") == [SECRET]


def test_a_regex_of_a_list_that_cannot_be_read_is_told_of() -> None:
    made = converted(rule("[[rules.allowlists]]\nregexes = ['''\\pL''', '''(b+)+''', '''^q7w''']"))
    assert told(made, Effect.LOOSER) == [("gitleaks.acme-key", "allowlists.regexes")] * 2
    assert one(made).allow.values == ("^q7w",)


@pytest.mark.parametrize("header", ["[allowlist]", "[[allowlists]]"])
def test_a_list_of_the_file_is_for_its_rules(header: str) -> None:
    made = converted(rule(head=f"{header}\npaths = ['''^vendor/''']\nstopwords = ['lx9']\n"))
    assert [each.rules for each in made.allow] == [("gitleaks",)]
    assert told(made, Effect.OTHERWISE) == []
    assert allowed(made, f"acme_{SECRET}") == ["allowed by a stopword"]
    assert allowed(made, f"acme_{OTHER}", "vendor/x.c") == ["allowed by its path"]


@pytest.mark.parametrize("header", ["[allowlist]", "[[allowlists]]"])
def test_a_file_of_lists_alone_is_for_the_rules_that_there_are(header: str) -> None:
    made = converted(f"{header}\nstopwords = ['lx9']\n")
    assert [each.rules for each in made.allow] == [()]
    assert told(made, Effect.OTHERWISE) == [("", "allowlists")]


def test_a_list_of_the_file_may_be_for_some_rules() -> None:
    lists = "[[allowlists]]\ntargetRules = ['acme-key', 'not-here']\nstopwords = ['lx9']\n"
    made = converted(rule(head=lists) + "[[rules]]\nid = 'two'\nregex = '''two_([a-z0-9]{32})'''\n")
    assert told(made) == [("", "allowlists.targetRules")]
    assert values(made, f"acme_{SECRET} two_{SECRET}") == [SECRET]


def test_what_is_extended_cannot_be_had_and_that_is_told() -> None:
    extend = "[extend]\nuseDefault = true\npath = 'base.toml'\nurl = 'https://x'\ndisabledRules = ['a']\n"
    made = converted(rule(head=extend))
    assert told(made, Effect.OTHERWISE) == [
        ("", "extend.useDefault"), ("", "extend.path"), ("", "extend.url"), ("", "extend.disabledRules"),
    ]  # fmt: skip
    assert made.summary() == ""


def test_a_file_may_have_lists_only() -> None:
    made = converted("[extend]\nuseDefault = true\n[allowlist]\npaths = ['''x''']\n", ".gitleaks.toml")
    assert (made.rules, len(made.allow), made.given) == ((), 1, 0)


def test_names_of_fields_have_any_case_and_unknown_ones_are_told_of() -> None:
    made = converted("[[Rules]]\nID = 'x'\nRegex = '''(a) (b1c2d3)'''\nSecretgroup = 2\nfilter = 'x'\nbogus = 1\n")
    assert values(made, "a b1c2d3") == ["b1c2d3"]
    assert told(made, Effect.LOOSER) == [("gitleaks.x", "filter")]
    assert told(made, Effect.OTHERWISE) == [("gitleaks.x", "bogus")]


def test_ids_are_ours_and_there_once() -> None:
    ids = ["My Rule", "my-rule", "", "Ünï", "a__b", "--x--", "y" * 300]
    text = "".join(f"[[rules]]\nid = '{id}'\nregex = '''abc{number}'''\n" for number, id in enumerate(ids))
    made = converted(text)
    assert [each.id for each in made.rules] == [
        "gitleaks.my-rule", "gitleaks.my-rule-2", "gitleaks.rule-3", "gitleaks.n", "gitleaks.a_b", "gitleaks.x",
        "gitleaks." + "y" * 80,
    ]  # fmt: skip


def test_of_an_id_that_is_there_twice_the_later_rule_counts() -> None:
    made = converted(rule() + rule(regex="other_([a-z0-9]{32})"))
    assert values(made, f"acme_{SECRET} other_{OTHER}") == [OTHER]
    assert (told(made), made.summary()) == ([("gitleaks.acme-key", "id")], "")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[[rules]]\nid = 1\nregex = 'abc'", "theirs, line 2: rules[0].id: Expected `str`, got `int`"),
        ("[[rules]]\nid = 'x'\n\nentropy = 'high'", "theirs, line 4: rules[0].entropy: Expected `float`, got `str`"),
        ("[[rules]]\nid = 'x'\nregex = 'abc'\n[[rules]]\nkeywords = [1]",
         "theirs, line 5: rules[1].keywords[0]: Expected `str`, got `int`"),
        ("[[rules]]\nid = 'x'\nregex = 'abc'\n[rules.allowlist]\ncondition = 'XOR'", "theirs, line 1: condition 'XOR'"),
        ("[[rules]]\nid = 'x'\nregex = 'abc'\n[[rules.allowlists]]\nregexTarget = 'all'",
         "theirs, line 1: regexTarget 'all'; there are secret, match and line"),
        ("[[rules]]\nid = 'x'\nregex = 'a'\nallowlist = {}\nallowlists = [{paths = ['x']}]",
         "theirs, line 1: both `allowlist` and `allowlists`; gitleaks takes one of the two"),
        ("[[rules]]\nid = 'x'\nregex = 'abc", "theirs, line 3: not TOML"),
        ("[[rules]]\nid = 'x'\nid = 'y'\n\n", "theirs, line 3: not TOML: Cannot overwrite a value"),
        ("[[rules]]\nid = 'x'\nID = 'y'", "theirs: 'id' is here twice, in letters of another size"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(text: str, error: str) -> None:
    with pytest.raises(ConfigError) as raised:
        converted(text)
    assert str(raised.value).startswith(error)


def test_toml_of_something_else_is_no_file_of_rules() -> None:
    with pytest.raises(ConfigError, match=r"x\.toml: TOML without"):
        converted("[project]\nname = 'x'\n", "x.toml")
