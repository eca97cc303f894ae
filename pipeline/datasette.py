"""What Datasette is to know of an SQLite database of ours: what tables mean, and which are nobody's business.

Open is what a reader may see anywhere (DESIGN section 8): no stored page or text, no address, no free SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pipeline.export import RIGHTS
from storage.queries import QUOTE
from storage.tables import Table

_OTHERS = (
    "alembic_version",
    "search_grams",
    *(f"search_grams_{part}" for part in ("data", "idx", "docsize", "config")),
)
"""Tables that the mapping does not know: Alembic's, and those of the search."""
OPEN: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "approvals": {
            "description": "One AI service of one company that was filed or registered. merged_into leads to the"
            " approval that it turned out to be.",
            "facets": ["kind", "status", "province"],
            "sort_desc": "id",
            "label_column": "product",
            "columns": {
                "status": "held: one uncertain reading; reported: news only; confirmed: in an official list;"
                " revoked: cancelled; rejected: by a reviewer",
                "filing_no": "The number as printed",
                "number_key": "The number in one spelling; unique with the kind",
                "approved_on": "YYYY, YYYY-MM or YYYY-MM-DD, as precise as is known",
                "batch": "The round in which it was announced",
                "confidence": "How sure the best reading is, 0 to 1",
                "first_seen_at": "When we learned of it (UTC)",
            },
        },
        "companies": {
            "description": "seeded: known by name; discovered: met in texts; curated: by review",
            "facets": ["origin"],
            "label_column": "name",
        },
        "company_names": {"description": "Every name that leads to a company", "label_column": "name"},
        "claims": {"description": "Totals that articles state", "facets": ["kind", "place"]},
        "editions": {"description": "Official lists as they were, edition by edition", "facets": ["source"]},
        "register_rows": {"description": "The rows of official lists, as printed", "facets": ["kind", "province"]},
        "changes": {"description": "What became of approvals after they were first seen", "sort_desc": "at"},
    }
)
_REGISTER = """SELECT a.id, a.kind, a.status, c.name AS company, a.product, a.filing_no, a.approved_on, a.province,
  (SELECT r.url FROM mentions m JOIN articles r ON r.id = m.article_id
    WHERE m.approval_id = a.id AND r.url IS NOT NULL ORDER BY m.register DESC, r.published LIMIT 1) AS page
FROM approvals a LEFT JOIN companies c ON c.id = a.company_id
WHERE a.merged_into IS NULL AND a.status IN ('reported', 'confirmed', 'revoked')
ORDER BY a.approved_on DESC, a.id DESC"""
_EVIDENCE = f"""SELECT r.url, r.title, r.source, r.published, substr(m.quote, 1, {QUOTE}) AS quote, m.filing_no, m.date
FROM mentions m JOIN articles r ON r.id = m.article_id WHERE m.approval_id = :approval ORDER BY r.published"""  # noqa: S608


def metadata(database: str) -> dict[str, Any]:
    """The metadata of Datasette for a database of that name (its file's, without the suffix)."""
    closed = {name: {"hidden": True, "allow": False} for name in (*Table.metadata.tables, *_OTHERS) if name not in OPEN}
    return {
        "title": "Greenlit",
        "description": f"AI services approved in China; {RIGHTS}",
        "databases": {
            database: {
                "allow_sql": False,
                "tables": {**{name: dict(said) for name, said in OPEN.items()}, **closed},
                "queries": {
                    "register": {"title": "The register", "sql": _REGISTER},
                    "evidence": {"title": "What says so", "sql": _EVIDENCE, "params": ["approval"]},
                },
            }
        },
    }
