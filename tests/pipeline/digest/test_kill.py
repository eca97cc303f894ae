"""SIGKILL at every point of the way of a mail: each arrives, and twice only where nobody can know that it did.

The points, for three readers: before each commit of a round (the lease, what is set right, the mails, each mark, the
lease again), before each handing over, when the server has the whole text and has not answered, and after its 250. As
a program, this file goes through all of them again and again and prints what came of it:

    PYTHONPATH=.:tests python tests/pipeline/digest/test_kill.py 20
"""

import os
import shutil
import signal
import sys
import tempfile
import traceback
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from smtp_server import smtp_server
from sqlalchemy import event
from telling import NOON, database_at, fact, tell

from config.settings import Settings
from pipeline.digest.mail import send
from pipeline.digest.send import send_digest
from storage.subscribers import add
from storage.wishes import Wish

READERS = ("a@example.org", "b@example.org", "c@example.org")
COMMITS = 7
POINTS = [
    *(("commit", n) for n in range(1, COMMITS + 1)),
    *((when, n) for when in ("before", "text", "after") for n in (1, 2, 3)),
]


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def round_that_dies(settings, when, nth):
    """In a process of its own: one round that kills itself at its point; returns how it ended."""
    pid = os.fork()
    if pid:
        return os.waitpid(pid, 0)[1]
    try:
        _round(settings, when, nth)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _round(settings, when, nth):
    database = database_at(settings.data_dir)
    seen = Counter()

    def at(point):
        seen[point] += 1
        if point == when and seen[point] == nth:
            die()

    event.listen(database.engine, "commit", lambda connection: at("commit"))

    def transport(message):
        at("before")
        send(settings, message)
        at("after")

    send_digest(database, settings, lambda: NOON, transport)


def fill(folder):
    """A database with readers, and two things to tell them."""
    database = database_at(folder)
    with database.write() as session:
        for reader in READERS:
            add(session, reader, Wish(), NOON)
    tell(database, fact(), fact("潮汐智能", "听潮"))
    database.close()


def go_through(folder, when, nth, connections=1):
    """Die at a point, then go on as a restart does; returns how many mails each reader got."""
    with smtp_server() as server:
        settings = Settings(
            data_dir=folder,
            smtp_host="127.0.0.1",
            smtp_port=server.port,
            smtp_from="greenlit@desk.example",
            smtp_connections=connections,
        )
        ended = round_that_text_kills(server, settings, nth) if when == "text" else round_that_dies(settings, when, nth)
        again = database_at(folder)
        for minutes in (2, 10, 24 * 60):  # a dead holder's lease runs out, a broken-off mail is due again
            send_digest(again, settings, lambda later=NOON + timedelta(minutes=minutes): later)
        again.close()
        names = {reader: [mail.message["Message-ID"] for mail in server.to(reader)] for reader in READERS}
        told = {reader: all("听潮" in mail.body("plain") for mail in server.to(reader)) for reader in READERS}
    assert all(len(set(ids)) == 1 for ids in names.values()), names
    assert all(told.values())
    return ended, {reader: len(ids) for reader, ids in names.items()}


def round_that_text_kills(server, settings, nth):
    """The server has the nth text whole when its sender is killed; whether it then takes it is its own affair."""
    pid, seen = None, []

    def answer(mail):
        seen.append(mail)
        if len(seen) == nth and pid:
            os.kill(pid, signal.SIGKILL)
        return "250 taken"

    server.answer = answer
    pid = os.fork()
    if not pid:
        with suppress(BaseException):
            _round(settings, "never", 0)
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    server.answer = lambda mail: "250 taken"
    return status


@pytest.mark.parametrize(("when", "nth"), POINTS, ids=lambda value: str(value))
def test_killed_at_any_point_every_mail_arrives_and_only_one_the_server_had_comes_twice(tmp_path, when, nth):
    fill(tmp_path)
    ended, got = go_through(tmp_path, when, nth)
    assert ended == signal.SIGKILL
    twice = [reader for reader, count in got.items() if count == 2]
    assert set(got.values()) <= {1, 2}
    if when in ("after", "text"):
        assert twice == [READERS[nth - 1]]
    else:  # of the commits the fourth to the sixth are the marks: one that did not happen is a mail that comes again
        assert twice == (list(READERS[nth - 4 : nth - 3]) if when == "commit" and 4 <= nth <= 6 else [])


def test_four_at_once_and_killed_each_comes_twice_at_most(tmp_path):
    for nth in (1, 2, 3):
        fill(tmp_path / str(nth))
        _ended, got = go_through(tmp_path / str(nth), "after", nth, connections=4)
        assert set(got.values()) <= {1, 2}


def main(runs):
    filled = Path(tempfile.mkdtemp())
    fill(filled)
    for connections in (1, 4):
        total, twice, lost = Counter(), Counter(), 0
        for _ in range(runs):
            for when, nth in POINTS:
                with tempfile.TemporaryDirectory() as folder:
                    shutil.copytree(filled, folder, dirs_exist_ok=True)
                    ended, got = go_through(Path(folder), when, nth, connections)
                assert ended == signal.SIGKILL, (when, nth, ended)
                lost += sum(count == 0 for count in got.values())
                total[when] += len(got)
                twice[when] += sum(count > 1 for count in got.values())
                assert max(got.values()) <= 2
        print(f"{connections} connections: {runs} runs x {len(POINTS)} points; {sum(total.values())} deliveries")
        print(f"  never arrived: {lost}; twice, under one Message-ID: {dict(twice)} of {dict(total)}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
