"""From what was found, and what was not read, to a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlp.policy.policy import Policy


def built_in() -> Policy:
    """The policy that holds where no other is given; its modules are loaded when there is something to decide."""
    from dlp.policy.policy import default_policy

    return default_policy()
