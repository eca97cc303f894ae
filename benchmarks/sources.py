"""What watching costs: 1,000 sources on loopback, polled again when most have nothing new.

    python benchmarks/sources.py [SOURCES] [HOSTS] [SPACING]

A server in a process of its own answers under HOSTS names and writes down when each request began and ended. The
first round stores everything; in the second, measured one, 19 of 20 listings answer 304. Printed: wall time, CPU and
memory of Greenlit and its worker, the CPU of a bare request beside it (so that figures of two machines compare), and
what the server's log says of manners: requests of one host never overlap, and keep their distance.
"""

from __future__ import annotations

import http.client
import json
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

from config.settings import Settings
from config.source import Listing, Politeness, Source
from pipeline.assembly import Assembly, system_clock
from pipeline.fetch import Polite, make_client
from storage.frontier import StoredHostTimes

CHANGES = 20
"""One listing in so many has a new item in the second round."""
PAGE = (
    b"<html><head><title>t</title></head><body><div id=body>"
    + "今天天气很好，适合出门散步。".encode() * 9
    + b"</div></body></html>"
)


def main(sources: int = 1_000, hosts: int = 250, spacing: float = 0.05) -> None:
    command = [sys.executable, __file__, "--serve"]
    with tempfile.TemporaryDirectory() as folder, subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout
        port = int(server.stdout.readline())
        try:
            measure(Path(folder), port, sources, hosts, spacing)
        finally:
            server.kill()


def measure(folder: Path, port: int, sources: int, hosts: int, spacing: float) -> None:
    parts = greenlit(folder, spacing)
    watched = [source(n, f"http://host{n % hosts:04}.test:{port}") for n in range(sources)]
    first = Spent()
    statuses = {counts.status for counts in parts.watch().round(watched)}
    first.end()
    asked = len(log(port))
    again = Spent()
    results = parts.watch().round(watched)
    again.end()
    parts.close()
    requests = log(port)[asked:]
    bare = bare_request(port, len(requests))
    print(f"{sources} sources on {hosts} hosts, at least {spacing:g} s between two requests to one of them")
    print(f"first round       {first.said(asked, bare)}")
    print(f"polled again      {again.said(len(requests), bare)}")
    print(f"                  {sum(counts.not_modified for counts in results)} listings not modified,")
    print(
        f"                  {sum(counts.new for counts in results)} new items; {statuses | {c.status for c in results}}"
    )
    print(f"a bare request    {1000 * bare:.2f} ms of CPU")
    print(f"peak memory       {peak(resource.RUSAGE_SELF):.0f} MB, its worker {peak(resource.RUSAGE_CHILDREN):.0f} MB")
    overlaps, least = manners(requests)
    print(f"manners           {overlaps} overlapping requests on one host; the shortest pause was {least:.3f} s")
    if overlaps or least < spacing:
        sys.exit("the order or spacing of requests was not kept")


def greenlit(folder: Path, spacing: float) -> Assembly:
    settings = Settings(data_dir=folder, allow_private_networks=True)
    parts = Assembly(settings, floor=spacing)
    client = make_client(settings, clock=system_clock, resolve=lambda host, port: ["127.0.0.1"])
    parts.polite = Polite(client, StoredHostTimes(parts.database), clock=system_clock, floor=spacing)
    return parts


def source(n: int, place: str) -> Source:
    return Source(
        id=f"s{n:04}", name=f"source {n}", kind="media", language="zh", interval="30m",
        listing=Listing(kind="feed", url=f"{place}/{n}/feed.xml"), politeness=Politeness(spacing=0),
    )  # fmt: skip


class Spent:
    """Wall time and CPU (of this process) from its making to `end`."""

    def __init__(self) -> None:
        self.wall, self.cpu = -time.perf_counter(), -time.process_time()

    def end(self) -> None:
        self.wall += time.perf_counter()
        self.cpu += time.process_time()

    def said(self, requests: int, bare: float) -> str:
        each = self.cpu / requests
        return (
            f"{requests:6} requests  {self.wall:7.1f} s  {1000 * each:6.2f} ms of CPU each, {each / bare:.0f} bare ones"
        )


def peak(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1000


def log(port: int) -> list[list[Any]]:
    """The server's log: host, path, begin, end of each request."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/_log")
    rows: list[list[Any]] = json.load(connection.getresponse())
    connection.close()
    return rows


def bare_request(port: int, times: int) -> float:
    """Seconds of CPU of one conditional request without any of our care."""
    started = time.process_time()
    for n in range(times):
        with socket.create_connection(("127.0.0.1", port)) as sock:
            sock.sendall(f'GET /{n}/feed.xml HTTP/1.1\r\nHost: bare\r\nIf-None-Match: "0"\r\n\r\n'.encode())
            while sock.recv(65_536):
                pass
    return (time.process_time() - started) / times


def manners(requests: list[list[Any]]) -> tuple[int, float]:
    """How many requests began before the one before on their host had ended, and the shortest pause in seconds."""
    hosts = defaultdict(list)
    for host, _, begin, end in requests:
        hosts[host].append((begin, end))
    pauses = [b[0] - a[1] for asked in hosts.values() for a, b in pairwise(sorted(asked))]
    return sum(pause < 0 for pause in pauses), min(pauses, default=0.0)


def serve() -> None:
    """The server: feeds with one item, one in twenty with a second one when asked again."""
    rows: list[tuple[str, str, float, float]] = []

    class Serve(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def do_GET(self) -> None:
            if self.path == "/_log":
                self.reply(200, json.dumps(rows).encode())
                return
            begin, host = time.time(), self.headers["Host"].partition(":")[0]
            if self.path == "/robots.txt":
                self.reply(404, b"")
            elif self.path.endswith("/feed.xml"):
                self.feed(int(self.path.split("/")[1]), self.headers.get("If-None-Match"))
            else:
                self.reply(200, PAGE)
            rows.append((host, self.path, begin, time.time()))

        def feed(self, n: int, known: str | None) -> None:
            if known and n % CHANGES:
                self.reply(304, b"")
                return
            items = "".join(
                f"<item><title>t</title><link>/{n}/{k}.html</link></item>" for k in range(2 if known else 1)
            )
            text = f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{items}</channel></rss>'
            self.reply(200, text.encode())

        def reply(self, status: int, body: bytes) -> None:
            self.send_response_only(status)
            self.send_header("ETag", '"0"')
            self.send_header("Content-Type", "application/rss+xml" if body.startswith(b"<?xml") else "text/html")
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

    class Server(ThreadingHTTPServer):
        request_queue_size = 512

    server = Server(("127.0.0.1", 0), Serve)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    if sys.argv[1:] == ["--serve"]:
        serve()
    else:
        numbers = [int(text) for text in sys.argv[1:3]]
        main(*numbers, *map(float, sys.argv[3:4]))
