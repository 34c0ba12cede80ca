"""What is computed of a pattern holds for everything that it matches."""

from __future__ import annotations

import re

import pytest
import regex
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dlp.match._native import run
from dlp.rule.automaton import automaton, reach
from dlp.rule.confirm import compiled
from dlp.rule.parsing import PatternError, parse
from dlp.rule.required import ALNUM, CAPS, HEX, MAX_MATCH, TOKEN, WORDS, longest, required, required_run
from dlp.rule.syntax import render

atoms = st.sampled_from(
    [
        *("a", "key", "K", "i", "İ", "_", r"\.", r"\d", r"\w", r"[a-f0-9]", "[^x]", "[A-Z]", ".", "é", "社", "ß"),
        *(r"\s", "Ж", r"[\w-]"),
    ]
)
patterns = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from(["?", "*", "+", "{2}", "{1,3}", "{3,}", "??", "{18}", "{70}", "{0,70}"])).map(
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
@given(patterns, st.booleans(), around, around, st.data())
def test_it_holds_for_whatever_matches(
    pattern: str, fold: bool, before: str, behind: str, data: st.DataObject
) -> None:
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
    made = automaton(tree, pattern.isascii())
    if made:
        _, ends = run(made, text.encode())
        assert any(start < end <= start + len(match) + 1 and end - start <= reach(tree) for end in ends)
    needed_run = required_run(tree)
    if needed_run:
        kind = {
            HEX: rb"[0-9A-Fa-f]",
            ALNUM: rb"[0-9A-Za-z]",
            TOKEN: rb"[-+./=_~0-9A-Za-z]",
            CAPS: rb"[A-Z0-9<]",
            WORDS: rb"[a-z ]",
        }[needed_run.kind]
        longest_run = re.search(kind + b"{%d}" % needed_run.least, match)
        assert longest_run
        assert needed_run.before is None or longest_run.start() <= needed_run.before


@pytest.mark.parametrize("letters", ["iIİ", "kK\u212a", "sS\u017f", "åÅ\u212b", "ßẞ", "θΘϑ", "µμΜ", "ǆǅǄ"])
def test_case_beyond_ascii_is_every_case_that_a_match_may_have(letters: str) -> None:
    for letter in letters:
        node = parse(f"(?i){letter}é")
        for other in letters:
            if compiled(f"(?i){letter}é").search(f"{other}é"):
                assert run(automaton(node, False), f"{other}é".encode())[1], (letter, other)


@settings(deadline=None, max_examples=300)
@given(patterns, st.lists(st.sampled_from(["a", "key", "K", "_", ".", "07f", "é", " ", "x" * 40, "\n"]), max_size=200))
def test_an_automaton_that_forgets_its_states_sees_the_same(pattern: str, parts: list[str]) -> None:
    made = automaton(parse(pattern), pattern.isascii())
    text = "".join(parts).encode()
    if made:
        few, ends = run(made, text, 8)
        assert few <= 12
        assert sorted(ends) == sorted(run(made, text)[1])


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
    automaton(tree, text.isascii())


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
