"""A digest as subject, HTML and plain text, in one reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from pipeline.clean import http_link
from pipeline.digest.content import Digest, Unseen, subject_of
from pipeline.digest.labels import say, tally
from pipeline.digest.totals import Reconciled
from storage.desk import Standing


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail's subject (one line) and its two bodies."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What every digest of one round says: its day, how many approvals are known, where the desk is, what was not
    seen."""

    day: str
    standings: Sequence[Standing]
    desk: str | None
    operator: str
    unseen: Sequence[Unseen] = ()
    reconciled: Reconciled | None = None


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
    values = {
        "digest": digest,
        "frame": frame,
        "subject": subject,
        "language": language,
        "desk": http_link(frame.desk),
        "say": lambda key, **gaps: say(key, language, **gaps),
        "tally": lambda standing: tally(standing, language),
    }
    html = templates.get_template("digest.html.j2").render(values)
    text = templates.get_template("digest.txt.j2").render(values)
    return Rendered(subject, html, text.strip() + "\n")
