"""Every pattern that parses renders to one that `regex` takes and that is the same pattern."""

from __future__ import annotations

import pytest
import regex
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dlp.rule.foreign.patterns import written
from dlp.rule.parsing import PatternError, parse
from dlp.rule.syntax import Alt, Cat, Chars, Edge, Group, Node, Repeat, render

atoms = st.one_of(
    st.sampled_from([*"aK_-=:;#~&' \"@.", "é", "社", "{", "}", "a{", "{,}x", "]"]),
    st.sampled_from(
        [r"\.", r"\d", r"\W", r"\S", r"\s", r"\x41", r"\x{1f600}", r"\u00e9", r"\n", r"\t", r"\x00", r"\R", r"\h"]
    ),
    st.sampled_from([r"\Qa.b\E", r"\Q+\E", r"\/", r"\-", r"\ ", r"\#", r"\[", r"\]"]),
    st.sampled_from(["[a-f0-9]", "[^x]", "[]a]", "[^]-]", "[a-]", "[.*+]", r"[\w-]", r"[\d\s]", r"[^\S\n]", r"[\[\]]"]),
    st.sampled_from(["[[:alpha:]_]", "[[:^digit:]]", r"[\b]", r"[\x{20}-\x{7e}]", "[ж-щ]"]),
    st.sampled_from(["(?i:k)", "(?s:.)", "(?-i:K)", "(?i:é)", "(?i:[^a-c])"]),
)
places = st.sampled_from([r"\b", r"\B", "^", "$", r"\A", r"\z", r"\Z"])
flags = st.sampled_from(["(?i)", "(?x)", "(?s)", "(?m)", "(?xi)", "(?U)", "(?-i)", "(?i-s)"])
repeats = st.sampled_from(["?", "*", "+", "{2}", "{1,3}", "{3,}", "??", "*?", "++", "{40}", "{0,70}?", "{2}{3}"])
openings = st.sampled_from(
    ["(", "(?:", "(?P<a>", "(?<b>", "(?i:", "(?x:", "(?-i:", "(?=", "(?!", "(?<!", "(?<=", "(?>"]
)
patterns = st.recursive(
    st.one_of(atoms, places),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=1, max_size=3).map("|".join),
        st.tuples(openings, inner).map(lambda pair: f"{pair[0]}{pair[1]})"),
        st.tuples(inner, repeats).map("".join),
        st.tuples(flags, inner).map("".join),
        st.tuples(inner, st.sampled_from([" ", "\n", " # why\n"]), inner).map("".join),
    ),
    max_leaves=10,
)
anything = st.text(st.sampled_from("ab(?i:x)|[]{}*+-^$\\.,<>=!#P1 \nQEdw"), max_size=20)


def shape(node: Node) -> object:
    """What a pattern means, however it is written."""
    if isinstance(node, Chars):
        return node.ranges
    if isinstance(node, Edge):
        return node.source.replace("z", "Z")
    if isinstance(node, Repeat):
        return ("repeat", shape(node.node), node.least, node.most, node.suffix)
    if isinstance(node, Group):
        inner = shape(node.node)
        # Case is in the characters already.
        return inner if node.opening in ("(?:", "(?i:", "(?-i:") else (node.opening, inner)
    parts = [shape(each) for each in node.nodes]
    if isinstance(node, Alt):
        branches: list[object] = []
        for part in parts:
            branches += part[1:] if isinstance(part, tuple) and part[:1] == ("alt",) else [part]
        return ("alt", *branches)
    assert isinstance(node, Cat)
    flat: list[object] = []
    for part in parts:
        flat += part[1:] if isinstance(part, tuple) and part[:1] == ("cat",) else [part]
    return flat[0] if len(flat) == 1 else ("cat", *flat)


@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(patterns, anything))
@example(r"\Qab\E+")
@example("(?i)a|(?-i)b|c")
@example("a(?x) b # c\n|d")
@example(r"\x{e9}[\w]")
def test_a_pattern_is_the_same_once_rendered(pattern: str) -> None:
    try:
        tree = parse(pattern)
    except PatternError:
        return
    rendered = written(tree) if pattern.isascii() else render(tree)
    again = parse(rendered)
    assert shape(again) == shape(tree), rendered
    regex.compile(rendered, regex.MULTILINE | (regex.ASCII if pattern.isascii() else regex.UNICODE))


@pytest.mark.parametrize(
    ("pattern", "text", "value"),
    [
        ("(?i)a(?-i)b", "Ab", "Ab"),
        ("(?x) a \\  b # c", "a b", "a b"),
        ("(?xi: a # c\n b)c", "ABc", "ABc"),
        ("(?s)a.b", "a\nb", "a\nb"),
        (r"\Qa.b\E{2}", "a.ba.bb", "a.bb"),
        ("(?U)a+", "aaa", "a"),
        ("(?i)é", "É", "É"),
        ("[[:^digit:]]+", "12ab3", "ab"),
        ("a{,2}b", "aab", "aab"),
        ("[]a]+", "x]a]", "]a]"),
    ],
)
def test_what_is_rendered_matches_as_was_meant(pattern: str, text: str, value: str) -> None:
    found = regex.search(render(parse(pattern)), text, regex.MULTILINE)
    assert (found[0] if found else "") == value
