"""What is done about a verdict: one class an action, each an `Action`."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol

from dlp.errors import ConfigError
from dlp.model import Contained, Result

if TYPE_CHECKING:
    from dlp.daemon.judging import Judging

SETTLED: Final = (Contained.CHANGED, Contained.NOTICE)
"""What an action may find that leaves nothing to be told: it is judged anew, or is a note of ours."""


class Action(Protocol):
    """Does something about a file's verdict, which is `warn` or stricter."""

    def act(self, result: Result, lies: bytes) -> Result:
        """The result, with what became of the file where something did (`containment`). `lies`: where the file is now;
        empty for in its place.

        It is called before the verdict is written down, so after a crash it may be called once more with the same
        result: what was done then must not be done twice. Raises DlpError where it cannot be done now; it is called
        again later.
        """
        ...


class Log:
    """Nothing but the report, which there is of every verdict."""

    def act(self, result: Result, lies: bytes) -> Result:
        return result


class Quarantine:
    """Takes files out of their place whose verdict is `quarantine` or `block`. One that is gone, or another by now, is
    left alone."""

    def __init__(self, judging: Judging) -> None:
        """Goes on with what was cut short when the last daemon ended. Raises DlpError."""
        if judging.incidents is None:
            raise ConfigError("the action quarantine needs a folder of incidents; make one with: dlp incidents init")
        from dlp.scan.containing import Containing

        self._containing = Containing(judging.incidents, [os.fsencode(each) for each in judging.configuration.folders])

    def act(self, result: Result, lies: bytes) -> Result:
        """What several files have together is no file that could be taken."""
        return self._containing.act(result, lies) if result.location else result


ACTIONS: Final = MappingProxyType[str, Callable[["Judging"], Action]](
    {
        "log": lambda judging: Log(),
        "quarantine": Quarantine,
    }
)
"""Every action by its name in the configuration. To add one: its class, its line, its conformance case."""
