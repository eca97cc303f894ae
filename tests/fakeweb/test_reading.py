"""F6 to F9: pages that exhaust, crash or leak a parser cost one page, never the run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from extractors.records import Article
from extractors.understand import Analyst
from pipeline.fetch import Request
from pipeline.ingest import Broken
from pipeline.worker import WorkerDied

SOAK = Path(__file__).parent / "soak.py"


def quarantined(parts) -> dict[str, str]:
    """Each page that was put aside, with its reason."""
    from sqlalchemy import select

    from storage.tables import Quarantine

    with parts.database.read() as session:
        return {row.url.rpartition("/")[2]: row.reason for row in session.scalars(select(Quarantine))}


@pytest.mark.parametrize(("name", "reason"), [("depth", "tags are open at once"), ("attributes", "attributes")])
def test_f06_quadratic_html(web, greenlit, name: str, reason: str) -> None:
    """100,000 nested tags, or attributes of one tag, are refused long before the two seconds are over."""
    page = greenlit.parts.polite.fetch(Request(web.url(f"/f06/{name}")))
    with pytest.raises(Broken, match=f"hostile.*{reason}"):
        greenlit.parts.ingest.read_page(page)


def test_f06_what_no_prescan_finds_is_stopped(web, greenlit) -> None:
    """A page that needs many seconds is ended after two; the pages before and after it are read."""
    counts = greenlit.round(greenlit.feed(web, "f06"))
    assert (counts.status, counts.read, counts.rejected) == ("partial", 2, 1)
    assert quarantined(greenlit.parts) == {"slow.html": "the page took more than 2 seconds of CPU"}


def test_f06_a_listing_is_stopped_too(web, greenlit) -> None:
    source = greenlit.source("slow", f'kind = "html"\nitems = "a"\nurl = "{web.url("/f06/slow")}"')
    counts = greenlit.round(source)
    assert counts.status == "failed"
    assert "the listing took more than 2 seconds of CPU" in counts.error


def test_f07_deep_pages_are_never_read_as_empty(web, greenlit) -> None:
    """Other parsers stop at a depth and give no text; here a page is read whole or refused by name."""
    deep, deep_enough = (greenlit.parts.polite.fetch(Request(web.url(f"/f07/{n}"))) for n in ("deep", "deep-enough"))
    source = greenlit.feed(web, "f07")
    read = greenlit.parts.ingest.read_page
    with pytest.raises(Broken, match="hostile"):
        read(deep, source)
    assert read(deep_enough, source).text.count("现予公布") == 9
    assert read(deep_enough).text.count("现予公布") == 9


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_f08_parser_crash(web, greenlit) -> None:
    """The reading process is killed in the middle of a page: that page is put aside, the others are stored."""
    parts = greenlit.parts
    parts.reader.ask(Analyst.facts, Article("备案", "某公司的大模型通过备案。"))
    pid = parts.reader.call(os.getpid)
    killer = threading.Thread(target=kill_when_busy, args=(web, pid))
    killer.start()
    counts = greenlit.round(greenlit.feed(web, "f08"))
    killer.join()
    assert (counts.status, counts.read, counts.rejected) == ("partial", 2, 1)
    assert quarantined(parts) == {"slow.html": "the page crashed its process (SIGKILL)"}
    with pytest.raises(WorkerDied, match="SIGABRT"):
        parts.reader.call(os.abort)
    assert parts.reader.call(os.getpid) != pid


def kill_when_busy(web, pid: int) -> None:
    """Kill the process once it is deep in the slow page."""
    while "/f08/slow.html" not in web.paths():
        time.sleep(0.01)
    begun = cpu(pid)
    while cpu(pid) - begun < 0.3:
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has spent (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_f09_native_leak() -> None:
    """20,000 pages: the second 10,000 add nothing to the memory of the first (a leak of a node each would be 5 MB)."""
    grown = subprocess.run([sys.executable, str(SOAK), "20000"], check=True, capture_output=True, text=True).stdout
    assert int(grown) < 2_000_000
