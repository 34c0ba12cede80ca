"""What is taken away comes back as it was: content, name, owner, mode, times, attributes. Nobody reads it meanwhile."""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dlp.errors import IncidentsDamaged, IncidentsError, IncidentsExists, IncidentsMissing, IncidentsSealed
from dlp.incident.sealing import CHUNK
from dlp.incident.settings import Containing
from dlp.model import Contained, Containment

from .making import CONTENT, MESSAGE, NAME, REVIEW, Place, facts, settle

names = st.binary(min_size=1, max_size=255).filter(
    lambda name: b"/" not in name and b"\0" not in name and name not in (b".", b"..") and not name.startswith(b".dlp-")
)
sizes = st.sampled_from([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK]) | st.integers(0, 5000)
times = st.integers(0, 1 << 62)
keys = st.from_regex(r"user\.[a-z\xe9]{1,20}", fullmatch=True)
attributes = st.dictionaries(keys, st.binary(max_size=500), max_size=3)


@given(names, sizes, st.integers(0, 0o7777), times, times, attributes, st.sampled_from([(0, 0), (1234, 4321)]))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(b"\xff\xfe", 0, 0, 0, 1, {}, (1234, 4321))
@example(b"n" * 255, 10, 0o4755, 1, 999_999_999, {"user.x": b""}, (1234, 4321))
@example("ä".encode() * 127, 10, 0o600, 1, 1, {}, (0, 0))
def test_all_of_it_comes_back(
    memory: Path,
    name: bytes,
    size: int,
    mode: int,
    accessed: int,
    modified: int,
    extended: dict[str, bytes],
    owner: tuple[int, int],
) -> None:
    place = Place(memory / os.urandom(8).hex())
    place.file.unlink()
    path = os.path.join(os.fsencode(place.channel), name)
    content = os.urandom(size)
    with open(path, "wb") as file:
        file.write(content)
    file_ = Path(os.fsdecode(path))
    found = facts(file_)
    if os.geteuid() == 0:
        os.chown(path, *owner)
    os.chmod(path, mode)
    for key, value in extended.items():
        os.setxattr(path, key, value)
    os.utime(path, ns=(accessed, modified))
    was = os.stat(path)
    done = place.open().contain(path, msgspec.structs.replace(found, modified=0), "INC-1", MESSAGE)
    assert done == Containment(Contained.QUARANTINED, done.id)
    assert not os.path.lexists(path)
    (left,) = os.listdir(os.fsencode(place.channel))
    assert left.endswith(b".quarantined.txt")
    assert left[:-16] == name[: len(left) - 16]
    _, failed = place.restoring().restore(done.id, REVIEW)
    assert failed == []
    assert os.listdir(os.fsencode(place.channel)) == [name]
    now = os.stat(path)
    for each in ("st_mode", "st_uid", "st_gid", "st_mtime_ns", "st_size"):
        assert getattr(now, each) == getattr(was, each), each
    with open(path, "rb") as file:
        assert file.read() == content
    assert {key: os.getxattr(path, key) for key in os.listxattr(path)} == extended


def test_an_access_control_list_comes_back(tmp_path: Path) -> None:
    """As the system keeps it: version, then tag, permissions and id of each entry."""
    place = Place(tmp_path)
    none = 0xFFFFFFFF
    entries = [(0x01, 6, none), (0x02, 4, 1234), (0x04, 4, none), (0x10, 6, none), (0x20, 0, none)]
    acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    try:
        os.setxattr(place.file, "system.posix_acl_access", acl)
    except OSError:
        pytest.skip("this file system has no access control lists")
    mode = place.file.stat().st_mode
    done = place.contain()
    place.restoring().restore(done.id, REVIEW)
    assert os.getxattr(place.file, "system.posix_acl_access") == acl
    assert place.file.stat().st_mode == mode


def _bytes(folder: Path) -> Iterator[bytes]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.read_bytes()


def test_nothing_of_the_content_or_the_attributes_stands_anywhere(place: Place) -> None:
    place.file.write_bytes(b"PLANTED-CONTENT" * 5000)
    os.setxattr(place.file, "user.origin", b"PLANTED-ATTRIBUTE")
    assert place.contain().state == Contained.QUARANTINED
    kept = b"".join(_bytes(place.base))
    assert b"PLANTED" not in kept
    assert MESSAGE.encode() in kept


def test_another_key_opens_nothing_and_changes_nothing(place: Place) -> None:
    done = place.contain()
    with pytest.raises(IncidentsSealed):
        place.restoring().restore(done.id, X25519PrivateKey.generate())
    assert [path.name for path in place.channel.iterdir()] == [f"{NAME}.quarantined.txt"]
    assert place.log()[-2:] == ["restoring", "not-restored"]
    assert settle(place) == "sealed"


@pytest.mark.parametrize("damage", ["cut", "flipped", "gone", "exchanged"])
def test_a_damaged_copy_is_never_given_back(place: Place, damage: str) -> None:
    place.file.write_bytes(os.urandom(CHUNK + 100))
    done = place.contain()
    sealed = place.vault / f"{done.id}.sealed"
    data = bytearray(sealed.read_bytes())
    if damage == "cut":
        sealed.write_bytes(data[:-200])
    elif damage == "flipped":
        data[-300] ^= 1
        sealed.write_bytes(data)
    elif damage == "gone":
        sealed.unlink()
    else:
        place.file.write_bytes(CONTENT)
        other = place.contain()
        sealed.write_bytes((place.vault / f"{other.id}.sealed").read_bytes())
    with pytest.raises((IncidentsSealed, IncidentsDamaged, IncidentsError)):
        place.restoring().restore(done.id, REVIEW)
    assert not place.file.exists()
    assert not list(place.channel.glob(".dlp-*"))
    assert place.restoring().find(done.id).state == "quarantined"


def test_it_can_be_given_back_elsewhere(place: Place) -> None:
    first, folder = place.contain(), place.base / "elsewhere"
    folder.mkdir()
    place.restoring().restore(first.id, REVIEW, to=os.fsencode(folder))
    assert (folder / NAME).read_bytes() == CONTENT
    assert not list(place.channel.iterdir()), "its notice has gone"
    place.file.write_bytes(CONTENT)
    second = place.contain()
    place.restoring().restore(second.id, REVIEW, to=os.fsencode(folder / "other.txt"))
    assert (folder / "other.txt").read_bytes() == CONTENT
    place.file.write_bytes(CONTENT)
    third = place.contain()
    (folder / "taken" / NAME).mkdir(parents=True)
    with pytest.raises(IncidentsExists, match="a folder stands in its place"):
        place.restoring().restore(third.id, REVIEW, to=os.fsencode(folder / "taken"), force=True)
    place.channel.rename(place.base / "away")
    with pytest.raises(IncidentsError, match=r"its folder cannot be opened .*give --to"):
        place.restoring().restore(third.id, REVIEW)


def test_what_is_released_stays_for_as_long_as_was_said(place: Place) -> None:
    hour = 3_600_000_000
    quarantine = place.open()
    done = place.contain()
    place.restoring().restore(done.id, REVIEW, reason="it was sent to a partner", until=quarantine.now() + hour)
    assert place.contain() == Containment(Contained.RELEASED, done.id, "it was sent to a partner")
    copy = place.channel / "copy"
    copy.write_bytes(CONTENT)
    assert place.contain(copy).state == Contained.RELEASED, "content is allowed, wherever it stands"
    copy.write_bytes(CONTENT + b"more")
    assert place.contain(copy).state == Contained.QUARANTINED
    later = place.open(clock=lambda: (quarantine.now() + 2 * hour) * 1000)
    assert later.contain(os.fsencode(place.file), facts(place.file)).state == Contained.QUARANTINED
    assert place.log()[:5] == ["init", "quarantined", "restoring", "allowance", "released"]


def test_what_was_given_back_or_purged_is_not_there_a_second_time(place: Place) -> None:
    done = place.contain()
    record = place.restoring().purge(done.id, "no longer needed")
    assert record.state == "purged"
    assert [path.name for path in place.vault.iterdir()] == ["lock"]
    with pytest.raises(IncidentsError, match="is purged, not in quarantine"):
        place.restoring().restore(done.id, REVIEW)
    with pytest.raises(IncidentsError, match="is purged, not in quarantine"):
        place.restoring().purge(done.id)
    with pytest.raises(IncidentsMissing):
        place.restoring().purge("Q0")


def test_the_notice_says_what_to_do_and_no_more(place: Place) -> None:
    quarantine = place.open(Containing(notice="WHERE-IS-{name}.txt", contact="security@example.com"))
    done = quarantine.contain(os.fsencode(place.file), facts(place.file), "INC-1", MESSAGE)
    (notice,) = place.channel.iterdir()
    assert notice.name == f"WHERE-IS-{NAME}.txt"
    text = notice.read_text()
    for each in (NAME, MESSAGE, "security@example.com", done.id, "INC-1", "UTC"):
        assert each in text
    assert "recipe" not in text
    assert stat.S_IMODE(notice.stat().st_mode) == 0o644


def test_a_hostile_name_does_not_write_the_notice(place: Place) -> None:
    name = "a\nIncident: none\x1b[2J\u202etxt.exe"
    hostile = place.channel / name
    hostile.write_bytes(CONTENT)
    assert place.contain(hostile).state == Contained.QUARANTINED
    (notice,) = place.channel.glob("a*quarantined.txt")
    lines = notice.read_text().splitlines()
    assert len(lines) == 8
    assert all(line.isprintable() for line in lines)


def test_no_notice_where_none_is_wanted(place: Place) -> None:
    done = place.open(Containing(notice="")).contain(os.fsencode(place.file), facts(place.file))
    assert done == Containment(Contained.QUARANTINED, done.id)
    assert list(place.channel.iterdir()) == []


@pytest.mark.parametrize("template", ["{name}", "notice.txt", "a/{name}.txt", "../{name}"])
def test_a_notice_has_a_name_of_its_own(template: str) -> None:
    with pytest.raises(ValueError, match="notice"):
        Containing(notice=template)
