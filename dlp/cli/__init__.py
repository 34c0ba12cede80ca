"""The command line: one file a command; the only place that imports click."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import sys
from types import FrameType, MappingProxyType
from typing import Final, NoReturn

import click

from dlp.errors import DlpError, UsageError

COMMANDS: Final = MappingProxyType(
    {
        "init": "Make a store and its key.",
        "register": "Fingerprint secret documents into the store.",
        "scan": "Look in files for what is registered and what rules describe.",
        "watch": "Guard folders: judge every file that comes into them, as it comes.",
        "status": "Say whether the daemon is well, and what it is at.",
        "reload": "Have the daemon take up changes of its configuration, policy, rules and registry.",
        "show": "Show both sides of a passage that a scan found, in plain text.",
        "incidents": "Keep, show, review, export and verify what scans found.",
        "quarantine": "List, give back, release and purge files that were taken away.",
        "audit": "Write down how things stand: registered, found, changed, not readable, open.",
        "policy": "Write, check, explain, test and compare policies.",
        "baseline": "Say what is known, so that scans tell only what is new.",
        "hook": "Look at commits and pushes, as a hook of git.",
        "rules": "List, show, check, try and convert rules.",
        "attack": "Try how a registered document could be got past the scan.",
        "calibrate": "Choose thresholds by what is flagged of your own clean files.",
        "fingerprints": "List, remove, check, compact, export and import what is registered.",
    }
)
"""What each is for, so that help need not load it. Each is the object of its name in the module of its name."""


class _ReaderGone(Exception):
    """Nobody reads standard output any more (`dlp scan | head`)."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"dlp.cli.{cmd_name}"), cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise _ReaderGone from None  # click would end with 1, which stands for findings

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from dlp import __version__
    from dlp.fingerprint import FOLD_VERSION, KERNEL
    from dlp.match.engines import choose
    from dlp.registry.schema import FORMAT
    from dlp.scan.confining import held_here

    click.echo(f"dlp {__version__}\nkernel {KERNEL}, rules by {choose().name}")
    click.echo(f"store format {FORMAT}, fold table {FOLD_VERSION}")
    click.echo(f"readers confined by {held_here()}")
    ctx.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version,
              help="Version, kernel and engine in use, store format, what confines readers.")  # fmt: skip
def dlp() -> None:
    """Data loss prevention: finds passages of registered documents, secrets, personal data and markings in files.

    Exit codes: 0 nothing at or above --fail-on; 1 findings; 2 usage, configuration or store error;
    3 something could not be read whole, and --fail-on-skipped was given.
    """


def _terminate(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def main() -> NoReturn:
    """What the `dlp` script calls. Errors the user can mend end in one line and exit code 2."""
    gc.set_threshold(50_000, 20, 20)  # starting makes tens of thousands of objects that stay: 5 ms of looking at them
    signal.signal(signal.SIGTERM, _terminate)  # so that workers and half-written files are put away
    _settle_standard_streams()
    try:
        code = dlp.main(standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        code = 2
    except DlpError as error:
        _tell(str(error))
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _tell("interrupted")
        code = 130
    except (_ReaderGone, BrokenPipeError):
        _drop_output()
        code = 141
    except OSError as error:
        _drop_output()
        _tell(f"{error.filename or 'the output cannot be written'}: {error.strerror or error}")
        code = UsageError.exit_code
    except Exception as error:  # noqa: BLE001  # a defect of ours must not end with 1, which stands for findings
        _tell(_defect(error))
        code = UsageError.exit_code
    _end(code if isinstance(code, int) else 0)


def _end(code: int) -> NoReturn:
    """Ends the process at once. All is written and closed; taking Python and an index apart first would cost 20 ms."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _settle_standard_streams() -> None:
    """Output that no encoding stops; and a stream that was closed leads nowhere, lest its number be given to the
    store's files."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            descriptor = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: its own
            if name != "stdin":  # that one stays None: who asks for it must hear of it
                setattr(sys, name, open(descriptor, mode))  # noqa: SIM115  # as long as the process
        elif mode == "w" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _tell(message: str) -> None:
    """An error, line by line: names that others chose must not act on a terminal."""
    from dlp.report.escape import visible

    with contextlib.suppress(OSError):
        click.echo("dlp: " + "\n".join(map(visible, message.split("\n"))), err=True)


def _drop_output() -> None:
    """What is still buffered has nowhere to go; Python would try, and complain, once more at its end."""
    null = os.open(os.devnull, os.O_WRONLY)
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    os.dup2(null, sys.stdout.fileno())


def _defect(error: Exception) -> str:
    """What to report. Without the error's message: it may quote a document."""
    import traceback

    frames = "".join(traceback.format_tb(error.__traceback__)).rstrip()
    return f"this is a defect of dlp: {type(error).__name__}; please report it, with\n{frames}"
