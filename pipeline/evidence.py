"""A bundle of evidence: one file that shows, without Greenlit, what an approval rests on (DESIGN section 8)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from pipeline.export import RIGHTS, approval_line
from storage.evidence import Proof, proofs, records
from storage.records import Approval
from storage.warc import warcinfo

FACTS, PAGES, README = "evidence.jsonl", "pages.warc.gz", "README.txt"
SOFTWARE = "Greenlit"
BATCH = 500
_README = """Evidence for {count} approvals, put together by Greenlit on {day}.

{facts}: one JSON object a line, one line for each approval: its fields, which article supports each of them
  (positions in "articles"), the words of each article with their place in its text, and "pages": the address that each
  page was fetched from, when, with which HTTP status and which SHA-256 its body has.
{pages_note}
{rights}.
"""
_WITH = """{pages}: the pages as they were fetched ({held} of {known}; what is missing was not kept, or forbids
  archiving), in the WARC format (ISO 28500), which warcio, FastWARC, pywb and others read. WARC-Payload-Digest is the
  SHA-256 of the body.
  These pages are other people's works: they serve as proof, and are not yours to publish."""
_WITHOUT = (
    "The pages themselves are left out; `greenlit evidence export --with-pages` puts those that are held beside them."
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """What went into a bundle: approvals, pages that are known by their hash, pages that are in it."""

    approvals: int
    known: int
    pages: int


def page_line(proof: Proof, zone: ZoneInfo) -> dict[str, Any]:
    """One page as JSON; times in `zone`."""
    return {
        "article": proof.article,
        "url": proof.url,
        "final_url": proof.final_url,
        "status": proof.status,
        "fetched_at": proof.fetched_at.astimezone(zone).isoformat(timespec="seconds"),
        "sha256": proof.sha256,
        "kept": proof.kept,
    }


def write_bundle(
    session: Session, approvals: Iterable[Approval], out: Path, zone: ZoneInfo, at: datetime, *, with_pages: bool
) -> Bundle:
    """Write a zip of the facts, the hashes and, where asked for, the pages; the whole of it, or nothing."""
    known: dict[int, bool] = {}
    with _whole(out) as part, ZipFile(part, "w", ZIP_DEFLATED) as bundle:
        with bundle.open(_entry(FACTS, at), "w") as facts:
            count = _write_facts(session, approvals, facts, zone, known)
        kept = [page for page, is_kept in known.items() if is_kept] if with_pages else []
        if with_pages:
            with bundle.open(_entry(PAGES, at, ZIP_STORED), "w", force_zip64=True) as pages:
                pages.write(warcinfo({"software": SOFTWARE, "format": "WARC file version 1.1", "note": RIGHTS}, at))
                for record in records(session, kept):
                    pages.write(record)
        bundle.writestr(
            _entry(README, at), _readme(count, len(known), kept, at.astimezone(zone), with_pages=with_pages)
        )
    return Bundle(count, len(known), len(kept))


def _write_facts(
    session: Session, approvals: Iterable[Approval], out: IO[bytes], zone: ZoneInfo, known: dict[int, bool]
) -> int:
    """Write a line for each approval, and note in `known` which pages they rest on."""
    count = 0
    for some in _batches(approvals):
        pages = proofs(session, [approval.id for approval in some])
        for approval in some:
            shown = pages.get(approval.id, ())
            known.update((proof.id, proof.kept) for proof in shown)
            line = {**approval_line(approval, zone), "pages": [page_line(proof, zone) for proof in shown]}
            out.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")
            count += 1
    return count


def _batches(approvals: Iterable[Approval]) -> Iterator[list[Approval]]:
    rest = iter(approvals)
    while some := list(islice(rest, BATCH)):
        yield some


def _readme(count: int, known: int, kept: list[int], at: datetime, *, with_pages: bool) -> str:
    note = _WITH.format(pages=PAGES, held=len(kept), known=known) if with_pages else _WITHOUT
    return _README.format(count=count, day=at.date(), facts=FACTS, pages_note=note, rights=RIGHTS.capitalize())


def _entry(name: str, at: datetime, compression: int = ZIP_DEFLATED) -> ZipInfo:
    entry = ZipInfo(name, at.astimezone(UTC).timetuple()[:6])
    entry.compress_type = compression
    entry.external_attr = 0o644 << 16
    return entry


@contextmanager
def _whole(out: Path) -> Iterator[Path]:
    """A name to write to, which becomes `out` when all is written; nothing is left of it otherwise."""
    part = out.with_name(out.name + ".part")
    try:
        yield part
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
