"""Articles of pages whose structure nobody has written down."""

from __future__ import annotations

from extractors.read.text import fragment_text


def generic_text(html: str) -> str:
    """The main text of any article page; empty where none is found.

    trafilatura finds it (favouring precision); its own plain text is not used, since it marks up lists and
    tables in ways that are not the page's.
    """
    from trafilatura import extract

    try:
        found = extract(
            html,
            output_format="html",
            favor_precision=True,
            include_comments=False,
            include_tables=True,
            with_metadata=False,
        )
    except Exception:  # a third party's code on a hostile page: whatever it raises, it found no article
        return ""
    return fragment_text(found) if found else ""
