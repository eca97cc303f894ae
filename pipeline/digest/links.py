"""The links in a mail that act for its reader: signed, so that nobody can make one for another."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer

from config.settings import Settings
from pipeline.clean import http_link
from pipeline.digest.unsubscribe import salt_of
from storage.subscribers import SubscriberRecord

CONFIRM, LEAVE = "confirm", "unsubscribe"
"""What a link is for; also its page's name."""
ANSWER_WITHIN = timedelta(days=14)
"""How long a reader may take to confirm."""


@dataclass(frozen=True, slots=True)
class Links:
    """Links to the service's own pages under `base`; `secret` is this installation's.

    A link names its subscriber by id and time of joining, never by address, and stays the same at every try.
    """

    base: str
    secret: bytes

    def to(self, purpose: str, subscriber: SubscriberRecord) -> str:
        """The link for one subscriber."""
        token = self._signer(purpose).dumps([subscriber.id, _moment(subscriber.created_at)])
        return f"{self.base}/{purpose}/{token if isinstance(token, str) else token.decode('ascii')}"

    @property
    def marker(self) -> str:
        """What stands for a reader's own link in a text that many share; nobody outside can know it."""
        return f"{self.base}/{LEAVE}/{hmac.new(self.secret, b'marker', hashlib.sha256).hexdigest()}"

    def _signer(self, purpose: str) -> URLSafeSerializer:
        return _signer(self.secret, purpose)


def links_of(settings: Settings) -> Links | None:
    """The links of this installation; None without a GREENLIT_PUBLIC_URL. Raises ConfigError (no salt)."""
    base = http_link(settings.public_url)
    return Links(base.rstrip("/"), salt_of(settings.data_dir)) if base else None


def read_token(secret: bytes, purpose: str, token: str) -> tuple[int, datetime] | None:
    """Whom a link's token names: id and time of joining; None where we did not sign it for this purpose."""
    try:
        subscriber, joined = _signer(secret, purpose).loads(token)
        return int(subscriber), datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(joined))
    except (BadData, TypeError, ValueError, OverflowError):
        return None


def _signer(secret: bytes, purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=f"greenlit {purpose}", signer_kwargs={"digest_method": hashlib.sha256})


def _moment(moment: datetime) -> int:
    return (moment - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
