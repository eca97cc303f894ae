"""Run the desk in a thread of its own, and stop it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from config.settings import ConfigError, Settings

PATIENCE = 10.0
"""Seconds that a start may take; open requests get three to end on a stop."""


@contextmanager
def serve(app: Starlette, settings: Settings) -> Iterator[str]:
    """Serve `app` at the configured host and port (0: any free one) for the time of a `with`; gives its address.

    Raises ConfigError where the port can't be had.
    """
    listener = _listen(settings)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            lifespan="off",
            access_log=False,
            log_config=None,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=200,
            timeout_graceful_shutdown=3,
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="web", daemon=True)
    thread.start()
    try:
        _wait(server, thread)
        yield _address(listener)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def _listen(settings: Settings) -> socket.socket:
    host, port = settings.web_host, settings.web_port
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        raise ConfigError(
            f"the desk can't listen on {host}:{port}: {error.strerror}; see GREENLIT_WEB_HOST and GREENLIT_WEB_PORT"
        ) from error


def _wait(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + PATIENCE
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the desk did not start; the log says why")
        time.sleep(0.01)


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
