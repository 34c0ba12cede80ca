"""How much of a PDF's text is read: beside poppler's pdftotext, and beside text that is there besides; and how fast.

FOLDER is searched for PDFs. Where `txt/NAME.txt` lies beside `pdf/NAME.pdf` (CUAD is laid out so), the 5-word
shingles of that text are looked for; otherwise the words that pdftotext finds, each as often as it finds it. Words are
compared as letters and digits, in lower case. Files that pdftotext refuses or finds less than 20 words in are left out.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from dlp.extract.pdf.pdf import PdfExtractor
from dlp.extract.recursion import extract
from dlp.limits import Limits
from dlp.model import Blob, Mark, Skipped

LEAST = 20
_WORD = re.compile(r"[^\W_]+")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", metavar="FOLDER", help="is searched for *.pdf")
    parser.add_argument("--least", type=float, default=0.97, help="recall below which this fails  [%(default)s]")
    parser.add_argument("--smoke", action="store_true", help="a small made-up PDF, and its text checked")
    given = parser.parse_args()
    if bool(given.folder) == given.smoke:
        parser.error("give FOLDER, or --smoke, and not both")
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as made:
        recall = _measure(_made_up(made) if given.smoke else Path(given.folder))
    if recall < given.least:
        sys.exit(f"less than {given.least}")


def _measure(folder: Path) -> float:
    found = wanted = pages = 0
    seconds = 0.0
    worst: list[tuple[float, str]] = []
    for path in sorted(folder.rglob("*.pdf")):
        begun = time.process_time()
        text, count = _ours(path)
        seconds += time.process_time() - begun
        pages += count
        twin = path.parent.parent / "txt" / f"{path.stem}.txt"
        theirs = _grams(twin.read_text("utf-8", "replace")) if twin.is_file() else _theirs(path)
        if sum(theirs.values()) < LEAST:
            continue
        ours = _grams(text) if twin.is_file() else Counter(_words(text))
        hits = sum((theirs & ours).values())
        found, wanted = found + hits, wanted + sum(theirs.values())
        worst.append((hits / sum(theirs.values()), path.name))
    recall = found / wanted if wanted else 0.0
    mean = sum(share for share, _ in worst) / len(worst) if worst else 0.0
    print(f"files compared                {len(worst)}")
    print(f"recall, all words together    {recall:.4f}")
    print(f"recall, mean of the files     {mean:.4f}")
    print("least                         " + ", ".join(f"{share:.3f} {name}" for share, name in sorted(worst)[:5]))
    print(f"pages                         {pages}")
    print(f"CPU, all readings             {pages / seconds if seconds else 0:.0f} pages a second")
    _show_speed(folder)
    return min(recall, mean)


def _show_speed(folder: Path) -> None:
    """Of the extractor by itself, which leaves what lies in the files to the others."""
    pages = 0
    begun = time.process_time()
    for path in sorted(folder.rglob("*.pdf")):
        with path.open("rb", buffering=0) as stream:
            marks: list[Mark] = []
            for part in PdfExtractor().extract(Blob((path.name,), stream, path.stat().st_size), Limits()):
                if not isinstance(part, Skipped | Blob):
                    for _ in part.chunks:
                        pass
                    marks += part.marks
        pages += len({mark.locator for mark in marks if re.fullmatch(r"page \d+", mark.locator)})
    print(f"CPU, the extractor by itself  {pages / (time.process_time() - begun):.0f} pages a second")


def _ours(path: Path) -> tuple[str, int]:
    """All text that a scan sees, and how many pages of the file have any."""
    texts: list[str] = []
    pages: set[str] = set()
    with path.open("rb", buffering=0) as stream:
        for part in extract(Blob((path.name,), stream, path.stat().st_size), Limits()):
            if not isinstance(part, Skipped):
                data = b"".join(bytes(chunk) for chunk in part.chunks)
                if part.alphabet == "text":
                    texts.append(data.decode("utf-8", "replace"))
                pages |= {mark.locator for mark in part.marks if re.fullmatch(r"page \d+", mark.locator)}
    return "\n".join(texts), len(pages)


def _theirs(path: Path) -> Counter[str]:
    ran = subprocess.run(["pdftotext", "-q", str(path), "-"], capture_output=True, check=False, timeout=120)
    return Counter(_words(ran.stdout.decode("utf-8", "replace")) if ran.returncode == 0 else [])


def _words(text: str) -> list[str]:
    return _WORD.findall(text.replace("\u00ad", "").lower())


def _grams(text: str) -> Counter[str]:
    words = _words(text)
    return Counter({" ".join(words[at : at + 5]): 1 for at in range(len(words) - 4)})


def _made_up(folder: str) -> Path:
    words = " ".join(f"word{number}" for number in range(40))
    content = f"BT /F1 9 Tf 20 700 Td ({words[:120]}) Tj 0 -12 Td ({words[120:]}) Tj ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 900 792] /Contents 4 0 R "
        "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
    ]
    body = "".join(f"{number} 0 obj\n{each}\nendobj\n" for number, each in enumerate(objects, 1))
    for name in ("pdf", "txt"):
        os.mkdir(os.path.join(folder, name))
    Path(folder, "pdf", "a.pdf").write_bytes(f"%PDF-1.4\n{body}trailer\n<< /Root 1 0 R >>\n%%EOF\n".encode())
    Path(folder, "txt", "a.txt").write_text(words[:120] + "\n" + words[120:])
    return Path(folder)


if __name__ == "__main__":
    main()
