"""digest: what is told, what was, and to whom."""

from __future__ import annotations

import webbrowser
from contextlib import closing
from dataclasses import asdict
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.common import Exit, Failure, assembly, done, parse_day, print_json, put, say

if TYPE_CHECKING:
    from pipeline.assembly import Assembly
    from storage.receipts import Receipt
    from storage.subscribers import SubscriberRecord

digest = typer.Typer(help="The mail of new approvals.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="For programs.")]
Subscriber = Annotated[str | None, typer.Option("--subscriber", help="As this address would get it.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    digest.command(epilog="Example: greenlit digest preview --since 2026-11-01 --open")(preview)
    digest.command(epilog="Example: greenlit digest send --dry-run")(send)
    digest.command(epilog="Example: greenlit digest receipts --subscriber ana@example.org --since 2026-11-01")(receipts)
    app.add_typer(digest, name="digest")


def preview(
    context: typer.Context,
    subscriber: Subscriber = None,
    since: Annotated[str | None, typer.Option("--since", help="All first seen since that day, mailed or not.")] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open the HTML in a browser.")] = False,
) -> None:
    """What the next digest would say.

    Nothing is sent or marked.
    """
    from pipeline.digest.preview import preview as render

    with closing(assembly(context)) as parts:
        day = parse_day("--since", since) if since else None
        reader = _reader(parts, subscriber) if subscriber else None
        rendered = render(parts.database, parts.settings, parts.clock, reader, day, parts.sources.sources)
        put(f"Subject: {rendered.subject}\n\n{rendered.text}")
        if open_:
            path = parts.settings.data_dir / "preview.html"
            path.write_text(rendered.page, encoding="utf-8")
            if not webbrowser.open(Path(path).absolute().as_uri()):
                say(f"no browser can be opened here: see {path}")


def _reader(parts: Assembly, address: str) -> SubscriberRecord:
    from storage.subscribers import subscriber_at

    with parts.database.read() as session:
        found = subscriber_at(session, address)
    if found is None:
        raise Failure(f"{address} is not subscribed; `greenlit subscribers list` shows who is")
    return found


def send(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go to whom, and send nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Send what is new to every subscriber, now, whatever its cadence."""
    from pipeline.digest.send import send_digest

    with closing(assembly(context)) as parts:
        if dry_run:
            _print_plan(parts, as_json=as_json)
            return
        if parts.settings.smtp_host is None and not parts.hooks.hooks:
            raise Failure("no mail server: set GREENLIT_SMTP_HOST (and _PORT, _USER, _PASSWORD)", Exit.USAGE)
        sources = parts.sources.sources
        report = send_digest(parts.database, parts.settings, parts.clock, hooks=parts.hooks, sources=sources)
    for error in report.errors:
        say(error)
    if as_json:
        print_json(asdict(report))
    else:
        put(report.summary)
    done(Exit.DONE if not report.failed else Exit.PART if report.sent else Exit.FAILED)


def _print_plan(parts: Assembly, *, as_json: bool) -> None:
    from pipeline.digest.preview import plan

    planned = plan(parts.database, parts.settings, parts.clock, parts.sources.sources)
    if as_json:
        print_json([asdict(mail) for mail in planned])
        return
    for mail in planned:
        put(f"{mail.address}\t{mail.items}\t{mail.subject}")
    put(f"{len(planned)} mails would be sent; nothing was")


def receipts(
    context: typer.Context,
    subscriber: Annotated[str | None, typer.Option("--subscriber", help="Only what went to this address.")] = None,
    since: Annotated[str | None, typer.Option("--since", help="Only mails made since that day.")] = None,
    approval: Annotated[int | None, typer.Option("--approval", help="Only mails about this approval.")] = None,
    as_json: Json = False,
) -> None:
    """Who got what, when, and under which Message-ID; also what waits, and what was refused."""
    from storage.receipts import receipts as store
    from storage.subscribers import plain_address

    with closing(assembly(context)) as parts:
        zone = parts.settings.zone
        start = datetime.combine(parse_day("--since", since), time(), zone) if since else None
        address = plain_address(subscriber) if subscriber else None
        with parts.database.read() as session:
            found = store(session, address=address, since=start, approval=approval)
            rows = [_receipt_fields(one, zone) for one in found] if as_json else []
            for one in found:
                put(_receipt_line(one, zone))
    if as_json:
        print_json(rows)


def _receipt_fields(receipt: Receipt, zone: Any) -> dict[str, Any]:
    fields = {"state": receipt.state, **asdict(receipt)}
    fields["told"] = [{"event": event, "approval": approval} for event, approval in receipt.told]
    return {
        name: value.astimezone(zone).isoformat(timespec="seconds") if isinstance(value, datetime) else value
        for name, value in fields.items()
    }


def _receipt_line(receipt: Receipt, zone: Any) -> str:
    moment = (receipt.sent_at or receipt.created_at).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    told = ", ".join(f"{event} {approval}" for event, approval in receipt.told) or "nothing"
    why = f"\t{receipt.error}" if receipt.error else ""
    return f"{moment}\t{receipt.state}\t{receipt.address}\t{receipt.message_id}\t{told}{why}"
