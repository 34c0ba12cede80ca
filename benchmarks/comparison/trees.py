"""Makes the trees that pattern scanning is measured on, of pinned packages as PyPI and npm have them.

a/     some 50,000 files, some 200 MB: source, data and binaries as they come; of the largest packages a share
b/     the text files of a/, one after the other, in files of 10 MB
c.txt  50 MB of the same as one line: a space for each line break
d/     the text files of five well-known packages: whatever a scan finds there is taken for a false alarm

Text is what is UTF-8 and holds no NUL. Packages come by `pip download` and `npm pack`, and by nothing else; what is
there already is not fetched or made again. Without npm, its packages are left out, and a/ is smaller. Nothing is
installed, but pip runs what a source archive brings along to tell its own name and version. The trees are the same
on every machine: of archives plain files are taken, at names within the tree, and of wheels those for one platform.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

MB = 1_000_000
LARGE = 10 * MB
LINE = 50 * MB
LONGEST = 200
"""Bytes of a name, and of a path's part: longer ones are left out, so that every file system can hold the tree."""


@dataclass(frozen=True)
class Package:
    """A pinned package. `by` is sdist, wheel or npm; `take` is how many of its files, all if 0."""

    by: str
    name: str
    version: str
    take: int = 0

    @property
    def title(self) -> str:
        return f"{self.name.lstrip('@').replace('/', '-')}-{self.version}"


TREE_A = (
    Package("sdist", "django", "5.2.19"),
    Package("sdist", "ansible-core", "2.19.14"),
    Package("sdist", "ansible", "12.3.0", 3_000),
    Package("sdist", "twisted", "26.10.0"),
    Package("sdist", "salt", "3008.5", 600),
    Package("sdist", "sympy", "1.14.0", 400),
    Package("sdist", "botocore", "1.44.5", 100),
    Package("sdist", "boto3", "1.44.5"),
    Package("sdist", "azure-mgmt-compute", "39.0.0"),
    Package("wheel", "matplotlib", "3.11.2"),
    Package("npm", "aws-sdk", "2.1693.0", 100),
    Package("npm", "next", "16.4.6", 250),
    Package("npm", "typescript", "7.0.2"),
    Package("npm", "webpack", "5.112.2"),
    Package("npm", "eslint", "10.15.0"),
    Package("npm", "lodash", "4.18.1"),
    Package("npm", "core-js", "3.51.0"),
    Package("npm", "rxjs", "7.8.2"),
    Package("npm", "date-fns", "4.4.0"),
    Package("npm", "three", "0.187.0", 500),
    Package("npm", "@babel/core", "8.1.2"),
    Package("npm", "@babel/types", "8.1.2"),
    Package("npm", "@types/node", "26.6.6"),
    Package("npm", "@mui/material", "9.5.0"),
    Package("npm", "@mui/icons-material", "9.5.0", 14_000),
)
TREE_D = (
    Package("sdist", "django", "5.2.19"),
    Package("sdist", "sympy", "1.14.0"),
    Package("sdist", "botocore", "1.44.5", 1_000),
    Package("wheel", "numpy", "2.4.6"),
    Package("wheel", "scipy", "1.17.1"),
)
"""numpy and scipy as wheels: their source archives do not tell their version without a compiler of Fortran."""

WHEELS = (
    "--only-binary=:all:",
    "--platform=manylinux_2_28_x86_64",
    "--platform=manylinux_2_17_x86_64",
    "--python-version=3.11",
    "--implementation=cp",
)


def default_folder() -> str:
    return os.path.join(tempfile.gettempdir(), "dlp-benchmark-trees")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", metavar="DIR", help=f"where the trees lie  [{default_folder()}]")
    parser.add_argument("--smoke", action="store_true", help="tiny trees of the installed packages, without a network")
    given = parser.parse_args()
    if given.smoke and not given.into:
        with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as folder:
            smoke(folder)
            tell(folder)
        return
    folder = given.into or default_folder()
    if given.smoke:
        smoke(folder)
    else:
        make(folder)
    tell(folder)


def make(folder: str) -> None:
    """All trees in `folder`, but what is there already."""
    root = Path(folder)
    (root / "archives").mkdir(parents=True, exist_ok=True)
    npm = shutil.which("npm")
    packages = [each for each in TREE_A if npm or each.by != "npm"]
    if not npm:
        print("npm is not there: a/ is made of PyPI's packages alone, and is smaller than it should be", flush=True)
    pinned = _pinned(packages)
    if _made(root, "a") != pinned:
        with _Making(root, "a", pinned) as into:
            for package in packages:
                unpack(_archive(root, package), into / package.title, package.take)
    derive(root, pinned, LARGE, LINE)
    pinned = ["text", *_pinned(TREE_D)]
    if _made(root, "d") != pinned:
        with _Making(root, "d", pinned) as into:
            for package in TREE_D:
                unpack(_archive(root, package), into / package.title, package.take, text=True)


def smoke(folder: str) -> None:
    """The same in small: of packages that are installed with this one."""
    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    installed = Path(sysconfig.get_path("purelib"))
    names = [name for name in ("click", "msgspec", "yaml") if (installed / name).is_dir()]
    if not names:
        raise SystemExit(f"none of the packages that dlp needs is in {installed}")
    for tree in ("a", "d"):
        if _made(root, tree) == names:
            continue
        with _Making(root, tree, names) as into:
            for name in names:
                for path in sorted((installed / name).rglob("*.py")):
                    target = into / name / path.relative_to(installed / name)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(path.read_bytes())
    derive(root, names, MB // 10, MB // 5)


def derive(root: Path, pinned: list[str], large: int, line: int) -> None:
    """b/ and c.txt, of the text files of a/."""
    if _made(root, "b") != pinned:
        with _Making(root, "b", pinned) as into:
            _large(texts(root / "a"), into, large)
    if _made(root, "c.txt") != pinned:
        with _Making(root, "c.txt", pinned) as into:
            _line(texts(root / "a"), into, line)


def texts(tree: Path) -> Iterator[bytes]:
    """The text files of a tree, by their paths."""
    for path in _files(tree):
        content = path.read_bytes()
        if is_text(content):
            yield content


def is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in content


def _large(contents: Iterator[bytes], into: Path, size: int) -> None:
    """Files of about `size` bytes; each ends with a line, and so holds whole characters."""
    into.mkdir()
    number = 0
    rest = bytearray()

    def put(length: int) -> None:
        nonlocal number
        (into / f"{number:03d}.txt").write_bytes(rest[:length])
        del rest[:length]
        number += 1

    for content in contents:
        rest += content
        if content and not content.endswith(b"\n"):
            rest += b"\n"
        while len(rest) >= size:
            put(rest.rfind(b"\n", 0, size) + 1 or rest.find(b"\n") + 1)
    if rest:
        put(len(rest))


def _line(contents: Iterator[bytes], into: Path, size: int) -> None:
    line = bytearray()
    for content in contents:
        line += content + b"\n"
        if len(line) > size:
            break
    text = line[:size].decode(errors="ignore")  # a character that is cut at the end is left out
    into.write_text(" ".join(text.splitlines()), encoding="utf-8", newline="")


def unpack(archive: Path, into: Path, take: int = 0, *, text: bool = False) -> None:
    """Writes the plain files of an archive below `into`: all, or `take` of them, chosen by the digests of their names.

    With `text`, those of them that are text. No link, device or mode is taken over, nor any name that leads out.
    """
    members = _members(archive)
    if take:
        chosen = sorted(members, key=lambda name: hashlib.sha256(name.encode()).digest())[:take]
        members = {name: members[name] for name in sorted(chosen)}
    wanted = {member: name for name, member in members.items()}
    for member, content in _contents(archive, wanted):
        if text and not is_text(content):
            continue
        path = into / wanted[member]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _members(archive: Path) -> dict[str, str]:
    """Of each file that may be taken, its name in the tree and that in the archive."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as file:
            names = [each.filename for each in file.infolist() if not each.is_dir()]
    else:
        with tarfile.open(archive) as file:
            names = [each.name for each in file if each.isfile()]
    members: dict[str, str] = {}
    for name in sorted(names):
        parts = PurePosixPath(name).parts[0 if archive.suffix == ".whl" else 1 :]
        safe = parts and not any(part in ("..", "/") or "\\" in part or ":" in part or "\0" in part for part in parts)
        if safe and all(len(part.encode()) <= LONGEST for part in parts) and not name.startswith("/"):
            members["/".join(parts)] = name
    return {name: members[name] for name in sorted(members)}


def _contents(archive: Path, wanted: dict[str, str]) -> Iterator[tuple[str, bytes]]:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as file:
            for name in wanted:
                yield name, file.read(name)
        return
    with tarfile.open(archive) as file:
        for member in file:
            if member.isfile() and member.name in wanted:
                content = file.extractfile(member)
                assert content
                yield member.name, content.read()


def _archive(root: Path, package: Package) -> Path:
    """The archive of a package, fetched if it is not there."""
    folder = root / "archives" / f"{package.by}-{package.title}"
    if not folder.is_dir():
        print(f"fetching {package.name} {package.version} ({package.by})", flush=True)
        with tempfile.TemporaryDirectory(dir=root, prefix="fetching-") as temporary:
            arrived = Path(temporary, "arrived")
            arrived.mkdir()
            _fetch(package, arrived)
            if len(list(arrived.iterdir())) != 1:
                raise SystemExit(f"{package.name} {package.version} did not come as one archive")
            os.replace(arrived, folder)
    return next(folder.iterdir())


def _fetch(package: Package, into: Path) -> None:
    if package.by == "npm":
        wanted = f"{package.name}@{package.version}"
        command = ["npm", "pack", "--silent", "--ignore-scripts", f"--pack-destination={into}", wanted]
    else:
        how = WHEELS if package.by == "wheel" else (f"--no-binary={package.name}",)
        wanted = f"{package.name}=={package.version}"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"--dest={into}", *how, wanted]
    done = subprocess.run(command, cwd=into, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    if done.returncode:
        said = "\n".join((done.stderr.strip() or done.stdout.strip()).splitlines()[-5:])
        raise SystemExit(
            f"{wanted} cannot be fetched: this needs a network and {command[0] if package.by == 'npm' else 'pip'} "
            f"(without one, --smoke makes tiny trees). It said:\n{said}"
        )


class _Making:
    """Makes a tree beside its place, and puts it there when it is whole."""

    def __init__(self, root: Path, name: str, pinned: list[str]) -> None:
        self.root, self.name, self.pinned = root, name, pinned
        self.beside = root / f"{name}.part"

    def __enter__(self) -> Path:
        _remove(self.beside)
        return self.beside

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            _remove(self.beside)
            return
        place = self.root / self.name
        _remove(place)
        os.replace(self.beside, place)
        files = list(_files(place))
        made = _all_made(self.root)
        made[self.name] = {
            "pinned": self.pinned,
            "files": len(files),
            "bytes": sum(path.stat().st_size for path in files),
            "sha256": _digest(self.root, files),
        }
        (self.root / "made.json").write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


def _digest(root: Path, files: list[Path]) -> str:
    """Of names and contents: the same for the same tree, wherever it lies."""
    whole = hashlib.sha256()
    for path in files:
        whole.update(f"{path.relative_to(root).as_posix()}\0".encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
        return
    yield from sorted(path for path in place.rglob("*") if path.is_file())


def _pinned(packages: tuple[Package, ...] | list[Package]) -> list[str]:
    return [f"{each.by} {each.title} {each.take or 'all'}" for each in packages]


def _all_made(root: Path) -> dict[str, dict[str, object]]:
    path = root / "made.json"
    made: dict[str, dict[str, object]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return made


def _made(root: Path, name: str) -> object:
    """What the tree of this name is made of; nothing if it is not there."""
    return _all_made(root).get(name, {}).get("pinned") if (root / name).exists() else None


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():
        path.unlink()


def tell(folder: str) -> None:
    print(f"in {folder}:")
    for name, what in sorted(_all_made(Path(folder)).items()):
        files, size, digest = what["files"], what["bytes"], str(what["sha256"])
        print(f"  {name:<6} {files:>7,} files {size / MB:>8.1f} MB  sha256 {digest[:16]}")


def require(folder: str, *names: str) -> None:
    """Raises SystemExit where one of these trees has not been made."""
    if any(_made(Path(folder), name) is None for name in names):
        raise SystemExit(f"no trees in {folder}; make them with: python benchmarks/comparison/trees.py --into {folder}")


if __name__ == "__main__":
    main()
