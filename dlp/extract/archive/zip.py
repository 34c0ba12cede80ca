"""zip archives, and all that is one without being a document: jar, whl, apk, xpi, kmz. Every member is a blob."""

from __future__ import annotations

import io
from collections.abc import Iterator

from dlp.extract import raw
from dlp.extract.archive.listing import Listing
from dlp.extract.archive.package import Member, Package, PartError
from dlp.extract.unpacking import once
from dlp.limits import Limits
from dlp.model import Blob, Reason, Skipped, Text


class ZipExtractor:
    """Reads zip."""

    types = frozenset({"zip"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """The list of members, with their comments; each member's content, named as the member; what stands outside of
        all members. Raises OSError, PartError, Spent."""
        size = blob.stream.seek(0, io.SEEK_END)
        package = Package(blob.stream, size, limits)
        if package.disks > 1:
            missing = package.disks - 1
            detail = f"the last of {package.disks} pieces of an archive; it needs the other {missing} (.z01 and so on)"
            yield Skipped(blob.provenance, Reason.UNSUPPORTED, detail)
        if package.salvaged:
            detail = f"broken zip directory: {len(package.members)} members, some found by their own headers only"
            yield Skipped(blob.provenance, Reason.CORRUPT, detail)
        if package.more:
            yield Skipped(blob.provenance, Reason.LIMIT, f"more than {limits.max_members} members in the zip file")
        listing = Listing(blob.provenance)
        for member in package.members:
            listing.add(member.name, *member.said)
            if listing.large:
                yield from listing.texts()
        yield from listing.texts()
        for member in package.members:
            yield from member_content(blob, package, member)
        for name, data in package.outside():
            yield Blob((*blob.provenance, name), io.BytesIO(data), len(data))


def member_content(blob: Blob, package: Package, member: Member) -> Iterator[Blob | Skipped]:
    """A member as a blob, and what is missing of it."""
    provenance = (*blob.provenance, member.name or "nameless")
    if not member.packed and member.unpacked <= 0 and not member.encrypted:
        return
    if not 0 <= member.unpacked <= raw.HEAD:
        yield Blob(provenance, once(package.stream(member)), -1)
        return
    # Small, most probably: it is unpacked here, which costs less than a stream does.
    content: list[bytes] = []
    failed = None
    try:
        for data in package.read(member):
            content.append(data)  # one by one: what came before a failure is kept
    except PartError as error:
        failed = error
    if failed is None:
        if whole := b"".join(content):
            yield Blob(provenance, io.BytesIO(whole), len(whole))
    elif content:
        yield Blob(provenance, once(_until(content, failed)), -1)
    else:
        yield Skipped(provenance, failed.reason, failed.detail)


def _until(content: list[bytes], failed: PartError) -> Iterator[bytes]:
    """What could be unpacked, and then the failure: so whoever reads it knows that it is not whole."""
    yield from content
    raise failed
