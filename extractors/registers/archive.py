"""Office files are zip archives: what is in one, before anything of it is unpacked."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterable

from extractors.registers.document import UnreadableList

MOST_MEMBERS = 2_000
LARGEST_MEMBER = 64_000_000
LARGEST_TOTAL = 128_000_000
"""Bytes unpacked; the largest official list (8,000 rows) comes to some 20 MB of XML."""
_CHUNK = 1 << 16
_DAMAGE = (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)
_MACROS = re.compile(r"(?:^|/)vbaProject\.bin$", re.I)
_OUTSIDE = re.compile(r"^[/\\]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)")
_RELATION = re.compile(rb"<Relationship\b[^>]*\bTargetMode\s*=\s*[\"']External[\"'][^>]*>", re.I)


class Archive:
    """A zip archive that was looked at and found harmless; members are read bounded."""

    def __init__(self, body: bytes) -> None:
        """Raises UnreadableList for one that is damaged, encrypted, or made to do harm."""
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(body))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise UnreadableList(
                "the file is damaged or was cut off (no readable zip archive): fetch it again"
            ) from error
        self._refuse_hostile(self._zip.infolist())
        self.names = frozenset(self._zip.namelist())

    def _refuse_hostile(self, members: list[zipfile.ZipInfo]) -> None:
        if len(members) > MOST_MEMBERS:
            raise UnreadableList(f"hostile: {len(members)} files in one document, more than {MOST_MEMBERS}")
        if len({member.filename for member in members}) < len(members):
            raise UnreadableList("hostile: two files of one name in the document")
        for member in members:
            if member.flag_bits & 1:
                raise UnreadableList("the document is encrypted: save a copy without a password")
            if _OUTSIDE.search(member.orig_filename):
                raise UnreadableList(f"hostile: the document names a file outside itself ({member.filename[:80]!r})")
        if sum(member.file_size for member in members) > LARGEST_TOTAL:
            raise UnreadableList(f"hostile: the document unpacks to more than {LARGEST_TOTAL // 1_000_000} MB")

    def read(self, name: str) -> bytes:
        """The bytes of a member. Raises UnreadableList where it is missing, damaged or larger than it may be."""
        parts, size = [], 0
        try:
            with self._zip.open(name) as stream:
                while chunk := stream.read(_CHUNK):
                    size += len(chunk)
                    if size > LARGEST_MEMBER:
                        raise UnreadableList(
                            f"hostile: {name[:80]!r} unpacks to more than {LARGEST_MEMBER // 1_000_000} MB"
                        )
                    parts.append(chunk)
        except _DAMAGE as error:
            raise UnreadableList(f"the document is damaged ({name[:80]!r} can't be read): fetch it again") from error
        return b"".join(parts)

    def notes(self) -> tuple[str, ...]:
        """What the archive carries that is never run or followed: macros, and files elsewhere."""
        notes = []
        if any(_MACROS.search(name) for name in self.names):
            notes.append("the file carries macros; they were not run")
        outside = sum(_count_outside(self.read(name)) for name in sorted(self.names) if name.endswith(".rels"))
        if outside:
            notes.append(f"the file names {outside} files elsewhere; none was fetched")
        return tuple(notes)


def _count_outside(relations: bytes) -> int:
    """External parts that an office program would load; a hyperlink is only text to click on."""
    found: Iterable[bytes] = _RELATION.findall(relations)
    return sum(b"/hyperlink" not in relation for relation in found)
