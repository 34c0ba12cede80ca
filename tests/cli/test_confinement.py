"""What readers of files are confined by is said where it is asked for, and a scan says only what is missing."""

from __future__ import annotations

from pathlib import Path

from dlp.scan.confining import Held, held_here

from .running import HARMLESS, Dlp

WITHOUT = """if True:
    from dlp.scan import landlock, seccomp
    landlock.restrict = lambda libc, readable: 0
    seccomp.install = lambda libc, machine: False
"""


def test_the_version_says_what_holds(dlp: Dlp) -> None:
    assert dlp("--version").out.splitlines()[-1] == f"readers confined by {held_here()}"
    assert dlp("--version", hook=WITHOUT).out.splitlines()[-1] == f"readers confined by {Held(0, False)}"


def test_a_scan_says_what_is_missing_where_it_is_asked_to(dlp: Dlp, tmp_path: Path) -> None:
    (tmp_path / "plain.txt").write_text(HARMLESS)
    said = "readers of files are confined by limits alone"
    assert said in dlp("scan", "-v", tmp_path, hook=WITHOUT).err
    assert said not in dlp("scan", tmp_path, hook=WITHOUT).err
    held = held_here()
    assert ("confined" in dlp("scan", "-v", tmp_path).err) == (not (held.landlock and held.seccomp))


def test_each_lack_is_named() -> None:
    assert "seccomp" in str(Held(5, False))
    assert "Landlock" in str(Held(0, True))
    assert str(Held(5, True)) == "Landlock 5 and seccomp"
