"""run, demo, fetch, status: what moves."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.common import Exit, Failure, assembly, done, named, print_json, put, rows, say

if TYPE_CHECKING:
    from config.source import Source, SourceFiles
    from pipeline.assembly import Assembly
    from storage.queries import SourceHealth
    from storage.runs import Counts

Json = Annotated[bool, typer.Option("--json", help="For programs.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(epilog="Example: GREENLIT_SMTP_HOST=mail.example.org greenlit run")(run)
    app.command(epilog="Example: greenlit demo --keep")(demo)
    app.command(epilog="Example: greenlit fetch cac ithome")(fetch)
    app.command(epilog="Example: greenlit status --json")(status)


@contextmanager
def stopping(stop: threading.Event) -> Iterator[None]:
    """SIGTERM and the first Ctrl-C ask for a clean stop; a second one ends at once."""

    def ask(number: int, _frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        say("stopping after the page in hand; once more to stop at once")
        stop.set()

    former = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def run(context: typer.Context) -> None:
    """The service: watch, mail, and a status page.

    Checks each source when it is due, sends the daily digest, serves the desk and /healthz.
    """
    from pipeline.imports import load_seed
    from pipeline.service import Service
    from pipeline.web.app import make_app
    from pipeline.web.health import heartbeat
    from pipeline.web.serve import serve

    with closing(assembly(context)) as parts, stopping(parts.stop):
        _warn_of(parts.sources)
        with Service(parts, say) as service:
            _seed(parts, load_seed)
            service.start()
            beat = heartbeat(lambda: service.heartbeat, parts.clock)
            app = make_app(parts.database, parts.settings, beat, parts.clock, parts.policy.source_kinds)
            with serve(app, parts.settings) as address:
                say(f"the desk is at {address} and /healthz beside it; Ctrl-C stops")
                service.wait()
        say("stopped")


def _seed(parts: Assembly, load: Any) -> None:
    report = load(parts.ingest)
    if report is not None:
        held = len(report.touched)
        say(f"first run: {held} approvals, retyped from the first official lists, are in; live reads follow")


def _warn_of(files: SourceFiles) -> None:
    for problem in files.problems:
        say(f"source not taken: {problem.path}: {problem.message}")


def demo(
    context: typer.Context,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the desk open afterwards, until Ctrl-C.")] = False,
) -> None:
    """The whole thing offline, in under a minute.

    A small press of our own pages on loopback is fetched, understood and mailed, in <data dir>/demo.
    """
    from config.settings import load_settings
    from pipeline.demo.run import play

    settings = load_settings(context.find_root().obj)
    done(Exit.DONE if play(settings, say, keep=keep) else Exit.FAILED)


def fetch(
    context: typer.Context,
    sources: Annotated[list[str] | None, typer.Argument(help="Which sources; all that are enabled without.")] = None,
    announce: Annotated[bool, typer.Option("--announce", help="Mail what a first run finds, too.")] = False,
    quarantined: Annotated[bool, typer.Option("--quarantined", help="Try pages put aside once more.")] = False,
    as_json: Json = False,
) -> None:
    """One round now, whatever is due."""
    with closing(assembly(context)) as parts, stopping(parts.stop):
        _warn_of(parts.sources)
        chosen = _chosen(parts.sources, sources or [])
        from pipeline.service import counts_line

        results = parts.watch(announce=announce).round(
            chosen, lambda counts: say(counts_line(counts)), quarantined=quarantined
        )
        if as_json:
            print_json([{**counts_fields(counts)} for counts in results])
        _tell_operator(parts)
        done(Exit.INTERRUPTED if parts.stop.is_set() else _verdict(results, parts.sources))


def _tell_operator(parts: Assembly) -> None:
    from pipeline.alarms import tell_operator, watch_files

    watch_files(parts.database, parts.sources.problems, parts.clock)
    told = tell_operator(parts.database, parts.settings, parts.clock)
    if told:
        say(f"the operator was told of {told} alarms")


def counts_fields(counts: Counts) -> dict[str, Any]:
    """A round's counts for programs."""
    return {**asdict(counts), "status": counts.status, "reason": counts.reason, "error": counts.error}


def _verdict(results: list[Counts], files: SourceFiles) -> Exit:
    failed = sum(counts.status == "failed" for counts in results)
    if results and failed == len(results):
        return Exit.FAILED
    part = files.problems or any(counts.status != "ok" for counts in results)
    return Exit.PART if part else Exit.DONE


def _chosen(files: SourceFiles, names: list[str]) -> list[Source]:
    chosen = [named(files, name) for name in names] or [s for s in files.sources.values() if s.enabled]
    if not chosen:
        raise Failure("no source is enabled; `greenlit sources list` shows those there are", Exit.USAGE)
    return chosen


def status(context: typer.Context, as_json: Json = False) -> None:
    """What is held, and which sources are well.

    Exit code 3 where a source fails, or an alarm is open.
    """
    from storage import queries

    with closing(assembly(context)) as parts, parts.database.read() as session:
        seen = queries.overview(session)
        zone = parts.settings.zone
    if as_json:
        print_json(_plain({**asdict(seen), "sources": [_source_fields(s) for s in seen.sources]}, zone))
    else:
        _print_status(seen, zone)
    done(Exit.PART if seen.alarms or any(s.failures for s in seen.sources) else Exit.DONE)


def _source_fields(source: SourceHealth) -> dict[str, Any]:
    return {**asdict(source), "last_status": source.last_status}


def _plain(value: Any, zone: Any) -> Any:
    """A value for programs: times as texts, in the zone of the settings."""
    if isinstance(value, dict):
        return {key: _plain(inner, zone) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner, zone) for inner in value]
    return _iso(value, zone) if isinstance(value, datetime) else value


def _iso(moment: Any, zone: Any) -> str | None:
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else None


def _print_status(seen: Any, zone: Any) -> None:
    put(f"approvals    {', '.join(f'{n} {name}' for name, n in seen.approvals.items()) or 'none yet'}")
    put(f"by kind      {', '.join(f'{n} {name}' for name, n in seen.kinds.items()) or '-'}")
    put(f"articles     {seen.articles}; {seen.unresolved} mentions wait for review, {seen.quarantined} pages put aside")
    open_lists = f", {seen.open_lists} with open questions: greenlit reconcile" if seen.open_lists else ""
    put(f"lists        {seen.lists or 'none'} held{open_lists}")
    put(f"pages        {seen.waiting} wait to be fetched, {seen.given_up} given up")
    put(f"digest       {seen.subscribers} subscribers, {seen.untold} items not yet mailed")
    put(f"alarms       {len(seen.alarms) or 'none'}")
    for alarm in seen.alarms:
        unheard = f"; it could not be mailed: {alarm.error}" if alarm.error else ""
        put(f"  {alarm.source}: {alarm.name} since {_iso(alarm.raised_at, zone)}: {alarm.detail}{unheard}")
    if not seen.sources:
        put("sources      never checked; `greenlit fetch` checks them now, `greenlit run` keeps on")
        return
    rows(
        ("source", "last round", "last success"),
        ((s.id, _state(s), _iso(s.last_ok_at, zone) or "never") for s in seen.sources),
    )


def _state(source: SourceHealth) -> str:
    state = f"failing ({source.failures} in a row): {source.error}" if source.failures else source.last_status or ""
    return f"in shadow, {state}" if source.shadow else state
