"""Alarms beside those of rounds, and how the operator is told of all of them: each once, however long it goes on."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from html import escape
from pathlib import Path

from config.settings import ConfigError, Settings
from config.source import SourceProblem
from pipeline.clean import one_line
from pipeline.digest.channels import Clock, Transport
from pipeline.digest.compose import compose
from pipeline.digest.mail import MailFailure, send, sender
from pipeline.digest.render import Rendered
from pipeline.lease import Lease, Taken
from storage import alarms
from storage.alarms import AlarmName, AlarmRecord
from storage.database import Database

LEASE = "alarms"
"""Name of the lease: two that tell at once would tell twice."""
FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=6)
"""Between two tries of one mail; the pause doubles with each."""


def watch_files(database: Database, problems: Sequence[SourceProblem], now: Clock) -> None:
    """Raise an alarm for each source file that can't be taken, and end those that are over.

    Without it, a source whose file went wrong would only be missing.
    """
    wrong = {Path(problem.path).stem: one_line(problem.message, 300) for problem in problems}
    about = (AlarmName.NOT_TAKEN,)
    with database.read() as session:
        known = {alarm.source: alarm.detail for alarm in alarms.open_alarms(session) if alarm.name in about}
    if known == wrong:
        return
    with database.write() as session:
        for source in {*known, *wrong}:
            said = {AlarmName.NOT_TAKEN: wrong[source]} if source in wrong else {}
            alarms.settle(session, source, said, now(), about)


def tell_operator(database: Database, settings: Settings, now: Clock, transport: Transport | None = None) -> int:
    """Mail the open alarms that the operator was not told of, in one mail; returns how many were told.

    Nothing happens without an operator's address and a mail server: `greenlit status`, the desk and /metrics show
    alarms all the same. A mail that is not taken is kept with its reason, shown there too, and tried again.
    """
    if settings.operator is None or settings.smtp_host is None:
        return 0
    with database.read() as session:
        if not alarms.untold(session, now()):
            return 0
    try:
        with Lease(database, now, LEASE, "tells the operator"):
            return _tell(database, settings, settings.operator, now, transport)
    except Taken:
        return 0


def _tell(database: Database, settings: Settings, operator: str, now: Clock, transport: Transport | None) -> int:
    with database.read() as session:
        due = alarms.untold(session, now())
    if not due:
        return 0
    ids = [alarm.id for alarm in due]
    try:
        mail = compose(settings, operator, message_id(settings, due), letter(due, settings), now())
        (transport or partial(send, settings))(mail)
    except Exception as error:  # whatever it is, the alarm stays untold, and says so where alarms are shown
        # The log gets no reason: servers repeat the address in it.
        logging.getLogger(__name__).warning("the operator was not told of %d alarms", len(due))
        pause = min(FIRST_PAUSE * 2 ** min(max(alarm.attempts for alarm in due), 20), LONGEST_PAUSE)
        with database.write() as session:
            alarms.mark_not_told(session, ids, _reason(error), now() + pause)
        return 0
    with database.write() as session:
        alarms.mark_told(session, ids, now())
    return len(due)


def _reason(error: Exception) -> str:
    known = isinstance(error, MailFailure | ConfigError)
    return one_line(str(error) if known else f"{type(error).__name__}: {error}", 300)


def message_id(settings: Settings, due: Sequence[AlarmRecord]) -> str:
    """The Message-ID that these alarms have at every try, so that a repeat after a crash is seen as one."""
    content = ";".join(f"{alarm.id} {alarm.raised_at.isoformat()}" for alarm in due)
    return f"<alarm-{hashlib.sha256(content.encode()).hexdigest()[:32]}@{sender(settings).domain}>"


def letter(due: Sequence[AlarmRecord], settings: Settings) -> Rendered:
    """What the operator reads: one line for each alarm."""
    sources = list(dict.fromkeys(alarm.source for alarm in due))
    subject = f"Greenlit: {', '.join(f'{alarm.source} {alarm.name}' for alarm in due[:3])}"
    subject += f" and {len(due) - 3} more" if len(due) > 3 else ""
    lines = [f"{alarm.source}: {alarm.name} since {_when(alarm.raised_at, settings)}. {alarm.detail}" for alarm in due]
    closing = f"You are told of each alarm once. `greenlit status` shows those that go on; see also {_where(settings)}."
    head = f"Greenlit needs you to look at {len(sources)} of its sources or subscribers:"
    text = "\n\n".join([head, *lines, closing]) + "\n"
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return Rendered(subject, f"<p>{escape(head)}</p><ul>{items}</ul><p>{escape(closing)}</p>", text)


def _when(moment: datetime, settings: Settings) -> str:
    return moment.astimezone(settings.zone).strftime("%Y-%m-%d %H:%M")


def _where(settings: Settings) -> str:
    return settings.public_url or "the desk"
