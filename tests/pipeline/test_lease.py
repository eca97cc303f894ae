"""Leases: one holder at a time; the dead are buried, the silent expire."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest
from outlet import open_outlet
from web import Web

from config.source import load_sources
from pipeline.lease import Lease, Taken
from storage import leases


def hold(parts, name: str, holder: str, now) -> None:
    with parts.database.write() as session:
        assert leases.take(session, name, holder, now) is None


def test_a_claim_is_exclusive_until_it_is_given_back(make, clock) -> None:
    parts = make()
    with Lease(parts.database, clock, "digest", "sends") as lease:
        with pytest.raises(Taken, match="sends already"), Lease(parts.database, clock, "digest", "sends"):
            pass
        with Lease(parts.database, clock, "another", "does another thing"):
            lease.renew()
    with Lease(parts.database, clock, "digest", "sends"):
        pass


def test_a_silent_holder_elsewhere_loses_its_claim_after_the_term(make, clock) -> None:
    parts = make()
    hold(parts, "digest", "elsewhere:1:x", clock())
    mine = Lease(parts.database, clock, "digest", "sends")
    with pytest.raises(Taken) as error:
        mine.renew()
    assert error.value.until == clock() + leases.TERM
    clock.forward(seconds=leases.TERM.total_seconds())
    mine.renew()


def test_a_holder_that_lost_its_claim_is_told_so(make, clock) -> None:
    parts = make()
    mine = Lease(parts.database, clock, "digest", "sends")
    mine.renew()
    clock.forward(seconds=leases.TERM.total_seconds())
    hold(parts, "digest", "elsewhere:1:x", clock())
    with pytest.raises(Taken):
        mine.renew()


def test_a_dead_process_of_this_machine_holds_nothing(make, clock) -> None:
    parts = make()
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    hold(parts, "digest", f"{socket.gethostname()}:{child.pid}:x", clock())
    with Lease(parts.database, clock, "digest", "sends"):
        pass


def test_a_source_is_read_by_one_process_at_a_time(make, clock, tmp_path) -> None:
    with Web() as web:
        parts = make()
        (source,) = load_sources([open_outlet(web, tmp_path / "s", 1)]).sources.values()
        hold(parts, "source outlet", "elsewhere:1:x", clock())
        (counts,) = parts.watch().round([source])
        assert (counts.status, web.log) == ("failed", [])
        assert "elsewhere:1:x reads this source already" in counts.error
