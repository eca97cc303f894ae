"""subscribers, digest: who is told, and what."""

from __future__ import annotations

import webbrowser
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.common import Exit, Failure, assembly, done, parse_day, print_json, put, say

if TYPE_CHECKING:
    from pipeline.assembly import Assembly
    from storage.subscribers import SubscriberRecord

subscribers = typer.Typer(help="Who gets the digest.", no_args_is_help=True)
digest = typer.Typer(help="The mail of new approvals.", no_args_is_help=True)


class Languages(StrEnum):
    """The languages of a digest."""

    en = "en"
    zh = "zh"
    both = "both"


Address = Annotated[str, typer.Argument(help="A mail address.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    subscribers.command(epilog="Example: greenlit subscribers add ana@example.org --language en")(add)
    subscribers.command("list", epilog="Example: greenlit subscribers list")(list_)
    subscribers.command(epilog="Example: greenlit subscribers remove ana@example.org")(remove)
    subscribers.command(epilog="Example: greenlit subscribers test ana@example.org")(test)
    digest.command(epilog="Example: greenlit digest preview --since 2026-11-01 --open")(preview)
    digest.command(epilog="Example: greenlit digest send")(send)
    app.add_typer(subscribers, name="subscribers")
    app.add_typer(digest, name="digest")


def add(
    context: typer.Context,
    address: Address,
    language: Annotated[Languages, typer.Option("--language", help="Of the mail.")] = Languages.both,
) -> None:
    """Send new approvals to this address."""
    from storage import subscribers as store

    with closing(assembly(context)) as parts, parts.database.write() as session:
        store.add(session, address, language.value, parts.clock())
    put(f"{address} gets the digest")


def list_(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False
) -> None:
    """Everybody who gets the digest."""
    from storage import subscribers as store

    with closing(assembly(context)) as parts, parts.database.read() as session:
        found = store.subscribers(session)
    if as_json:
        print_json([{"address": s.address, "language": s.language} for s in found])
    else:
        for subscriber in found:
            put(f"{subscriber.address}\t{subscriber.language}")


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
    """Send a test mail to an address."""
    from pipeline.digest.mail import MailFailure
    from pipeline.digest.send import send_test

    parts = assembly(context)
    try:
        send_test(parts.settings, address, parts.clock())
    except MailFailure as error:
        raise Failure(str(error)) from error
    put(f"the mail server took a test mail to {address}")


def preview(
    context: typer.Context,
    subscriber: Annotated[str | None, typer.Option("--subscriber", help="As this address would get it.")] = None,
    since: Annotated[str | None, typer.Option("--since", help="All first seen since that day, mailed or not.")] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open the HTML in a browser.")] = False,
) -> None:
    """What the next digest would say.

    Nothing is sent or marked.
    """
    from pipeline.digest.send import preview as render

    with closing(assembly(context)) as parts:
        day = parse_day("--since", since) if since else None
        reader = _reader(parts, subscriber) if subscriber else None
        rendered = render(parts.database, parts.settings, parts.clock, reader, day, parts.sources.sources)
        put(f"Subject: {rendered.subject}\n\n{rendered.text}")
        if open_:
            path = parts.settings.data_dir / "preview.html"
            path.write_text(rendered.html, encoding="utf-8")
            webbrowser.open(Path(path).absolute().as_uri())


def _reader(parts: Assembly, address: str) -> SubscriberRecord:
    from storage import subscribers as store

    with parts.database.read() as session:
        found = [s for s in store.subscribers(session) if s.address.lower() == address.lower()]
    if not found:
        raise Failure(f"{address} is not subscribed; `greenlit subscribers list` shows who is")
    return found[0]


def send(context: typer.Context) -> None:
    """Send what is new to every subscriber, now."""
    from pipeline.digest.send import send_digest

    with closing(assembly(context)) as parts:
        if parts.settings.smtp_host is None:
            raise Failure("no mail server: set GREENLIT_SMTP_HOST (and _PORT, _USER, _PASSWORD)", Exit.USAGE)
        report = send_digest(parts.database, parts.settings, parts.clock, sources=parts.sources.sources)
    for error in report.errors:
        say(error)
    put(report.summary)
    done(Exit.DONE if not report.failed else Exit.PART if report.sent else Exit.FAILED)
