"""Saved pages in a folder, and articles in JSONL files, from this machine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import ClassVar

from extractors.lines import LineError, article_from_line
from extractors.records import Page
from pipeline.backfill.sieve import Gathered
from pipeline.backfill.units import MOST_BYTES, MOST_READINGS, Batch, Estimate, Nothing, Tools
from storage.backfills import Spec, Unit
from storage.runs import Reason

BUCKETS = 64
"""Files of a folder are worked on in so many lots: one more file makes only its own lot another one."""
LARGEST = 10_000_000
"""Bytes of a page: the cap of a fetch."""
LINE = 20_000_000
"""Bytes of a line."""
_ADDRESS = (
    re.compile(rb"<link[^>]{0,300}rel=[\"']?canonical[\"']?[^>]{0,300}>", re.I),
    re.compile(rb"<meta[^>]{0,300}og:url[^>]{0,300}>", re.I),
)
_VALUE = re.compile(rb"(?:href|content)=[\"']?(https?://[^\"'\s>]{1,2000})", re.I)


@dataclass(frozen=True)
class Html:
    """A folder of saved pages (*.html, *.htm); each is known by the address that it states, else by its path."""

    folder: str
    name: ClassVar[str] = "html"
    at_once: ClassVar[int] = 1_000
    fixed: ClassVar[bool] = False

    @property
    def key(self) -> str:
        """The folder."""
        return self.folder

    @property
    def terms(self) -> dict[str, object]:
        """The folder."""
        return {"folder": self.folder}

    def units(self, tools: Tools) -> Iterable[Spec]:
        """Lots of files, by their names; a lot whose files changed is another one. Raises Nothing."""
        root = Path(self.folder)
        lots: dict[int, list[str]] = {}
        for path in sorted(root.rglob("*")):
            if path.suffix.lower() in (".html", ".htm") and path.is_file():
                name = path.relative_to(root).as_posix()
                lots.setdefault(sha256(name.encode()).digest()[0] % BUCKETS, []).append(name)
        if not lots:
            raise Nothing(f"{root}: no *.html and no *.htm in this folder")
        for number, names in sorted(lots.items()):
            stated = "\n".join(f"{name} {(root / name).stat().st_size}" for name in names)
            digest = sha256(stated.encode()).hexdigest()[:12]
            yield Spec(f"lot {number} ({digest})", {"files": names}, size=len(names))

    def work(self, tools: Tools, unit: Unit) -> Iterator[Batch]:
        """Read the files of a lot."""
        found, names = Gathered(), unit.terms["files"]
        for at in range(unit.place, len(names)):
            if len(found.readings) >= MOST_READINGS or found.weight >= MOST_BYTES:
                yield Batch(at, found)
                found = Gathered()
            _read(tools, Path(self.folder), names[at], found)
        yield Batch(len(names), found, done=True)

    def estimate(self, tools: Tools, specs: Sequence[Spec]) -> Estimate:
        """Nothing is asked of anybody."""
        files = [Path(self.folder) / name for spec in specs for name in spec.terms["files"]]
        size = sum(path.stat().st_size for path in files)
        return Estimate(len(specs), 0, size, None, f"{len(files):,} files")


def _read(tools: Tools, root: Path, name: str, found: Gathered) -> None:
    path = root / name
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"is larger than {LARGEST:,} bytes")
        body = path.read_bytes()
    except (OSError, ValueError) as error:
        found.reject(Reason.UNREADABLE.value, f"{name}: {error}")
        return
    found.tally.bytes += len(body)
    saved = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    url = stated_address(body) or f"file:{name}"
    tools.sieve.page(Page(url, url, 200, (), body, saved, sha256(body).hexdigest()), found)


def stated_address(body: bytes) -> str | None:
    """The address that a page gives as its own."""
    for tag in _ADDRESS:
        found = tag.search(body, 0, 200_000)
        value = _VALUE.search(found[0]) if found else None
        if value:
            return unescape(value[1].decode("utf-8", "replace"))
    return None


@dataclass(frozen=True)
class Jsonl:
    """Files of articles, one JSON object a line, as `greenlit import` takes them."""

    paths: tuple[str, ...]
    name: ClassVar[str] = "jsonl"
    at_once: ClassVar[int] = 1_000
    fixed: ClassVar[bool] = False

    @property
    def key(self) -> str:
        """Files are units of one job, whichever were named together."""
        return "all files"

    @property
    def terms(self) -> dict[str, object]:
        """The files are in the units."""
        return {"paths": []}

    def units(self, tools: Tools) -> Iterable[Spec]:
        """One for each file; the same name with another size is another file."""
        for given in sorted(set(self.paths)):
            path = Path(given).resolve(strict=True)
            size = path.stat().st_size
            yield Spec(f"{path} ({size:,} bytes)", {"path": str(path)}, size=size)

    def work(self, tools: Tools, unit: Unit) -> Iterator[Batch]:
        """Read the lines from a byte on."""
        found, place = Gathered(), unit.place
        with Path(str(unit.terms["path"])).open("rb") as file:
            file.seek(place)
            while line := file.readline(LINE):
                if len(found.readings) >= MOST_READINGS or found.tally.pages >= 1_000:
                    yield Batch(place, found)
                    found = Gathered()
                _read_line(tools, line, place, found)
                place += len(line)
        yield Batch(place, found, done=True)

    def estimate(self, tools: Tools, specs: Sequence[Spec]) -> Estimate:
        """Nothing is asked of anybody."""
        return Estimate(len(specs), 0, sum(spec.size or 0 for spec in specs), None)


def _read_line(tools: Tools, line: bytes, place: int, found: Gathered) -> None:
    found.tally.bytes += len(line)
    if not line.strip():
        return
    try:
        article = article_from_line(json.loads(line.strip().decode("utf-8-sig")))
    except (ValueError, RecursionError, LineError) as error:
        found.reject(Reason.UNREADABLE.value, f"the line at byte {place:,}: {error}")
    else:
        tools.sieve.article(article, found)
