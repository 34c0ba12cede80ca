"""The command line: one file a command; the only place that imports click."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from types import FrameType

import click

from dlp.errors import DlpError

COMMANDS = ("fingerprints", "init", "register", "scan")
"""Each is the object of its name in the module of its name; loaded when it is called for."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"dlp.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # Said here, so that help need not load every command.
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    ("init", "Make a store and its key."),
                    ("register", "Fingerprint secret documents into the store."),
                    ("scan", "Look for passages of registered documents in files."),
                    ("fingerprints", "List, remove, check, compact, export and import what is registered."),
                ]
            )


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from dlp import __version__
    from dlp.fingerprint import FOLD_VERSION, KERNEL
    from dlp.registry.catalogue import FORMAT

    click.echo(f"dlp {__version__}\nkernel {KERNEL}\nstore format {FORMAT}, fold table {FOLD_VERSION}")
    ctx.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version,
              help="Version, kernel in use, store format.")  # fmt: skip
def dlp() -> None:
    """Data loss prevention: finds passages of registered documents in outgoing files.

    Exit codes: 0 nothing at or above --fail-on; 1 findings; 2 usage, configuration or store error;
    3 something could not be read whole, and --fail-on-skipped was given.
    """


def _terminate(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def main() -> None:
    """What the `dlp` script calls. Errors the user can mend end in one line and exit code 2."""
    signal.signal(signal.SIGTERM, _terminate)  # so that workers and half-written files are put away
    try:
        code = dlp.main(standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        code = 2
    except DlpError as error:
        click.echo(f"dlp: {error}", err=True)
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("dlp: interrupted", err=True)
        code = 130
    except BrokenPipeError:
        # The reader went away (`dlp scan | head`): there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 141
    sys.exit(code if isinstance(code, int) else 0)
