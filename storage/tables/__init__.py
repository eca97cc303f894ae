"""The tables. Times are aware in Python and UTC in the database; see `migrations/` for how they came about."""

from storage.tables.backfill import BackfillJob, BackfillUnit
from storage.tables.base import Table, UtcTime
from storage.tables.lists import StoredEdition, StoredRow
from storage.tables.mail import Delivery, Mail, OutboxItem, Subscriber, Suppressed
from storage.tables.register import (
    Change,
    Company,
    CompanyAlias,
    DecidedMention,
    Decision,
    StoredApproval,
    StoredArticle,
    StoredClaim,
    StoredMention,
)
from storage.tables.search import SearchText
from storage.tables.stories import SketchKey, SketchLink, StoredSketch, Story
from storage.tables.watch import Alarm, Host, Lease, Link, Quarantine, Run, SourceState, StoredPage

__all__ = [
    "Alarm",
    "BackfillJob",
    "BackfillUnit",
    "Change",
    "Company",
    "CompanyAlias",
    "DecidedMention",
    "Decision",
    "Delivery",
    "Host",
    "Lease",
    "Link",
    "Mail",
    "OutboxItem",
    "Quarantine",
    "Run",
    "SearchText",
    "SketchKey",
    "SketchLink",
    "SourceState",
    "StoredApproval",
    "StoredArticle",
    "StoredClaim",
    "StoredEdition",
    "StoredMention",
    "StoredPage",
    "StoredRow",
    "StoredSketch",
    "Story",
    "Subscriber",
    "Suppressed",
    "Table",
    "UtcTime",
]
