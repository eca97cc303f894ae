"""Whether an article tells of approvals at all, by what all its candidate facts and its words say together.

An article may tell it and yet name no one that can be said for certain.
"""

from __future__ import annotations

from extractors.records import Claim
from extractors.understand.candidates import Scored
from extractors.understand.measures import Measured, Neighbours

_BEST = 3
_LIKELY = 0.5


def relevance_measures(near: Neighbours, scored: Scored, claims: tuple[Claim, ...]) -> Measured:
    """The measures of an article with its candidates and the totals that it states."""
    best = sorted((sure for sure, _ in scored), reverse=True)[:_BEST]
    told = near.article | {f"fact {rank}": sure for rank, sure in enumerate(best)}
    return told | {
        "facts": float(len(scored)),
        "likely": float(sum(sure > _LIKELY for sure, _ in scored)),
        "claims": float(len(claims)),
        "totals": float(sum(claim.cumulative is not None for claim in claims)),
    }
