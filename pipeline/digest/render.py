"""A digest as subject, HTML and plain text, in one reader's language."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from pipeline.clean import http_link
from pipeline.digest.chart import HEIGHT, WIDTH, Month, in_text, in_words
from pipeline.digest.content import MOST_ITEMS, Digest, Unseen
from pipeline.digest.labels import say, tally
from pipeline.digest.subject import counts_of, subject_of
from pipeline.digest.totals import Reconciled
from pipeline.digest.wording import changed, delay, place
from storage.desk import Doubts, Standing

CHART = "approvals-per-month"
"""Content-ID of the chart."""
LARGEST = 100_000
"""Bytes of HTML, at most: large providers cut off what is beyond 102 KB."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail's subject (one line), its two bodies, and the picture (PNG) that its HTML shows."""

    subject: str
    html: str
    text: str
    chart: bytes | None = None

    def with_link(self, marker: str, link: str) -> Rendered:
        """The same for one reader, whose own link takes the place of `marker`."""
        return replace(self, html=self.html.replace(marker, link), text=self.text.replace(marker, link))

    @property
    def page(self) -> str:
        """The HTML for a browser, which finds no picture in other parts of a mail."""
        data = b64encode(self.chart or b"").decode("ascii")
        return self.html.replace(f"cid:{CHART}", f"data:image/png;base64,{data}")


@dataclass(frozen=True, slots=True)
class Frame:
    """What every digest of one round says: its day, what is known in all, where the desk is, what was not seen.

    `chart` is the picture of `months`; `undated` counts the approvals that stand in none. `leave` is what stands for
    each reader's own link that ends the mails; None: they write to the operator. `names` are the sources' by id,
    Chinese and English.
    """

    day: str
    standings: Sequence[Standing]
    desk: str | None
    operator: str
    unseen: Sequence[Unseen] = ()
    reconciled: Reconciled | None = None
    doubts: Doubts | None = None
    months: tuple[Month, ...] = ()
    undated: int = 0
    chart: bytes | None = None
    leave: str | None = None
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def environment() -> Environment:
    """The digest's templates; whatever an .html one is given is escaped."""
    return Environment(
        loader=PackageLoader("pipeline.digest"),
        autoescape=select_autoescape(("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(templates: Environment, digest: Digest, frame: Frame, language: str) -> Rendered:
    """The digest in `language`: en, zh or both."""
    subject = subject_of(digest, language)
    desk = http_link(frame.desk)
    values = {
        "digest": digest,
        "frame": frame,
        "subject": subject,
        "language": language,
        "desk": desk.rstrip("/") if desk else None,
        "chart": {"cid": CHART, "width": WIDTH, "height": HEIGHT, "words": in_words(frame.months)},
        "bars": in_text(frame.months),
        "say": lambda key, **gaps: say(key, language, **gaps),
        "tally": lambda standing: tally(standing, language),
        "counts": counts_of(digest, language),
        "changed": lambda change: changed(change, language),
        "delay": delay(digest, language),
        "place": lambda province: place(province, language),
        "named": lambda id: frame.names.get(id, (id, id))[language == "en"],
    }
    html = templates.get_template("digest.html.j2").render(values)
    text = templates.get_template("digest.txt.j2").render(values)
    return Rendered(subject, _inlined(html), text.strip() + "\n", frame.chart)


def render_within(
    templates: Environment, digest: Callable[[int], Digest], frame: Frame, language: str
) -> tuple[Digest, Rendered]:
    """The longest digest whose HTML is not cut off by mail programs; `digest` gives one of so many items at most."""
    most = MOST_ITEMS
    while True:
        content = digest(most)
        rendered = render(templates, content, frame, language)
        if len(rendered.html.encode()) <= LARGEST or most == 1:
            return content, rendered
        most = max(1, most * 3 // 4)


def _inlined(html: str) -> str:
    """Styles as attributes, which mail programs keep; what the template marks as such stays a rule, where it is."""
    return css_inline.CSSInliner(load_remote_stylesheets=False).inline(html)
