"""subscribers: who is told, when, and of what."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.common import Exit, Failure, assembly, done, opened, print_json, put, say

if TYPE_CHECKING:
    from pipeline.assembly import Assembly
    from storage.subscribers import SubscriberRecord
    from storage.wishes import Wish

subscribers = typer.Typer(help="Who gets the digest, when, and of what.", no_args_is_help=True)


class Languages(StrEnum):
    """The languages of a digest."""

    en = "en"
    zh = "zh"
    both = "both"


class Cadences(StrEnum):
    """How often a digest comes."""

    at_once = "at_once"
    hourly = "hourly"
    daily = "daily"
    weekly = "weekly"


Address = Annotated[str, typer.Argument(help="A mail address, or hook:ID for a webhook.")]
Many = list[str] | None


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    subscribers.command(
        epilog="Example: greenlit subscribers add ana@example.org --language en --cadence at_once --province 北京"
    )(add)
    subscribers.command("list", epilog="Example: greenlit subscribers list --json")(list_)
    subscribers.command(epilog="Example: greenlit subscribers remove ana@example.org")(remove)
    subscribers.command(epilog="Example: greenlit subscribers test ana@example.org")(test)
    subscribers.command("import", epilog="Example: greenlit subscribers import readers.csv")(import_)
    subscribers.command(epilog="Example: greenlit subscribers export > readers.csv")(export)
    app.add_typer(subscribers, name="subscribers")


def add(
    context: typer.Context,
    address: Address,
    language: Annotated[Languages, typer.Option("--language", help="Of the mail.")] = Languages.both,
    cadence: Annotated[Cadences, typer.Option("--cadence", help="How often.")] = Cadences.daily,
    at: Annotated[str | None, typer.Option("--at", help="HH:MM; GREENLIT_DIGEST_AT without.")] = None,
    weekday: Annotated[str | None, typer.Option("--weekday", help="Of a weekly one: mon to sun.")] = None,
    zone: Annotated[
        str | None, typer.Option("--zone", help="Such as Europe/Berlin; GREENLIT_TIMEZONE without.")
    ] = None,
    kind: Annotated[Many, typer.Option("--kind", help="Only of this kind; may be given again.")] = None,
    company: Annotated[Many, typer.Option("--company", help="Only this company: id, or part of a name.")] = None,
    province: Annotated[Many, typer.Option("--province", help="Only of this province.")] = None,
    status: Annotated[Many, typer.Option("--status", help="Only reported, confirmed or revoked.")] = None,
    confidence: Annotated[float, typer.Option("--confidence", help="Only from this confidence on, 0 to 1.")] = 0.0,
    source_kind: Annotated[Many, typer.Option("--source-kind", help="Only from official, media, aggregator.")] = None,
    keyword: Annotated[Many, typer.Option("--keyword", help="Only where this is in a name, title or quote.")] = None,
    empty: Annotated[bool, typer.Option("--empty", help="A digest even when there is nothing to tell.")] = False,
    ask: Annotated[bool, typer.Option("--ask", help="Mail a link first, and send nothing until it is used.")] = False,
    again: Annotated[bool, typer.Option("--again", help="One who left before has asked to come back.")] = False,
) -> None:
    """Send new approvals to this address.

    One that gets them already gets them as given now; one that was suspended gets them again.
    """
    from pipeline.digest.people import schedule_from
    from storage.filters import Filter
    from storage.wishes import Wish

    given = {"kind": kind, "company": company, "province": province, "status": status}
    given |= {"source_kind": source_kind, "keyword": keyword}
    chosen = Filter(**{name: tuple(values or ()) for name, values in given.items()}, confidence=confidence)
    wish = Wish(language.value, schedule_from(cadence.value, at, weekday, zone), chosen, empty)
    with closing(assembly(context)) as parts:
        put(_add(parts, address, wish, ask=ask, again=again))


def _add(parts: Assembly, address: str, wish: Wish, *, ask: bool, again: bool) -> str:
    from pipeline.digest.joining import Left, ask_to_confirm, join
    from storage.subscribers import HOOK

    try:
        joined = join(parts.database, parts.settings, address, wish, parts.clock(), ask=ask, again=again)
    except Left as error:
        raise Failure(str(error), Exit.USAGE) from error
    if joined.address.startswith(HOOK) and joined.address.removeprefix(HOOK) not in parts.hooks.hooks:
        say(f"{joined.address} has no file {joined.address.removeprefix(HOOK)}.toml in {parts.settings.hooks} yet")
    if joined.confirmed_at is None:
        ask_to_confirm(parts.settings, joined, parts.clock())
        return f"{joined.address} was asked to confirm"
    return f"{joined.address} gets the digest"


def list_(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False
) -> None:
    """Everybody, with language, cadence, filter and state."""
    from pipeline.digest.people import row_of

    found = _all(context)
    if as_json:
        print_json([row_of(one) for one in found])
        return
    for one in found:
        row = row_of(one)
        when = " ".join(row[name] for name in ("cadence", "weekday", "at", "zone") if row[name])
        empty = " even when empty" if one.wish.empty else ""
        put("\t".join([one.address, one.language, when + empty, one.wish.filter.text, one.state]))


def _all(context: typer.Context) -> list[SubscriberRecord]:
    from storage import subscribers as store

    with closing(assembly(context)) as parts, parts.database.read() as session:
        return store.subscribers(session)


def remove(context: typer.Context, address: Address) -> None:
    """Erase the address everywhere.

    Only a salted hash of it is kept.
    """
    from pipeline.digest.unsubscribe import unsubscribe

    with closing(assembly(context)) as parts:
        if not unsubscribe(parts.database, parts.settings.data_dir, address, parts.clock()):
            raise Failure(f"{address} is not subscribed")
    put(f"{address} is erased")


def test(context: typer.Context, address: Address) -> None:
    """Send a test message to an address or a webhook."""
    from pipeline.digest.mail import MailFailure
    from pipeline.digest.send import send_test

    with closing(assembly(context)) as parts:
        try:
            send_test(parts.settings, address, parts.clock(), parts.hooks)
        except MailFailure as error:
            raise Failure(str(error)) from error
    put(f"a test message to {address} was taken")


def import_(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="CSV; standard input without, or for -.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Those who left before have asked to come back.")] = False,
) -> None:
    """Add subscribers from a CSV file as `export` writes it.

    Columns may be left out, but not `address`; a line whose state is not active is not taken. Lines that can't be
    taken are named, the others are; exit code 3.
    """
    from pipeline.digest.people import read_csv

    taken, problems = 0, 0
    with opened(file) as stream:
        lines = _lines(stream.read())
    with closing(assembly(context)) as parts:
        for line, address, wish in read_csv(lines):
            try:
                if isinstance(wish, Exception):
                    raise wish
                _add(parts, address, wish, ask=False, again=again)
                taken += 1
            except (ValueError, Failure) as error:
                problems += 1
                say(f"line {line}: {error}")
    put(f"{taken} subscribers taken, {problems} not")
    done(Exit.DONE if not problems else Exit.PART if taken else Exit.FAILED)


def _lines(content: bytes) -> Iterable[str]:
    """The lines of a table. Raises Failure where it is not UTF-8."""
    import io

    try:
        return io.StringIO(content.decode("utf-8-sig"), newline="")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Failure(f"line {line}: is not UTF-8: save the table as CSV in UTF-8", Exit.USAGE) from error


def export(context: typer.Context) -> None:
    """All subscribers as CSV, on standard output."""
    from pipeline.digest.people import write_csv

    write_csv(_all(context), sys.stdout)
