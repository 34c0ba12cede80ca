"""What is found does not depend on the engine, nor on how the text comes; and what a match is."""

from __future__ import annotations

import secrets
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.match.allowing import COMMENTS, Allowing
from dlp.match.pattern import BLOCK, MARGIN
from dlp.match.places import LISTED
from dlp.match.tally import VALUES
from dlp.model import Level, PatternFinding, Reason, Skipped, Suppressed
from dlp.rule.required import MAX_MATCH
from dlp.rule.rule import Allow

from .patterns import engines, heard, matcher, rule

RULES = (
    rule(r"\b(acme_(?:live|test)_[A-Za-z0-9]{8,12})\b", "prefix"),
    rule(r"\b[a-f0-9]{16}\b", "near", keywords=("widget", "Größe"), within=20),
    rule(r"(?i)pass(?:word)?\s{0,3}[:=]\s{0,3}(?P<value>[^\s]{4,20})", "assigned"),
    rule(r"(?<![0-9])\d{4}(?:[ -]?\d{4}){3}(?![0-9])", "digits"),
    rule(r"(?i)streng\s{1,3}geheim|секретно|社外秘", "words"),
    rule(r"^user:[a-z]{1,8}$", "line"),
    rule(r"BEGIN[^~]{0,400}END", "long"),
    rule(r"[^\W\d_]{3,8}\u00e9[0-9]{2}", "accent", context=("café",)),
)
MATCHERS = [matcher(RULES, kind) for kind in engines()]

pieces = st.sampled_from(
    [
        "acme_live_q8Zt3LkP0", "acme_test_short", "acme_live_", "widget", "WIDGET ", "größe", "GRÖSSE", "Größe",
        "0123456789abcdef", "fedcba9876543210", "password = ", "pass:", "hunter22", "4111 1111 1111 1111", "4111",
        "1111-", "STRENG GEHEIM", "streng  geheim", "СЕКРЕТНО", "секретно", "社外秘", "user:", "user:bob", "\n", "\r\n",
        " ", ". ", "BEGIN", "END", "~", "abcé12", "café", "é", "\u20ac", "x" * 50, " " * 90, "lorem ipsum dolor " * 20,
        "word\n" * 60, "\udc80", "\udcff\udcfe", "ſ", "K",
    ]
)  # fmt: skip
texts = st.lists(pieces | st.text(max_size=5), max_size=60).map(
    lambda parts: "".join(parts).encode("utf-8", "surrogateescape" if _escapes("".join(parts)) else "replace")
)


def _escapes(text: str) -> bool:
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


@settings(deadline=None)
@given(texts, st.lists(st.integers(1, 3000), max_size=4))
def test_engines_and_chunks_change_nothing(data: bytes, sizes: list[int]) -> None:
    expected = heard(MATCHERS[-1], data)
    for each in MATCHERS:
        assert heard(each, data) == expected
        assert heard(each, data, sizes) == expected


@pytest.mark.parametrize("shift", [0, 1, BLOCK - 1, BLOCK, MARGIN - 3, MARGIN, MARGIN + 1, 3 * MARGIN + 7])
def test_a_match_across_any_edge_is_found_once(shift: int) -> None:
    data = b"." * shift + b" acme_live_q8Zt3LkP0 " + b"." * (2 * MARGIN)
    for made in MATCHERS[:2]:
        for sizes in ((), (1000,), (shift + 5 or 1,), (shift + 12, 3)):
            (found,) = heard(made, data, sizes)
            assert isinstance(found, PatternFinding)
            assert (found.span.start, found.span.end) == (shift + 1, shift + 20)


def test_a_match_is_as_long_as_the_bound_and_no_longer() -> None:
    made = matcher([rule(r"<[a-z]{0,9000}>")])
    exactly = b"<" + b"a" * (MAX_MATCH - 2) + b">"
    assert len(heard(made, b"x" * 5000 + exactly)) == 1
    assert heard(made, b"x" * 5000 + exactly.replace(b">", b"a>")) == []


def test_places_are_counted_in_characters_lines_and_columns() -> None:
    data = "ünïcode\r\n  größer acme_live_q8Zt3LkP0\n社acme_live_q8Zt3LkP0".encode()
    for made in MATCHERS:
        (found,) = heard(made, data)
        assert isinstance(found, PatternFinding)
        text = data.decode()
        assert [(place.line, place.column) for place in found.places] == [(2, 10), (3, 2)]
        assert text[found.span.start : found.span.end] == "acme_live_q8Zt3LkP0"


def test_one_value_is_one_finding_with_all_its_places_and_another_value_another() -> None:
    data = b"acme_live_q8Zt3LkP0\n" * 150 + b"acme_live_OTHER12345\n"
    found = heard(MATCHERS[0], data)
    assert [(each.count, len(each.places)) for each in found if isinstance(each, PatternFinding)] == [
        (150, LISTED),
        (1, 1),
    ]
    assert len({each.digest for each in found if isinstance(each, PatternFinding)}) == 2


def test_the_same_value_has_the_same_digest_in_another_text() -> None:
    one, other = heard(MATCHERS[0], b"acme_live_q8Zt3LkP0"), heard(MATCHERS[0], b"and acme_live_q8Zt3LkP0 there")
    assert isinstance(one[0], PatternFinding)
    assert isinstance(other[0], PatternFinding)
    assert one[0].digest == other[0].digest
    assert "q8Zt" not in one[0].digest


@pytest.mark.parametrize(("values", "severity"), [(9, "low"), (10, "medium"), (99, "medium"), (100, "high")])
def test_a_rule_that_counts_has_one_finding_whose_severity_grows(values: int, severity: str) -> None:
    counting = rule(r"\bn\d{6}\b", severity=Level.LOW, counts={10: Level.MEDIUM, 100: Level.HIGH})
    data = b"".join(b"n%06d n%06d\n" % (n, n) for n in range(values))
    (found,) = heard(matcher([counting]), data)
    assert isinstance(found, PatternFinding)
    assert (found.count, found.severity.value, len(found.places)) == (values, severity, min(2 * values, LISTED))


def test_a_million_matches_are_counted_and_few_are_kept() -> None:
    data = b"".join(b"n%07d\n" % n for n in range(1_000_000))
    many = heard(matcher([rule(r"\bn\d{7}\b")]), data, (1 << 18,))
    assert len(many) == VALUES + 1
    assert sum(each.count for each in many if isinstance(each, PatternFinding)) == 1_000_000
    (counted,) = heard(matcher([rule(r"\bn\d{7}\b", counts={10: Level.HIGH})]), data, (1 << 18,))
    assert isinstance(counted, PatternFinding)
    assert counted.count == 1_000_000


def test_a_rule_that_takes_too_long_is_named_and_the_others_go_on() -> None:
    slow = rule(r"s(?:a|a|aa){20,60}(?=zz)", "slow-rule")  # the pass cannot tell that no zz follows
    made = matcher([slow, RULES[0]], seconds=0.2)
    begun = time.monotonic()
    found = heard(made, (b"s" + b"a" * 3000) * 20 + b" acme_live_q8Zt3LkP0")
    assert time.monotonic() - begun < 30  # forever, were there no limit
    skipped = [each for each in found if isinstance(each, Skipped)]
    assert [(each.reason, "slow-rule" in each.detail) for each in skipped] == [(Reason.TIMEOUT, True)]
    assert [each.rule for each in found if isinstance(each, PatternFinding)] == ["prefix"]


@pytest.mark.parametrize(("name", "word"), [(name, word) for name, words in COMMENTS.items() for word in words])
def test_a_comment_allows_its_line_where_it_is_asked_for(name: str, word: str) -> None:
    data = f"one\nacme_live_q8Zt3LkP0 # {word}\nacme_live_OTHER12345\n".encode()
    found = heard(matcher(RULES, allowing=Allowing((name,))), data)
    assert [type(each) for each in found] == [PatternFinding, Suppressed]
    assert isinstance(found[1], Suppressed)
    assert found[1].causes == (f"{word} on its line",)
    assert [type(each) for each in heard(matcher(RULES, allowing=Allowing(())), data)] == [PatternFinding] * 2


@pytest.mark.parametrize(
    ("allow", "cause"),
    [
        (Allow(values=("^acme_live_q8",)), "allowed by its value"),
        (Allow(lines=("fixture",)), "allowed by its line"),
        (Allow(stopwords=("ZT3L",)), "allowed by a stopword"),
        (Allow(paths=("*.txt",)), "allowed by its path"),
        (Allow(paths=("/^src.+txt$/",)), "allowed by its path"),
        (Allow(paths=("testdata/",)), "allowed by its path"),
        (Allow(values=("^nothing",), stopwords=("other",), paths=("*.md",), digests=("00",)), ""),
    ],
)
def test_a_list_allows_by_value_line_stopword_or_path(allow: Allow, cause: str) -> None:
    made = matcher(RULES, allowing=Allowing((), [allow]))
    (found,) = heard(made, b"a fixture: acme_live_q8Zt3LkP0", path="src/testdata/file.txt")
    assert (found.causes[0] if isinstance(found, Suppressed) else "") == cause


def test_a_list_allows_by_digest() -> None:
    (found,) = heard(matcher(RULES), b"acme_live_q8Zt3LkP0")
    assert isinstance(found, PatternFinding)
    allowing = Allowing((), [Allow(digests=(found.digest.upper(),))])
    (again,) = heard(matcher(RULES, allowing=allowing), b"acme_live_q8Zt3LkP0")
    assert isinstance(again, Suppressed)


def test_a_rule_holds_only_for_its_paths_and_not_where_it_says_so() -> None:
    only = rule(r"k\d{5}", "only", paths=("*.env", "/conf/"))
    but = rule(r"k\d{5}", "but", allow=Allow(paths=("tests/",)))
    made = matcher([only, but])
    both = ["but", "only"]
    for path, rules in (("a.env", both), ("tests/a.env", ["only"]), ("a/conf/x", both), ("x", ["but"])):
        assert [each.rule for each in heard(made, b"k12345", path=path) if isinstance(each, PatternFinding)] == rules


def test_a_generic_rule_yields_to_any_other_that_finds_the_place() -> None:
    special = rule(r"acme_[a-z0-9]{8}", "special", tags=("secret",))
    generic = rule(r"key=(\S{8,20})", "common", tags=("secret", "generic"))
    found = heard(matcher([generic, special]), b"key=acme_q8zt3lkp\nkey=zzq8zt3lkp")
    assert [(each.rule, each.span.line) for each in found if isinstance(each, PatternFinding)] == [
        ("special", 1),
        ("common", 2),
    ]


@pytest.mark.parametrize(
    "value", ["your_api_key_here", "xxxxxxxxxxxxxxxx", "${SECRET_VALUE}", "<secret-token>", "abcdefghijklmnop"]
)
def test_placeholders_are_no_secrets(value: str) -> None:
    secret = rule(r"key=(\S{8,40})", tags=("secret",))
    assert heard(matcher([secret]), f"key={value}".encode()) == []
    assert len(heard(matcher([secret]), f"key={secrets.token_hex(8)}".encode())) == 1


def test_context_raises_the_confidence_by_one_level() -> None:
    made = matcher([rule(r"k\d{5}", context=("billing",), confidence="low")])
    (plain,) = heard(made, b"k12345")
    (raised,) = heard(made, b"Billing: k12345")
    assert isinstance(plain, PatternFinding)
    assert isinstance(raised, PatternFinding)
    assert (plain.confidence, raised.confidence) == (Level.LOW, Level.MEDIUM)


def test_entropy_and_validators_refuse_a_value() -> None:
    made = matcher([rule(r"\bk(\w{8})", entropy=2.5), rule(r"v(\w{16})", "checked", validators=("random-token",))])
    assert heard(made, b"kaaaaaaab vGetUserPassword") == []
    assert len(heard(made, b"kq8zt3lkp vq8Zt3LkP0sVx9YbN")) == 2
