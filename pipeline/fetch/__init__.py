"""Fetching: the one HTTP client of Greenlit, safe (`Client`) and polite (`Polite`).

Importing this package imports httpx (a third of a second): import it where a page is fetched, not above.
"""

from pipeline.fetch.addresses import Resolver, system_resolver
from pipeline.fetch.client import Client, make_client
from pipeline.fetch.errors import BadReply, FetchError, Held, HttpStatus, Refused, Stopped, Unreachable
from pipeline.fetch.limits import Limits
from pipeline.fetch.polite import HostTimes, Polite
from pipeline.fetch.request import Request
from pipeline.fetch.retry_after import retry_after

__all__ = [
    "BadReply",
    "Client",
    "FetchError",
    "Held",
    "HostTimes",
    "HttpStatus",
    "Limits",
    "Polite",
    "Refused",
    "Request",
    "Resolver",
    "Stopped",
    "Unreachable",
    "make_client",
    "retry_after",
    "system_resolver",
]
