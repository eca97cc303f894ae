"""The demo: the press is served on loopback, fetched over real HTTP, and its digest goes through real SMTP."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from config.settings import Settings
from config.source import load_sources
from extractors.records import CHINA
from pipeline.assembly import Assembly, system_clock
from pipeline.clean import one_line
from pipeline.demo.press import Press, companies_file
from pipeline.digest.send import send_digest
from pipeline.service import counts_line
from storage import queries, subscribers
from storage.records import Approval
from storage.wishes import Schedule, Wish

READER = "reader@greenlit.example"
"""Who gets the demo's digest."""


def play(settings: Settings, say: Callable[[str], None], *, keep: bool = False) -> bool:
    """Run the demo in `<data dir>/demo`, made anew each time; returns whether all went well."""
    folder = settings.data_dir / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    with Press(system_clock().astimezone(CHINA).date()) as press, outbox(folder / "outbox") as port:
        visible = system_clock()
        press.sources(folder / "sources")
        own = settings.model_copy(
            update={
                "data_dir": folder,
                "database_url": None,
                "sources_dir": folder / "sources",
                "allow_private_networks": True,
                "smtp_host": "127.0.0.1",
                "smtp_port": port,
                "smtp_user": None,
                "smtp_password": None,
                "smtp_starttls": False,
            }
        )
        parts = Assembly(own, companies=[companies_file()], floor=0.0)
        try:
            return _round(parts, say, folder, visible) and _open(parts, say, keep=keep)
        finally:
            parts.close()


def _round(parts: Assembly, say: Callable[[str], None], folder: Path, visible: datetime) -> bool:
    sources = load_sources([folder / "sources"]).sources
    with parts.database.write() as session:
        subscribers.add(session, READER, Wish(schedule=Schedule("at_once")), parts.clock())
    results = parts.watch(announce=True).round(list(sources.values()), lambda counts: say(counts_line(counts)))
    report = send_digest(parts.database, parts.settings, parts.clock, sources=sources)
    seconds = (parts.clock() - visible).total_seconds()
    say(f"from the articles being visible to the mail server taking the mail: {seconds:.1f} s")
    with parts.database.read() as session:
        _print(list(queries.approvals(session)))
    for mail in sorted((folder / "outbox").glob("*.eml")):
        print(f"\nthe digest: {mail}")
    return all(counts.status == "ok" for counts in results) and report.sent == 1 and not report.failed


def _print(approvals: list[Approval]) -> None:
    for approval in approvals:
        name = f"{approval.company.name or '?'} / {approval.product or '-'}"
        facts = [approval.kind.value, approval.filing_no, approval.approved_on, approval.status]
        print(f"\n{name}: {', '.join(fact for fact in facts if fact)}")
        for evidence in approval.articles:
            print(f"  {evidence.source}: 「{one_line(evidence.quote)}」")


def _open(parts: Assembly, say: Callable[[str], None], *, keep: bool) -> bool:
    if keep:
        from pipeline.web.app import make_app
        from pipeline.web.serve import serve

        with serve(make_app(parts.database, parts.settings), parts.settings) as address:
            say(f"the desk is at {address}; Ctrl-C ends the demo")
            _until_interrupted(parts)
    return True


def _until_interrupted(parts: Assembly) -> None:
    try:
        while not parts.stop.wait(1.0):
            pass
    except KeyboardInterrupt:
        return


@contextmanager
def outbox(folder: Path) -> Iterator[int]:
    """A real SMTP server on loopback that keeps each mail as a file in `folder`; gives its port."""
    from aiosmtpd.controller import Controller

    class OnAnyPort(Controller):
        server: Any

        def _trigger_server(self) -> None:
            """The controller connects to itself once: by then it must know its port."""
            self.port = self.server.sockets[0].getsockname()[1]
            super()._trigger_server()  # type: ignore[no-untyped-call]

    folder.mkdir(parents=True, exist_ok=True)
    controller = OnAnyPort(_Keep(folder), hostname="127.0.0.1", port=0)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


class _Keep:
    """What the server does with a mail: a file each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self._count += 1
        (self._folder / f"{self._count:03}.eml").write_bytes(envelope.original_content)
        return "250 kept"
