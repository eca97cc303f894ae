"""How a reader comes to the digest: by the operator's word, or by their own answer to a mail."""

from __future__ import annotations

import hashlib
from datetime import datetime

from config.settings import ConfigError, Settings
from pipeline.digest.compose import compose
from pipeline.digest.labels import say
from pipeline.digest.links import ANSWER_WITHIN, CONFIRM, Links, links_of
from pipeline.digest.mail import send, sender
from pipeline.digest.render import Rendered, environment
from pipeline.digest.unsubscribe import salt_of
from storage.database import Database
from storage.subscribers import HOOK, SubscriberRecord, add, forgive, plain_address, suppressed
from storage.wishes import Wish


class Left(Exception):
    """Who left before is not added again without their own wish; the message says how."""


def join(
    database: Database,
    settings: Settings,
    address: str,
    wish: Wish,
    now: datetime,
    *,
    ask: bool = False,
    again: bool = False,
) -> SubscriberRecord:
    """Let `address` be told; with `ask` only once it has confirmed.

    Raises Left, storage.filters.WishProblem, and ConfigError where asking needs what is not configured.
    """
    plain = plain_address(address)
    if ask and (plain.startswith(HOOK) or links_of(settings) is None):
        raise ConfigError("--ask needs a mail address, and GREENLIT_PUBLIC_URL for the page that its link leads to")
    salt = salt_of(settings.data_dir)
    with database.write() as session:
        if not (ask or again) and suppressed(session, plain, salt):
            raise Left(f"{plain} left before: add it with --ask (it must confirm), or --again where it has asked you")
        if again:
            forgive(session, plain, salt)
        return add(session, plain, wish, now, confirmed=not ask)


def ask_to_confirm(settings: Settings, subscriber: SubscriberRecord, now: datetime) -> None:
    """Mail the link that confirms. Raises ConfigError and MailFailure."""
    links = links_of(settings)
    if links is None:
        raise ConfigError("no link can be made: set GREENLIT_PUBLIC_URL")
    name = hashlib.sha256(f"{subscriber.id} {subscriber.created_at.isoformat()}".encode()).hexdigest()[:32]
    message_id = f"<confirm-{name}@{sender(settings).domain}>"
    send(settings, compose(settings, subscriber.address, message_id, question(links, subscriber), now))


def question(links: Links, subscriber: SubscriberRecord) -> Rendered:
    """What a reader who is to confirm is asked."""
    language = subscriber.language
    link, ignore = links.to(CONFIRM, subscriber), say("ask_ignore", language, days=ANSWER_WITHIN.days)
    values = {"say": lambda key: say(key, language), "language": language, "link": link, "ignore": ignore}
    html = environment().get_template("confirm.html.j2").render(values)
    text = f"{say('ask', language)}\n\n{link}\n\n{ignore}\n"
    return Rendered(say("ask_subject", language), html, text)
