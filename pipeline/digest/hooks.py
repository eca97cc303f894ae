"""Webhooks: a digest as one signed POST, and what the answer means."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jinja2 import Environment, StrictUndefined, TemplateError

from config.hook import Hook
from config.settings import ConfigError
from pipeline.clean import one_line
from pipeline.digest.content import Change, Digest, Item
from pipeline.digest.labels import say
from pipeline.digest.mail import PermanentMailFailure, TemporaryMailFailure
from pipeline.digest.subject import subject_of
from pipeline.digest.wording import changed, place

if TYPE_CHECKING:
    from pipeline.fetch import Client

PERMANENT = (400, 401, 403, 404, 405, 410, 413, 415, 422)
"""Statuses that say that this will never be taken; all others may be set right."""
NO_ANSWER = MappingProxyType(
    {
        "Refused": "the address is not http(s), or in a network that is not public",
        "Unreachable": "nobody answers there",
        "BadReply": "the answer can't be used; no redirect is followed",
    }
)
"""What is said of a `pipeline.fetch` failure, whose own words would show the address."""
COMMANDS = str.maketrans({"<": "＜", ">": "＞", "@": "＠"})
"""What chats take for mentions, links and tags: a name from outside must not call everybody."""


@dataclass(frozen=True)
class Hooks:
    """The configured webhooks, and the client that reaches them (which follows no redirect)."""

    hooks: Mapping[str, Hook]
    client: Callable[[], Client]
    now: Callable[[], datetime]

    def post(self, id: str, key: str, digest: Digest, language: str, subject: str | None = None) -> None:
        """Tell one webhook, under `subject` in place of the digest's own; `key` is the same at every try.

        Raises PermanentMailFailure and TemporaryMailFailure.
        """
        from pipeline.fetch import FetchError, HttpStatus, Request

        hook = self.hooks.get(id)
        if hook is None:
            raise TemporaryMailFailure(f"there is no file {id}.toml in GREENLIT_HOOKS_DIR")
        moment = int(self.now().timestamp())
        body = body_of(hook, key, digest, language, moment, subject)
        headers = (("Idempotency-Key", key), *_signature(hook, key, body, moment))
        url = _signed_url(hook, moment)
        asked = Request(
            url, "POST", body=body, content_type=hook.content_type, accept="*/*", operator=True, headers=headers
        )
        try:
            answer = self.client().fetch(asked).body
        except HttpStatus as error:
            kind = PermanentMailFailure if error.status in PERMANENT else TemporaryMailFailure
            raise kind(f"answered with status {error.status}") from None
        except FetchError as error:  # its words would show the address, which is a secret
            raise TemporaryMailFailure(
                f"{type(error).__name__}: {NO_ANSWER.get(type(error).__name__, 'not asked')}"
            ) from None
        _check(hook, answer)


def body_of(hook: Hook, key: str, digest: Digest, language: str, moment: int, subject: str | None = None) -> bytes:
    """What is posted. Raises ConfigError for a template that can't be used."""
    subject = (subject or subject_of(digest, language)).translate(COMMANDS)
    text, left_out = _text_of(subject, digest, language, hook.limit)
    values = {
        "id": key,
        "timestamp": moment,
        "subject": subject,
        "text": text,
        "items": [_fields(told) for told in _told(digest)],
        "remainder": left_out,
        "sign": _feishu(hook, moment) if hook.sign == "feishu" else "",
    }
    try:
        return _templates().from_string(hook.template).render(values).strip().encode()
    except TemplateError as error:
        raise ConfigError(f"hook {hook.id}: its template can't be used: {error}") from error


def _templates() -> Environment:
    environment = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701  # JSON: what is said is tojson
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}  # a Chinese text is as long as its bytes
    return environment


def _text_of(subject: str, digest: Digest, language: str, limit: int) -> tuple[str, int]:
    """The digest as plain lines of at most `limit` bytes, and how many things found no place in it."""
    told = [_lines(one, language) for one in _told(digest)]
    kept = len(told)
    while True:
        left = digest.told - kept
        tail = [say("remainder", language, n=left)] if left else []
        text = "\n".join([subject, *told[:kept], *tail])
        if len(text.encode()) <= limit or not kept:
            return text, left
        kept -= 1


@dataclass(frozen=True, slots=True)
class _Told:
    """One thing that is told; `why` and `heir` of a correction as in `Correction`."""

    event: str
    item: Item
    changes: tuple[Change, ...] = ()
    why: str = ""
    heir: str = ""


def _told(digest: Digest) -> Iterator[_Told]:
    yield from (_Told("new", item) for item in digest.news)
    yield from (_Told("cancelled", item) for item in digest.revocations)
    yield from (_Told("corrected", one.item, one.changes, one.why, one.heir) for one in digest.corrections)
    yield from (_Told("amended", one.item, one.changes) for one in digest.amendments)


def _lines(told: _Told, language: str) -> str:
    item = told.item
    names = " · ".join(name for name in (item.chinese, item.english) if name) or say("unnamed", language)
    named = f"{names} — {item.product}" if item.product else names
    status = say(f"short_{item.status}" if told.event == "new" else told.event, language)
    facts = [status, item.filing_no, item.approved_on, place(item.province, language), say(item.kind.value, language)]
    lines = [f"• {named}", " | ".join(fact for fact in facts if fact)]
    lines += [say(f"why_{told.why}", language, heir=told.heir)] if told.why else []
    lines += [f"{say(change.field, language)}: {changed(change, language)}" for change in told.changes]
    return "\n  ".join([line.translate(COMMANDS) for line in lines] + ([item.link] if item.link else []))


def _fields(told: _Told) -> dict[str, Any]:
    names = ("id", "chinese", "english", "product", "status", "filing_no", "approved_on", "province", "authority")
    return {
        "event": told.event,
        **{name: getattr(told.item, name) for name in (*names, "batch", "quote", "link")},
        "kind": told.item.kind.value,
        "changes": [asdict(change) for change in told.changes],
        "why": told.why,
        "heir": told.heir,
    }


def _secret(hook: Hook) -> str:
    return hook.secret.get_secret_value() if hook.secret else ""


def _signature(hook: Hook, key: str, body: bytes, moment: int) -> Iterator[tuple[str, str]]:
    """The headers of Standard Webhooks; a secret may be written as whsec_ and base64."""
    if hook.sign != "standard" or not hook.secret:
        return
    secret = _secret(hook)
    raw = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    mac = hmac.new(raw, f"{key}.{moment}.".encode() + body, hashlib.sha256).digest()
    yield "webhook-id", key
    yield "webhook-timestamp", str(moment)
    yield "webhook-signature", f"v1,{base64.b64encode(mac).decode('ascii')}"


def _feishu(hook: Hook, moment: int) -> str:
    """The time and the secret are the key, and nothing is the message."""
    if not hook.secret:
        return ""
    mac = hmac.new(f"{moment}\n{_secret(hook)}".encode(), b"", hashlib.sha256).digest()
    return base64.b64encode(mac).decode("ascii")


def _signed_url(hook: Hook, moment: int) -> str:
    """DingTalk wants time (in milliseconds) and signature in the address."""
    url = hook.url.get_secret_value()
    if hook.sign != "dingtalk" or not hook.secret:
        return url
    mac = hmac.new(_secret(hook).encode(), f"{moment * 1000}\n{_secret(hook)}".encode(), hashlib.sha256).digest()
    sign = quote(base64.b64encode(mac), safe="")
    return f"{url}{'&' if '?' in url else '?'}timestamp={moment * 1000}&sign={sign}"


def _check(hook: Hook, answer: bytes) -> None:
    """Some answer 200 to what they refuse, and say so in JSON. Raises TemporaryMailFailure."""
    if not hook.ok:
        return
    try:
        said = json.loads(answer)
    except ValueError:
        said = None
    if not isinstance(said, dict) or any(said.get(name) != value for name, value in hook.ok.items()):
        shown = one_line(answer[:500].decode("utf-8", "replace"), 200)
        raise TemporaryMailFailure(f"was not taken: {shown}")
