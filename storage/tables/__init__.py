"""The tables. Times are aware in Python and UTC in the database; see `migrations/` for how they came about."""

from storage.tables.backfill import BackfillJob, BackfillUnit
from storage.tables.base import Table, UtcTime
from storage.tables.lists import StoredEdition, StoredRow
from storage.tables.mail import Delivery, Mail, OutboxItem, Subscriber, Suppressed
from storage.tables.register import (
    Company,
    CompanyAlias,
    Decision,
    StoredApproval,
    StoredArticle,
    StoredClaim,
    StoredMention,
    Story,
)
from storage.tables.watch import Alarm, Host, Lease, Link, Quarantine, Run, SourceState, StoredPage

__all__ = [
    "Alarm",
    "BackfillJob",
    "BackfillUnit",
    "Company",
    "CompanyAlias",
    "Decision",
    "Delivery",
    "Host",
    "Lease",
    "Link",
    "Mail",
    "OutboxItem",
    "Quarantine",
    "Run",
    "SourceState",
    "StoredApproval",
    "StoredArticle",
    "StoredClaim",
    "StoredEdition",
    "StoredMention",
    "StoredPage",
    "StoredRow",
    "Story",
    "Subscriber",
    "Suppressed",
    "Table",
    "UtcTime",
]
