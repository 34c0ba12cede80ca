"""`dlp watch`: guards folders, as long as it runs."""

from __future__ import annotations

import os
import sys
from typing import Any

import click
import msgspec

from dlp.cli.options import Bounds, jobs_option, limit_options, processors, rule_options, store_options
from dlp.cli.recording import incidents_option
from dlp.daemon.configuration import Configuration, check_folders, load, of_paths, state_folder
from dlp.daemon.log import FORMS, Log
from dlp.daemon.serving import Address, address
from dlp.errors import UsageError
from dlp.model import Verdict
from dlp.rule.packs import Selection as RuleSelection

FORMATS = ("text", "jsonl")


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH…]")
@click.option("-c", "--config", "config", metavar="FILE", help="Channels and all else, from a file (see the README).")
@click.option("-f", "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True,
              help="How verdicts are written to standard output.")  # fmt: skip
@click.option("--log-format", type=click.Choice(FORMS), default="text", show_default=True,
              help="How the daemon speaks of itself, on standard error.")  # fmt: skip
@click.option("--metrics", metavar="ADDRESS", help="Serve /metrics and /healthz: 127.0.0.1:9469, unix:/run/dlp.sock.")
@click.option("--once", is_flag=True, help="Judge what is new since the last time, and end.")
@click.option("--all", "everything", is_flag=True, help="Tell of files that are allowed and were read whole, too.")
@click.option("--policy", "policy_file", metavar="FILE", help="Judge by this policy instead of the built-in one.")
@click.option("--no-rules", is_flag=True, help="Look for what is registered only, not for what rules describe.")
@rule_options
@click.option("--include", multiple=True, metavar="GLOB", help="Judge only these (as in .gitignore).")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave these out (as in .gitignore).")
@limit_options
@store_options
@incidents_option
@click.option("--state", metavar="DIR", help="What was judged, and what is to be  [$DLP_STATE, user's state folder]")
@click.option("--fanotify", is_flag=True, help="Opening a file waits for its verdict (Linux, root).")
@jobs_option
def watch(
    paths: tuple[str, ...],
    config: str | None,
    form: str,
    log_format: str,
    metrics: str | None,
    once: bool,
    everything: bool,
    fanotify: bool,
    policy_file: str | None,
    no_rules: bool,
    rules: RuleSelection,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    bounds: Bounds,
    store: str | None,
    key_file: str | None,
    incidents: str | None,
    state: str | None,
    jobs: int | None,
) -> int:
    """Guard folders: every file in them is judged, and again whenever it changes, as `dlp scan` would judge it.

    What was judged is remembered, so that after a restart only what is new is read. SIGHUP, or `dlp reload`, takes up
    changes of the configuration, as does changing it; SIGTERM ends it.

    Exit codes: 0; with --once, 1 if there was a verdict of warn or stricter; 2 usage, configuration or store error.
    """
    given = {
        "policy": policy_file,
        "no_rules": no_rules,
        "rules": rules,
        "include": include,
        "exclude": exclude,
        "bounds": bounds,
        "store": store,
        "key_file": key_file,
        "incidents": incidents,
    }
    if config:
        _only_with_paths(paths, given)

    def configuration() -> Configuration:
        from dlp.daemon.acting import ACTIONS

        made = load(config, tuple(ACTIONS), os.environ) if config else _of_options(paths, given)
        changed: dict[str, Any] = {}
        if state:
            changed["state"] = os.path.abspath(state)
        if jobs:
            changed["jobs"] = jobs
        if fanotify:
            changed["fanotify"] = True
        if metrics:
            changed["metrics"] = _address(metrics)
        return msgspec.structs.replace(made, **changed)

    configuration()  # what is wrong with it is said before anything else is loaded
    return _run(configuration, form, log_format, once, everything)


def _address(text: str) -> Address:
    try:
        return address(text)
    except ValueError as error:
        raise UsageError(f"--metrics {text}: {error}") from None


def _only_with_paths(paths: tuple[str, ...], given: dict[str, Any]) -> None:
    if paths:
        raise UsageError("folders stand in the file of --config, or are given as PATHs: not both")
    empty = {"rules": RuleSelection(), "bounds": Bounds(*[None] * len(Bounds.__struct_fields__))}
    for name, value in given.items():
        if value and value != empty.get(name):
            option = {"bounds": "limits", "rules": "a choice of rules"}.get(name, "--" + name.replace("_", "-"))
            raise UsageError(f"{option} cannot be given with --config: write it into its file")


def _of_options(paths: tuple[str, ...], given: dict[str, Any]) -> Configuration:
    if not paths:
        raise UsageError("name folders to guard, or a file that does by --config")
    channel = msgspec.structs.replace(of_paths(paths), include=given["include"], exclude=given["exclude"])
    check_folders([channel])
    return Configuration(
        channels=(channel,),
        state=state_folder(os.environ),
        store=given["store"] and os.path.abspath(given["store"]),
        key_file=given["key_file"] and os.path.abspath(given["key_file"]),
        incidents=given["incidents"] and os.path.abspath(given["incidents"]),
        policy=given["policy"] and os.path.abspath(given["policy"]),
        rules=given["rules"],
        no_rules=given["no_rules"],
        limits=given["bounds"].limits(),
    )


def _run(configuration: Any, form: str, log_format: str, once: bool, everything: bool) -> int:
    from dlp.daemon.judging import Judging
    from dlp.daemon.service import Service
    from dlp.daemon.telling import Teller
    from dlp.report import reporter
    from dlp.report.seam import Style

    log = Log(log_format)
    report = reporter(form, sys.stdout.buffer, Style())

    def build() -> Judging:
        made = configuration()
        os.makedirs(made.state, mode=0o700, exist_ok=True)
        return Judging(made, os.environ, [made.state], lambda message: log.info("note", message))

    def teller(judging: Judging) -> Teller:
        return Teller(judging, log, report, everything=everything)

    report.begin()
    service = Service(build, teller, log, jobs=configuration().jobs or processors(), once=once)
    service.run()
    return 1 if once and service.counts.worst.rank >= Verdict.WARN.rank else 0
