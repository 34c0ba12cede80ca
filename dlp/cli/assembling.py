"""What commands that scan are made of, from their options: the policy, and the matcher of patterns."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from dlp import __version__
from dlp.cli.options import say, say_compiling
from dlp.policy import built_in
from dlp.registry.seal import value_key
from dlp.scan.patterns import Patterns, pattern_matcher

if TYPE_CHECKING:
    from dlp.match.pattern import PatternMatcher
    from dlp.match.values import Digests
    from dlp.policy.policy import Policy


class Judge(msgspec.Struct, frozen=True):
    """The policy that a command goes by; what must be known of it before anything is scanned is here already, so that
    the built-in one need not be read where there is nothing to decide."""

    policy: Callable[[], Policy] = built_in
    judges_all: bool = False
    """`Policy.clean`."""

    notified: frozenset[str] = frozenset()


def judge_of(path: str | None) -> Judge:
    """Of a policy's file, or the built-in one. Raises ConfigError."""
    if path is None:
        return Judge()
    from dlp.policy.policy import load_file

    policy = load_file(path)
    return Judge(lambda: policy, policy.clean, policy.notified)


def comments_of(given: Sequence[str], *, in_git: bool) -> tuple[str, ...]:
    """Whose comments allow what stands on their line, as `--allow-comments` has it. What is pushed does not allow
    itself."""
    return tuple(each for each in given or (() if in_git else ("dlp",)) if each != "none")


def matcher_of(patterns: Patterns, key: bytes, listing: Digests | None = None) -> PatternMatcher:
    """`key`: the store's, or the user's; `listing`: digests of a baseline. Raises ConfigError, UsageError."""
    return pattern_matcher(patterns, value_key(key), __version__, os.environ, say, say_compiling, listing)
