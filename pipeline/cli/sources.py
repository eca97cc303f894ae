"""sources list, check, test, promote: what is watched."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.common import Exit, Failure, assembly, done, named, person, print_json, put, rows, say, text_of
from pipeline.cli.draft import add

if TYPE_CHECKING:
    from config.source import Source
    from pipeline.assembly import Assembly
    from pipeline.trial import Trial
    from storage.decisions import DecisionRecord

group = typer.Typer(help="What is watched.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="For programs.")]
COLUMNS = ("id", "name", "kind", "language", "listing", "every", "state")


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group.command("list", epilog="Example: greenlit sources list")(list_)
    group.command(epilog="Example: GREENLIT_SOURCES_DIR=my-sources greenlit sources check")(check)
    group.command(epilog="Example: greenlit sources test cac --live")(test)
    group.command(epilog='Example: greenlit sources promote pandaily --reason "two weeks, no wrong name"')(promote)
    group.command(epilog="Example: greenlit sources add https://example.com/news/ --id example")(add)
    app.add_typer(group, name="sources")


def list_(context: typer.Context, as_json: Json = False) -> None:
    """Every source, and whether it is watched.

    A source in shadow is collected and shown for review, and never mailed.
    """
    with closing(assembly(context)) as parts:
        files = parts.sources
        known = _promoted(parts)
    if as_json:
        shown = (source.model_dump(mode="json") for source in files.sources.values())
        print_json([{**fields, "promoted": _decision(known.get(fields["id"]))} for fields in shown])
        return
    rows(COLUMNS, (_row(source, known) for source in files.sources.values()))
    say(_counts(list(files.sources.values()), known))


def _promoted(parts: Assembly) -> dict[str, DecisionRecord]:
    """The decisions that let sources out of shadow mode; the database is asked only where a source is in it."""
    if not any(source.shadow for source in parts.sources.sources.values()):
        return {}
    from storage.decisions import promoted

    with parts.database.read() as session:
        return promoted(session)


def _decision(made: DecisionRecord | None) -> dict[str, str] | None:
    return {"at": made.at.isoformat(), "author": made.author, "reason": made.reason} if made else None


def _row(source: Source, known: Mapping[str, DecisionRecord]) -> tuple[str, ...]:
    every = f"{source.interval.total_seconds() / 60:g} min"
    listing = source.listing.kind if source.listing else "-"
    return source.id, source.name, source.kind, source.language, listing, every, _state(source, known)


def _state(source: Source, known: Mapping[str, DecisionRecord]) -> str:
    if not source.enabled:
        return f"off: {source.disabled_reason or 'disabled'}"
    made = known.get(source.id)
    if source.shadow and made:
        return f"watched: promoted {made.at:%Y-%m-%d} by {made.author}: {made.reason}"
    return "shadow" if source.shadow else "watched"


def _counts(sources: list[Source], known: Mapping[str, DecisionRecord]) -> str:
    states = [_state(source, known).partition(":")[0] for source in sources]
    return ", ".join(f"{states.count(state)} {state}" for state in ("watched", "shadow", "off"))


def check(context: typer.Context, as_json: Json = False) -> None:
    """Validate every source file.

    Each fault is a line with file, line and remedy; exit code 3 where there is one.
    """
    from config.check import check_sources

    with closing(assembly(context)) as parts:
        files = parts.sources
    problems = check_sources(files)
    if as_json:
        print_json({"sources": len(files.sources), "problems": [asdict(problem) for problem in problems]})
    else:
        for problem in problems:
            say(f"{problem.path}: {problem.message}")
        wrong = len({problem.path for problem in problems})
        put(f"{len(files.sources)} sources can be used, {wrong} files have a fault")
    done(Exit.PART if problems else Exit.DONE)


def test(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="The source's id.")],
    live: Annotated[bool, typer.Option("--live/--sample", help="Ask its site, or read its samples.")] = False,
    as_json: Json = False,
) -> None:
    """Try one source: its links, its first article, its facts.

    On its samples, or with --live on its site, as politely as a round; nothing is stored. Exit code 1 where the
    listing can't be read, 3 where something behind it can't.
    """
    from pipeline.cli.trials import show, trial_fields
    from pipeline.trial import NothingToTry

    with closing(assembly(context)) as parts:
        try:
            trial = _tried(parts, named(parts.sources, source), live=live)
        except NothingToTry as error:
            raise Failure(str(error), Exit.USAGE) from error
    if as_json:
        print_json(trial_fields(trial))
    else:
        show(trial, live=live)
    done(_verdict(trial))


def promote(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="A source in shadow mode.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it may be trusted now; kept for ever.")],
    author: Annotated[str | None, typer.Option("--author", help="Who decides; you without.")] = None,
) -> None:
    """Let a source out of shadow mode.

    From now on its news is mailed. What it found before is shown, as history, and never mailed.
    """
    from storage.shadow import AlreadyPromoted
    from storage.shadow import promote as let_out

    with closing(assembly(context)) as parts:
        chosen = named(parts.sources, source)
        if not chosen.shadow:
            raise Failure(f"{source} is not in shadow mode: its news is mailed already", Exit.USAGE)
        who, why, least = person(author), text_of("--reason", reason), parts.policy.min_confidence
        try:
            with parts.database.write() as session:
                let_out(session, source, author=who, reason=why, at=parts.clock(), min_confidence=least)
        except AlreadyPromoted as error:
            raise Failure(str(error), Exit.USAGE) from error
    put(f"{source} is promoted by {who}: {why}")


def _tried(parts: Assembly, source: Source, *, live: bool) -> Trial:
    from config.source import samples_of
    from extractors.records import Article
    from extractors.understand import Analyst
    from pipeline.trial import try_live, try_samples

    warming = Article("", "备案", language=source.language)  # what is made at the first article must not count
    if not live:
        folder = samples_of(parts.sources.paths[source.id])
        analyst = Analyst(parts.lexicon)
        analyst.facts(warming)
        return try_samples(source, folder, analyst.facts, time.perf_counter)
    from pipeline.listings import Listings

    parts.ingest.facts(warming)
    return try_live(source, parts.ingest, Listings(parts.ingest, parts.polite), time.perf_counter)


def _verdict(trial: Trial) -> Exit:
    if not trial.problems:
        return Exit.DONE
    return Exit.PART if trial.links else Exit.FAILED
