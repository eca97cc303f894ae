"""The process that drives Chromium for `pipeline.fetch.browser`: it only knows a pipe to its parent, no network."""

from __future__ import annotations

import json
import os
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

LARGEST = 10_000_000
"""Characters of a page."""
STILL = 250
"""Milliseconds in which no further entry may appear before the list is taken as complete."""

# Requests are answered through the pipe; what would pass that by finds no name and no proxy.
_ALONE = (
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--no-first-run",
)


def serve(descriptor: str) -> None:
    """The process's whole life: one page. It is killed when it takes too long."""
    from playwright.sync_api import Error

    connection = Connection(int(descriptor))
    task = connection.recv()
    try:
        html = _rendered(connection, **task)
    except Error as error:
        _tell(connection, failed=str(error).strip().splitlines()[0][:300])
        return
    if len(html) > LARGEST:
        _tell(connection, failed=f"the page has more than {LARGEST:,} characters")
    else:
        _tell(connection, html=html)


def _rendered(connection: Connection, chromium: str, url: str, ready: str) -> str:
    from playwright.sync_api import sync_playwright

    def answer(route: Route) -> None:
        request = route.request
        _tell(connection, ask=request.url, method=request.method, kind=request.resource_type)
        reply = connection.recv()
        if reply is None:
            route.abort()
        else:
            route.fulfill(status=200, content_type=reply[0], body=reply[1])

    with sync_playwright() as playwright:
        # Chromium's own sandbox does not work for root, who runs containers.
        browser = playwright.chromium.launch(
            executable_path=chromium, args=list(_ALONE), chromium_sandbox=os.geteuid() != 0
        )
        context = browser.new_context(accept_downloads=False, service_workers="block")
        context.set_default_timeout(0)
        context.route("**/*", answer)
        context.route_web_socket("**/*", lambda socket: socket.close())
        page = context.new_page()
        context.on("page", lambda popup: popup.close())
        page.goto(url, wait_until="domcontentloaded")
        page.wait_for_selector(ready, state="attached")
        _settle(page, ready)
        return page.content()


def _settle(page: Page, ready: str) -> None:
    """Wait until the list has stopped growing."""
    count = -1
    while count != (count := page.locator(ready).count()):
        page.wait_for_timeout(STILL)


def _tell(connection: Connection, **said: Any) -> None:
    connection.send_bytes(json.dumps(said).encode())
