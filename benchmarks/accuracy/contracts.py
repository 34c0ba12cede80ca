"""Real contracts: half of them are registered, the other half and all PDFs are scanned.

CORPUS_DIR holds `txt/` and, of some of the same contracts, `pdf/` (CUAD, the Contract Understanding Atticus Dataset,
is laid out so). Of the texts in the order of their names the first, third, fifth … are registered.

What counts as a flag is a verdict of warn or stricter. Contracts share clauses word for word, and some are of one
filer: what is flagged of contracts nobody registered are passages they have in common with registered ones. No
background is registered here, but the one that is shipped was made of CUAD's contracts: with these, the measurement
says how quiet the engine is about text that the background knows. `excerpts.py` measures it about text that it does
not.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from typing import Any

VERDICTS = ("allow", "audit", "warn", "quarantine", "block")
FLAGGED = frozenset(VERDICTS[2:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", metavar="CORPUS_DIR", help="a folder with txt/ and pdf/")
    parser.add_argument("--label", default="confidential", help="of the registered contracts  [%(default)s]")
    parser.add_argument("--jobs", type=int, default=2, help="worker processes  [%(default)s]")
    parser.add_argument("--smoke", action="store_true", help="a small made-up corpus, and its results checked")
    given = parser.parse_args()
    if bool(given.corpus) == given.smoke:
        parser.error("give CORPUS_DIR, or --smoke, and not both")
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as folder:
        corpus = given.corpus or _made_up(os.path.join(folder, "corpus"))
        found = Contracts(corpus, folder, given.label, given.jobs).measure()
    if given.smoke and (found["texts"]["warn"] or found["twins found"] != 2 or found["texts"]["allow"] != 3):
        sys.exit(f"of the made-up corpus this was not expected: {found}")


class Contracts:
    """One measurement, in a temporary folder."""

    def __init__(self, corpus: str, folder: str, label: str, jobs: int) -> None:
        names = sorted(os.listdir(os.path.join(corpus, "txt")))
        self._corpus, self._folder, self._label, self._jobs = corpus, folder, label, jobs
        self._registered, self._others = names[::2], names[1::2]
        self._environment = {
            **os.environ,
            "DLP_STORE": os.path.join(folder, "store"),
            "DLP_KEY_FILE": os.path.join(folder, "store.key"),
        }

    def measure(self) -> dict[str, Any]:
        """Prints what was found, and gives it."""
        self._run("init")
        _copy(os.path.join(self._corpus, "txt"), self._registered, os.path.join(self._folder, "registered"))
        _copy(os.path.join(self._corpus, "txt"), self._others, os.path.join(self._folder, "others"))
        begun = time.perf_counter()
        self._run("register", "--quiet", "--label", self._label, os.path.join(self._folder, "registered"))
        seconds = time.perf_counter() - begun
        _say(f"registered  {len(self._registered)} contracts as {self._label}, {seconds:.1f} s")
        found: dict[str, Any] = {}
        results = self._scan("contracts that are not registered, as text", os.path.join(self._folder, "others"))
        found["texts"] = Counter(str(each["verdict"]) for each in results.values())
        flagged = sum(count for verdict, count in found["texts"].items() if verdict in FLAGGED)
        _say(f"  flagged: {flagged} of {len(results)} contracts that nobody registered")
        pdf = os.path.join(self._corpus, "pdf")
        if os.path.isdir(pdf):
            found.update(self._pdfs(self._scan("PDFs", pdf)))
        return found

    def _pdfs(self, results: dict[str, dict[str, Any]]) -> dict[str, int]:
        texts = {name.removesuffix(".txt") for name in self._registered}
        twins = {name: each for name, each in results.items() if os.path.splitext(name)[0] in texts}
        hit = [name for name, each in twins.items() if os.path.splitext(name)[0] + ".txt" in _documents(each)]
        flagged = [name for name, each in results.items() if name not in twins and each["verdict"] in FLAGGED]
        strict = sum(each["verdict"] in ("quarantine", "block") for each in twins.values())
        _say(f"  whose text is registered: {len(twins)}; found as that contract: {len(hit)}; quarantined: {strict}")
        _say(f"  whose text is not registered: {len(results) - len(twins)}; flagged all the same: {len(flagged)}")
        return {"twins": len(twins), "twins found": len(hit), "others flagged": len(flagged)}

    def _scan(self, what: str, folder: str) -> dict[str, dict[str, Any]]:
        begun = time.perf_counter()
        output = self._run("scan", "--all", "-f", "json", "-j", str(self._jobs), folder)
        seconds = time.perf_counter() - begun
        results = {os.path.basename(each["path"]): each for each in json.loads(output)["results"]}
        counts = Counter(each["verdict"] for each in results.values())
        unread = sum(each["coverage"] != "complete" for each in results.values())
        _say(f"{what}: {len(results)}, {seconds:.1f} s, {len(results) / seconds:.0f} files/s")
        _say("  " + ", ".join(f"{verdict} {counts[verdict]}" for verdict in VERDICTS) + f"; not read whole {unread}")
        return results

    def _run(self, *arguments: str) -> bytes:
        command = os.path.join(os.path.dirname(sys.executable), "dlp")
        done = subprocess.run(
            [command if os.path.exists(command) else "dlp", *arguments], env=self._environment, capture_output=True
        )
        if done.returncode not in (0, 1):
            sys.exit(f"dlp {' '.join(arguments)} ended with {done.returncode}: {done.stderr.decode()}")
        return done.stdout


def _documents(result: dict[str, Any]) -> set[str]:
    return {finding["document"]["name"] for finding in result["findings"]}


def _copy(source: str, names: list[str], target: str) -> None:
    os.mkdir(target)
    for name in names:
        shutil.copyfile(os.path.join(source, name), os.path.join(target, name))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _made_up(corpus: str) -> str:
    """Six texts that share nothing, of two of the registered ones a copy in other clothes under pdf/."""
    source = random.Random(6)
    os.makedirs(os.path.join(corpus, "txt"))
    os.makedirs(os.path.join(corpus, "pdf"))
    for number in range(6):
        words = ["".join(source.choices("abdegilmnoprstu", k=source.randrange(2, 10))) for _ in range(600)]
        with open(os.path.join(corpus, "txt", f"{number}.txt"), "w", encoding="ascii") as file:
            file.write(" ".join(words))
        if number in (0, 4):
            with open(os.path.join(corpus, "pdf", f"{number}.pdf"), "w", encoding="ascii") as file:
                file.write("\n".join(words).upper())
    return corpus


if __name__ == "__main__":
    main()
