"""What one fetch adds to the memory of a process: python peak.py SMALL_URL URL prints its outcome and the bytes."""

from __future__ import annotations

import resource
import sys
from datetime import UTC, datetime

from config.settings import Settings
from pipeline.fetch import FetchError, Request, make_client


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main(small: str, url: str) -> None:
    client = make_client(Settings(allow_private_networks=True), clock=lambda: datetime(2026, 3, 10, tzinfo=UTC))
    client.fetch(Request(small))
    before = peak()
    try:
        said = f"{len(client.fetch(Request(url)).body)} bytes"
    except FetchError as error:
        said = error.reason
    print(peak() - before, said)


if __name__ == "__main__":
    main(*sys.argv[1:])
