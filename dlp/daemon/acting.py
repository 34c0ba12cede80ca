"""What is done about a verdict: one class an action, each an `Action`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Protocol

from dlp.daemon.configuration import Configuration
from dlp.model import Result


class Action(Protocol):
    """Does something about a file's verdict, which is `warn` or stricter, or of a file that was not read whole."""

    def act(self, result: Result) -> Result:
        """The result, with what became of the file where something did (`containment`).

        It is called before the verdict is written down, so after a crash it may be called once more with the same
        result: what was done then must not be done twice. Raises DlpError where it cannot be done now; it is called
        again later.
        """
        ...


class Log:
    """Nothing but the report, which there is of every verdict."""

    def act(self, result: Result) -> Result:
        return result


ACTIONS: Final = MappingProxyType[str, Callable[[Configuration, Mapping[str, str]], Action]](
    {
        "log": lambda configuration, environment: Log(),
    }
)
"""Every action by its name in the configuration. To add one: its class, its line, its conformance case."""
