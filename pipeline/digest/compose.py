"""A rendered digest as one mail to one reader, in headers and parts that every mail program reads."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy, Policy
from email.utils import format_datetime
from typing import Any

from config.settings import Settings
from pipeline.clean import one_line
from pipeline.digest.mail import operator_of, sender
from pipeline.digest.render import CHART, Rendered

LONGEST_LINE = 998
"""Octets of a line of a mail (RFC 5322, 2.1.1)."""
WORD = 75
"""Characters of an encoded word (RFC 2047, 2)."""
VERBATIM = ("message-id", "list-unsubscribe", "list-unsubscribe-post", "list-id")


class _Verbatim(UnstructuredHeader):
    """A header of ASCII that must not be folded: a long word would become encoded words, which nobody reads."""

    name: str

    def fold(self, *, policy: Policy[Any]) -> str:
        """The header as one line, whatever its length."""
        return f"{self.name}: {self}{policy.linesep}"


class _Whole(UnstructuredHeader):
    """A header encoded as one text: folded word by word, most mail programs lose or double a space between two."""

    name: str

    def fold(self, *, policy: Policy[Any]) -> str:
        """The header in lines; what is not ASCII as encoded words (RFC 2047) with nothing between them."""
        said = str(self)
        text = Header(said, "us-ascii" if said.isascii() else "utf-8", WORD, self.name)
        return f"{self.name}: {text.encode(linesep=policy.linesep)}{policy.linesep}"


@dataclass(frozen=True, slots=True)
class Leaving:
    """How a reader ends the mails: `page` is an address of the service's own, where it has one (https), else a mail."""

    operator: str
    page: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """List-Unsubscribe (RFC 2369) and, with a page, its one-click form (RFC 8058)."""
        mail = f"<mailto:{self.operator}?subject=unsubscribe>"
        if self.page is None:
            return {"List-Unsubscribe": mail}
        headers = {"List-Unsubscribe": f"<{self.page}>, {mail}"}
        if self.page.startswith("https:"):
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        return headers


def compose(
    settings: Settings, to: str, message_id: str, rendered: Rendered, now: datetime, leaving: Leaving | None = None
) -> EmailMessage:
    """One mail to one reader (a plain ASCII address), as text and HTML. Raises ConfigError."""
    origin = sender(settings)
    message = EmailMessage(policy=_policy())
    message["From"] = origin
    message["To"] = Address(addr_spec=to)
    message["Subject"] = one_line(rendered.subject).replace("=?", "= ?")  # else it is decoded, whatever it hides
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    for name, value in (leaving or Leaving(operator_of(settings))).headers.items():
        if len(name) + len(value) + 2 <= LONGEST_LINE:
            message[name] = value
    message.set_content(rendered.text, cte="base64")  # else each is encoded in two ways, to find the shorter one
    message.add_alternative(rendered.html, subtype="html", cte="base64")
    if rendered.chart is not None:
        _add_chart(message, rendered.chart)
    _set_boundaries(message, message_id)
    return message


def _policy() -> EmailPolicy[Any]:
    # Not 8bit: nobody asked the server whether it takes that.
    headers = HeaderRegistry()
    headers.map_to_type("subject", _Whole)  # type: ignore[arg-type]  # it is mixed with the base
    for name in VERBATIM:
        headers.map_to_type(name, _Verbatim)  # type: ignore[arg-type]  # it is mixed with the base
    return SMTP.clone(cte_type="7bit", header_factory=headers)


def _set_boundaries(message: EmailMessage, message_id: str) -> None:
    """The same at every try; a free choice would be looked for in the whole of the text, for each mail anew."""
    name = hashlib.sha256(message_id.encode()).hexdigest()[:24]
    for n, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{name}.{n}")  # base64, which all parts are in, has no underscore


def _add_chart(message: EmailMessage, chart: bytes) -> None:
    html = message.get_body(("html",))
    if isinstance(html, EmailMessage):
        html.add_related(chart, "image", "png", cid=f"<{CHART}>", disposition="inline", filename="approvals.png")
