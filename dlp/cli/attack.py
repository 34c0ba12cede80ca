"""`dlp attack`: what is found of a document of one's own when somebody hides it."""

from __future__ import annotations

from itertools import groupby

import click
import msgspec

from dlp.cli.options import jobs_option, open_place, processors, say, store_options
from dlp.cli.progress import Progress
from dlp.limits import Limits
from dlp.model import Verdict
from dlp.policy.policy import default_policy
from dlp.registry.store import Store
from dlp.report.encoding import encode
from dlp.report.escape import visible
from dlp.scan.pipeline import pipeline_for
from dlp.trial.attack import attack as run
from dlp.trial.document import subject
from dlp.trial.matrix import Matrix, NotPossible, Row

HEADS = ("mutant", "", "found", "flagged", "evidence", "verdicts", "confidence")


@click.command()
@click.argument("document", metavar="DOCUMENT")
@click.option("--repeat", type=click.IntRange(1, 1000), default=5, show_default=True, metavar="N",
              help="Tries of each mutant that chance has a say in.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="Another one: other chances.")
@click.option("--keep", metavar="DIR", help="Keep the mutants in DIR, a new or empty folder. They hold the text.")
@click.option("--fail-on", type=click.Choice([each.value for each in Verdict if each != Verdict.ALLOW]), default="warn",
              show_default=True, help="The verdict from which on a mutant counts as flagged.")  # fmt: skip
@click.option("-f", "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
              help="How the matrix is written.")  # fmt: skip
@store_options
@jobs_option
@click.option("--no-progress", is_flag=True, help="No progress line on the terminal.")
def attack(
    document: str,
    repeat: int,
    seed: int,
    keep: str | None,
    fail_on: str,
    form: str,
    store: str | None,
    key_file: str | None,
    jobs: int | None,
    no_progress: bool,
) -> int:
    """Try how a registered document could be got past the scan.

    Hides the text of DOCUMENT, a file that is registered, in dozens of ways: disguised letters, edited words, excerpts
    in long harmless texts, pieces spread over files. Scans these mutants as any other files, and says what was found.

    The mutants hold the document's text. They are written to a temporary folder ($TMPDIR) that only you may read, and
    removed. Exit code 0 says that the trial ran, whatever it found.
    """
    limits = Limits()
    folder, key = open_place(store, key_file)
    registry = Store(folder, key)
    pipeline = pipeline_for(registry, default_policy, limits)
    target = subject(document, registry, pipeline, limits)
    with Progress("attacking", wanted=not no_progress) as progress:
        matrix = run(
            target,
            pipeline,
            seed=seed,
            repeat=repeat,
            fail_on=Verdict(fail_on),
            keep=keep,
            jobs=jobs or processors(),
            limits=limits,
            progress=progress.update,
        )
    if form == "json":
        click.echo(msgspec.json.format(encode(matrix), indent=2))
    else:
        click.echo(_table(matrix))
    if matrix.not_possible:
        say(_not_possible(matrix))
    if not matrix.mutants[0].found:
        say(
            "even the unchanged text is not found: is it registered as background, too, or common to more than ten "
            "documents?"
        )
    return 0


def _table(matrix: Matrix) -> str:
    document = matrix.document
    rows = [HEADS, *(_cells(row) for row in matrix.mutants)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    lines = []
    family = ""
    for row in rows:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)]
        if row[0] == family:
            cells[0] = " " * widths[0]
        family = row[0]
        lines.append("  ".join(cells).rstrip())
    tries, found, flagged = (
        sum(getattr(row, what) for row in matrix.mutants) for what in ("tries", "found", "flagged")
    )
    return "\n".join(
        [
            f"{visible(document.name)} ({visible(document.label)}), {document.words:,} words, seed {matrix.seed}",
            "",
            *lines,
            "",
            f"of {tries:,} tries {found:,} were found, {flagged:,} with {matrix.fail_on} or stricter",
            "evidence: symbols of the weightiest passage, in the worst try and in the median",
        ]
    )


def _cells(row: Row) -> tuple[str, ...]:
    evidence = f"{row.lowest_evidence:,}"
    if row.tries > 1:
        evidence += f" / {row.median_evidence:,}"
    return (
        row.family,
        row.variant,
        f"{row.found}/{row.tries}",
        f"{row.flagged}/{row.tries}",
        evidence,
        _counted(row.verdicts, row.tries),
        _counted(row.confidence, row.tries) or "-",
    )


def _counted(counts: dict[str, int], tries: int) -> str:
    """Without figures where all tries agree."""
    if tries in counts.values():
        return next(iter(counts))
    return ", ".join(f"{what} {count}" for what, count in counts.items())


def _not_possible(matrix: Matrix) -> str:
    def least(each: NotPossible) -> tuple[str, int]:
        return each.family, each.words

    kinds = ", ".join(f"{family} (from {words:,} on)" for (family, words), _ in groupby(matrix.not_possible, least))
    return f"not possible with {matrix.document.words:,} words of text: {kinds}"
