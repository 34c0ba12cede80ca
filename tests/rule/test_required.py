"""What is computed of a pattern holds for everything that it matches."""

from __future__ import annotations

import re

import pytest
import regex
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dlp.rule import prefilter
from dlp.rule.confirm import compiled
from dlp.rule.parsing import PatternError, parse
from dlp.rule.prefilter import expression, value_expression
from dlp.rule.required import MAX_MATCH, longest, required
from dlp.rule.syntax import render

atoms = st.sampled_from(
    ["a", "key", "K", "_", r"\.", r"\d", r"\w", r"[a-f0-9]", "[^x]", "[A-Z]", ".", "é", "社", "ß", r"\s", "Ж", r"[\w-]"]
)
patterns = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from(["?", "*", "+", "{2}", "{1,3}", "{3,}", "??", "{40}", "{0,70}"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        ),
        inner.map(lambda part: f"(?i:{part})"),
        inner.map(lambda part: f"(?:{part})"),
        inner.map(lambda part: rf"\b{part}"),
        inner.map(lambda part: rf"(?<![a-z]){part}"),
        inner.map(lambda part: rf"{part}(?![a-z])"),
        inner.map(lambda part: rf"(?:^{part}|{part}$)"),
    ),
    max_leaves=8,
)
around = st.sampled_from(["", " ", "x", "é", "\n", "0", "-"])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], max_examples=300)
@given(patterns, st.booleans(), around, around, st.sampled_from([4.0, 12.0, prefilter.ENOUGH]), st.data())
def test_it_holds_for_whatever_matches(
    pattern: str, fold: bool, before: str, behind: str, enough: float, data: st.DataObject
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prefilter, "ENOUGH", enough)  # the rest of a match is cut off
        _holds(pattern, fold, before, behind, data)


def _holds(pattern: str, fold: bool, before: str, behind: str, data: st.DataObject) -> None:
    if data.draw(st.booleans()):
        pattern += "(?P<value>[a-zK]{20}|key[^x]{16,20})"
    pattern = f"(?i){pattern}" if fold else pattern
    tree = parse(pattern)
    flags = re.MULTILINE | (re.ASCII if pattern.isascii() else re.UNICODE)
    assume("++" not in pattern)
    text = before + data.draw(st.from_regex(re.compile(pattern, flags), fullmatch=False)) + behind
    found = compiled(pattern).search(text)
    if found is None or not found[0]:
        return
    start = len(text[: found.start()].encode())
    match = found[0].encode()
    size = longest(tree)
    assert size is None or len(match) <= size
    if len(match) > MAX_MATCH:
        return
    needed = required(tree)
    if needed:
        ends = [
            match.lower().find(literal) + len(literal) for literal in needed.literals if literal in match.lower()
        ]
        assert ends
        assert min(ends) <= needed.end
    for seen in (expression(tree, pattern.isascii()), value_expression(tree, pattern.isascii())):
        if seen and seen.source and (found["value"] if "value" in found.re.groupindex else found[0]):
            ends = _ends(seen.source, text.encode())
            reach = min(seen.reach, seen.reach_ascii) if text.isascii() else seen.reach
            assert any(start <= end <= start + len(match) and end - start <= reach for end in ends)


def _ends(source: str, data: bytes) -> list[int]:
    """Every end that Hyperscan would report."""
    import hyperscan

    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    flags = hyperscan.HS_FLAG_MULTILINE | hyperscan.HS_FLAG_DOTALL | hyperscan.HS_FLAG_ALLOWEMPTY
    database.compile(expressions=[source.encode()], ids=[0], flags=[flags])
    ends: list[int] = []
    database.scan(data, match_event_handler=lambda number, start, end, flags, context: ends.append(end))
    return [*ends, 0] if not source else ends


@pytest.mark.parametrize(
    "pattern",
    [
        r"\b(?P<value>[a-z0-9-]{20})",
        r"\b(?P<value>[a-z0-9_]{20})",
        r"(?<![A-Za-z0-9])(?P<value>[a-z0-9-]{20})",
        r"KEY\b(?P<value>[a-z0-9-]{20})",
    ],
)
@given(
    st.sampled_from(["", " ", "-", "_", "W", "W" * 40]),
    st.from_regex(r"[a-]?[a0-]{19,23}|[a0_]{20}", fullmatch=True),
)
def test_a_value_is_seen_wherever_its_token_may_begin(pattern: str, before: str, value: str) -> None:
    seen = value_expression(parse(pattern))
    assert seen is not None
    text = f"{before}KEY{value}"
    found = compiled(pattern).search(text)
    ends = _ends(seen.source, text.encode())
    assert found is None or any(found.start("value") < end <= found.end() for end in ends)


@settings(deadline=None, max_examples=300)
@given(patterns)
def test_what_is_rendered_is_the_same_pattern(pattern: str) -> None:
    rendered = render(parse(pattern))
    assert render(parse(rendered)) == rendered
    regex.compile(rendered)


@settings(deadline=None, max_examples=300)
@given(patterns, st.text(alphabet="akeyK_.0f-éß \nxZ", max_size=30))
def test_rendering_changes_nothing_of_what_is_found(pattern: str, text: str) -> None:
    flags = regex.MULTILINE | (regex.ASCII if pattern.isascii() else regex.UNICODE)
    plain = regex.compile(pattern.replace("$", r"(?=\r?$)"), flags)
    assert [each.span() for each in compiled(pattern).finditer(text)] == [each.span() for each in plain.finditer(text)]


@settings(deadline=None)
@given(st.text(alphabet="ab()[]{}|*+?\\^$.<>P=!:-,0123ixsUQEpbd&#' \n", max_size=25))
def test_whatever_is_given_is_a_pattern_or_a_pattern_error(text: str) -> None:
    try:
        tree = parse(text)
    except PatternError:
        return
    longest(tree)
    required(tree)
    expression(tree)


@pytest.mark.parametrize(
    ("foreign", "ours"),
    [
        (r"(?i)ab|c", "(?i:ab)|(?i:c)"),
        ("a(?i)b|c", "a(?i:b)|(?i:c)"),
        ("(?i)a(?-i)b", "(?i:a(?-i:b))"),
        ("[[:alpha:]_]{2}", r"[A-Za-z\x5f]{2}"),
        ("[^[:space:]]", r"[^\x09-\x0d\x20]"),
        (r"a\z", r"a\Z"),
        (r"\x{1F600}", "\\U0001f600"),
        (r"\Qa.b\E", r"a\.b"),
        ("(?x) a b # why\n c", "abc"),
        ("(?s).", r"[\s\S]"),
        ("(?U)a+", "a+?"),
        ("(?<name>a)", "(?P<name>a)"),
        ("a{,3}", "a{0,3}"),
        ("x{a}", r"x\{a\}"),
        ("a$", "a$"),
    ],
)
def test_other_dialects_are_read(foreign: str, ours: str) -> None:
    assert render(parse(foreign)) == ours


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("(", "`(` that is never closed, at character 2"),
        (")", "`)` that closes nothing, at character 1"),
        ("[z-a]", "a range that ends before it begins"),
        ("[a&&b]", "set operations inside a class are not read"),
        (r"\1", "a backreference that is not read"),
        (r"\p{L}", "classes by Unicode property"),
        ("a{5,2}", "`{5,2}` is no number of times"),
        ("a{200000}", "is no number of times"),
        ("(?P<1>a)", "a group's name is letters, digits and `_`"),
        ("*a", "`*` repeats nothing"),
        (r"\b+", "repeats a place"),
        ("(" * 60 + ")" * 60, "more than 50 groups inside one another"),
        ("a" * 20_001, "20,001 characters; a pattern has at most 20,000"),
        ("(?(1)a|b)", "a kind of group that is not read"),
        ("a\\", "the pattern ends too early"),
        (r"\x{110000}", "is no character"),
    ],
)
def test_what_is_no_pattern_is_told_with_its_place(pattern: str, problem: str) -> None:
    with pytest.raises(PatternError, match=re.escape(problem)):
        parse(pattern)
