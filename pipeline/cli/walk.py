"""backfill SOURCE and backfill --registers: history from sources' own pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from pipeline.cli.common import Exit, Failure, console, done, print_json, put, say
from pipeline.cli.service import counts_fields

if TYPE_CHECKING:
    from config.source import Source
    from pipeline.assembly import Assembly
    from storage.backfills import Place
    from storage.runs import Counts


def with_lists(parts: Assembly) -> list[Source]:
    """The enabled sources of official lists: rolling pages, and notices that bring one. Raises Failure."""
    from pipeline.registers import register_page

    known = [s for s in parts.sources.sources.values() if s.lists or register_page(s)]
    for source in known:
        if not source.enabled:
            say(f"{source.id} is left out: {source.disabled_reason or 'it is disabled'}")
    chosen = [source for source in known if source.enabled]
    if not chosen:
        raise Failure("no enabled source has official lists; `greenlit sources list` shows those there are", Exit.USAGE)
    return chosen


def walk(
    parts: Assembly,
    sources: list[Source],
    since: date,
    until: date,
    *,
    announce: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Walk back through the pages of sources, one after the other, and report."""
    if dry_run:
        _estimate(parts, sources, since, until, as_json=as_json)
        return
    results = []
    codes = set()
    for source in sources:
        fields, code = _walk(parts, source, since, until, announce=announce, as_json=as_json)
        results.append(fields)
        codes.add(code)
        if parts.stop.is_set():
            break
    if as_json:
        print_json(results if len(sources) > 1 else results[0])
    failed = Exit.FAILED in codes
    done(Exit.INTERRUPTED if parts.stop.is_set() else Exit.FAILED if codes == {Exit.FAILED} else _part(failed, codes))


def _part(failed: bool, codes: set[Exit]) -> Exit:
    return Exit.PART if failed or Exit.PART in codes else Exit.DONE


def _walk(
    parts: Assembly, source: Source, since: date, until: date, *, announce: bool, as_json: bool
) -> tuple[dict[str, Any], Exit]:
    from extractors.read.entry import UnreadableListing
    from pipeline.backfill.listing import NotPaged, backfill
    from pipeline.fetch import FetchError
    from storage.frontier import missing
    from storage.records import Origin
    from storage.shadow import origin_for

    origin = Origin.LIVE if announce else Origin.BACKFILL
    with _progress() as shown:
        try:
            counts = backfill(parts.watch(), source, since, until, shown, origin=origin)
        except NotPaged as error:
            raise Failure(str(error), Exit.USAGE) from error
        except (FetchError, UnreadableListing) as error:
            say(f"{source.id}: {error}; run the same command again to go on")
            return {"source": source.id, "error": str(error)}, Exit.FAILED
    with parts.database.read() as session:
        without = missing(session, source.id, origin_for(session, source, origin))
    _report(counts, without, as_json=as_json)
    return {**counts_fields(counts), "missing": without}, Exit.PART if without else Exit.DONE


def _report(counts: Counts, without: int, *, as_json: bool) -> None:
    from pipeline.service import counts_line

    if as_json:
        return
    put(counts_line(counts))
    if without:
        put(f"{without} pages are missing: they are tried again after a pause, by this command or by `greenlit run`")


def _estimate(parts: Assembly, sources: list[Source], since: date, until: date, *, as_json: bool) -> None:
    from pipeline.backfill.listing import estimate

    found = [(source.id, estimate(parts.watch(), source, since, until)) for source in sources]
    if as_json:
        print_json([{"source": id, **asdict(costs)} for id, costs in found])
        return
    for id, costs in found:
        put(f"{id}: about {costs.requests:,} requests, {costs.seconds or 0:,.0f} s of pauses; {costs.note}")


@contextmanager
def _progress() -> Iterator[Any]:
    """A spinner with figures on a terminal, one line for each page of the listing on a pipe."""
    errors = console(error=True)

    def line(at: Place, counts: Counts) -> str:
        return (
            f"{counts.source}: page {at.next_page - 1}: {at.listed} links in the window; {counts.read} read,"
            f" {counts.relevant} relevant, {counts.approvals} approvals, {counts.rejected} rejected"
        )

    if not errors.is_terminal:
        yield lambda at, counts: say(line(at, counts))
        return
    with errors.status("walking back") as spinner:
        yield lambda at, counts: spinner.update(line(at, counts))
