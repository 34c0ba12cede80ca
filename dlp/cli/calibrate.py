"""`dlp calibrate`: thresholds from one's own clean files and documents."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click
import msgspec

from dlp.cli.options import jobs_option, open_place, processors, say, store_options
from dlp.cli.progress import Progress
from dlp.errors import UsageError
from dlp.limits import Limits
from dlp.policy.policy import default_policy
from dlp.registry.store import Store
from dlp.report.encoding import encode
from dlp.report.escape import visible
from dlp.scan.pipeline import pipeline_for
from dlp.source.files import FileSource
from dlp.trial.calibrate import FEW, GRID, LENGTHS, LISTED, RATES, TRIES, Calibration, policy_text, registered
from dlp.trial.calibrate import calibrate as run
from dlp.trial.plot import svg


@click.command()
@click.option(
    "--clean", required=True, multiple=True, metavar="DIR", help="Files that must not be flagged. Repeatable."
)
@click.option("--secret", multiple=True, metavar="DIR",
              help="Documents to cut excerpts from, instead of those in the store. Repeatable.")  # fmt: skip
@click.option("--budget", type=click.FloatRange(0, 1), default=0.02, show_default=True, metavar="SHARE",
              help="Share of the clean files that may be flagged.")  # fmt: skip
@click.option("--policy-out", metavar="FILE", help="Write a policy with the chosen threshold, for dlp scan --policy.")
@click.option("--plot", metavar="FILE.svg", help="Draw the curves.")
@click.option("--force", is_flag=True, help="Overwrite the files of --policy-out and --plot.")
@click.option("--tries", type=click.IntRange(1, 10_000), default=TRIES, show_default=True, metavar="N",
              help="Excerpts of each length and rate of edits.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="Another one: other excerpts.")
@click.option("-f", "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
              help="How the curve is written.")  # fmt: skip
@store_options
@jobs_option
@click.option("--no-progress", is_flag=True, help="No progress line on the terminal.")
def calibrate(
    clean: tuple[str, ...],
    secret: tuple[str, ...],
    budget: float,
    policy_out: str | None,
    plot: str | None,
    force: bool,
    tries: int,
    seed: int,
    form: str,
    store: str | None,
    key_file: str | None,
    jobs: int | None,
    no_progress: bool,
) -> int:
    """Choose thresholds by your own files: what is flagged of clean ones, what is found of excerpts.

    Scans the clean files, and excerpts of 20 to 100 words with up to a fifth of them replaced, in harmless prose.
    Prints how many clean files each threshold of rarity flags and how many excerpts it finds, and chooses the lowest
    threshold within the budget.

    With --secret, these documents are registered in a temporary store, which is removed; no other is needed, and what
    is registered in one, background too, does not count. Without it, those in the store whose text is kept
    (dlp register --keep-text) are cut.
    """
    if plot and not plot.lower().endswith(".svg"):
        raise UsageError(f"--plot {plot}: the curves are drawn as SVG; name a file that ends in .svg")
    for option, path in (("--policy-out", policy_out), ("--plot", plot)):
        if path and os.path.lexists(path) and not force:
            raise UsageError(f"{option} {path}: there is such a file; --force overwrites it")
    limits, workers = Limits(), jobs or processors()
    with (
        _documents(secret, store, key_file, workers, limits) as registry,
        Progress("calibrating", wanted=not no_progress) as progress,
    ):
        made = run(
            FileSource(clean, avoid=[registry.folder]),
            registry,
            pipeline_for(registry, default_policy, limits),
            budget=budget,
            seed=seed,
            jobs=workers,
            limits=limits,
            tries=tries,
            progress=progress.update,
        )
    if policy_out:
        _write(policy_out, policy_text(made.chosen, _notes(made)), force)
    if plot:
        _write(plot, svg(made).encode(), force)
    click.echo(msgspec.json.format(encode(made), indent=2) if form == "json" else _table(made))
    for warning in _warnings(made):
        say(warning)
    return 0


@contextmanager
def _documents(
    secret: tuple[str, ...], store: str | None, key_file: str | None, jobs: int, limits: Limits
) -> Iterator[Store]:
    if not secret:
        folder, key = open_place(store, key_file)
        yield Store(folder, key)
        return
    with registered(FileSource(secret), jobs=jobs, limits=limits) as (registry, refused):
        for name in refused:
            say(f"{visible(name)} was not registered; dlp register tells why")
        if not registry.documents:
            raise UsageError("no document could be registered: nothing to cut excerpts from")
        yield registry


def _write(path: str, content: bytes, force: bool) -> None:
    try:
        with open(path, "wb" if force else "xb") as file:
            file.write(content)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def _notes(made: Calibration) -> list[str]:
    point = next(each for each in made.points if each.rarity == made.chosen)
    return [
        f"Made by dlp calibrate (seed {made.seed}): {point.flagged} of {made.clean} clean files have a passage of "
        f"rarity {made.chosen} or more,",
        f"with a budget of {made.budget:.1%}. The rarities below follow from that; all else is as built in.",
        "",
    ]


def _table(made: Calibration) -> str:
    heads = ["rarity", "clean files flagged", *(f"{words} words" for words in LENGTHS)]
    rows = [heads]
    for point in made.points:
        if point.rarity not in GRID and abs(point.rarity - made.chosen) > 1:
            continue
        cells = [f"{point.rarity}{' *' if point.rarity == made.chosen else ''}", f"{point.flagged} ({point.share:.1%})"]
        for first in range(0, len(point.recall), len(RATES)):
            shares = point.recall[first : first + len(RATES)]
            cells.append(" ".join("  -" if each is None else f"{100 * each:3.0f}" for each in shares))
        rows.append(cells)
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    rates = ", ".join(f"{rate:.0%}" for rate in RATES)
    lines = [
        f"{made.clean:,} clean files, excerpts of {made.documents:,} documents, seed {made.seed}",
        "",
        *lines,
        "",
        f"excerpts found, in percent, with {rates} of their words replaced; * is chosen",
    ]
    if made.worst:
        lines += ["", "clean files that reach it:"]
        lines += [f"  {visible(each.path)}: {each.rarity}, of {visible(each.document)}" for each in made.worst[:LISTED]]
    lines += ["", "clean files warned of, or more, were the documents labelled so (as built in; as calibrated):"]
    lines += [f"  {label}: {count}; {made.with_chosen[label]}" for label, count in made.built_in.items()]
    return "\n".join(lines)


def _warnings(made: Calibration) -> Iterator[str]:
    if made.clean < FEW:
        yield f"{made.clean} clean files are few: give {FEW} or more, better hundreds, before you rely on this"
    if made.budget * made.clean < 1:
        yield (
            f"{made.clean} clean files cannot measure less than {1 / made.clean:.1%} false alarms: none of them "
            f"reaches the threshold chosen, and still up to {min(1.0, 3 / made.clean):.0%} of others may"
        )
    if made.unread:
        yield f"{made.unread} clean files could not be read, and are not counted"
