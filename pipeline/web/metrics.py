"""What Prometheus scrapes at /metrics: gauges read from the database at each scrape, in a registry of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from storage.mails import MailCounts
from storage.queries import Overview, SourceHealth

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
RUN = ("listed", "new", "fetched", "not_modified", "read", "rejected", "relevant", "bytes", "seconds")
"""The figures of a source's last round."""


def metrics(seen: Overview, mails: MailCounts) -> bytes:
    """The state of the register in Prometheus' text format. It holds no secrets: names of sources, and figures."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_State(seen, mails))
    return generate_latest(registry)


@dataclass(frozen=True, eq=False)
class _State(Collector):
    seen: Overview
    mails: MailCounts

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield _by("approvals", "Approvals by status.", "status", self.seen.approvals.items())
        yield _by("articles", "Articles held.", None, [("", self.seen.articles)])
        yield _by("pages_waiting", "Pages that wait to be fetched.", None, [("", self.seen.waiting)])
        yield _by("pages_quarantined", "Pages put aside.", None, [("", self.seen.quarantined)])
        yield _by("mails_waiting", "Mails that are tried again.", None, [("", self.mails.waiting)])
        yield _by("mails_given_up", "Mails that were refused for good.", None, [("", self.mails.given_up)])
        yield from self._alarms()
        yield from _sources(self.seen.sources)
        yield from _runs(self.seen.sources)

    def _alarms(self) -> Iterator[GaugeMetricFamily]:
        alarms = self.seen.alarms
        family = GaugeMetricFamily("greenlit_alarm", "1 for each open alarm.", labels=["source", "alarm"])
        for alarm in alarms:
            family.add_metric([alarm.source, alarm.name.value], 1)
        yield family
        unheard = sum(alarm.told_at is None and alarm.attempts > 0 for alarm in alarms)
        yield _by("alarms_not_mailed", "Open alarms whose mail was not taken.", None, [("", unheard)])


def _sources(sources: Iterable[SourceHealth]) -> Iterator[GaugeMetricFamily]:
    known = list(sources)
    yield _by("source_failures", "Rounds that failed in a row.", "source", [(s.id, s.failures) for s in known])
    yield _by("source_shadow", "1 where the source is in shadow mode.", "source", [(s.id, s.shadow) for s in known])
    yield _times("source_last_ok", "When a round last succeeded.", [(s.id, s.last_ok_at) for s in known])
    yield _times("source_last_new", "When a round last found a new link.", [(s.id, s.last_new_at) for s in known])
    yield _times("source_next_check", "When the next round is due.", [(s.id, s.next_check_at) for s in known])


def _runs(sources: Iterable[SourceHealth]) -> Iterator[GaugeMetricFamily]:
    rounds = [(s.id, s.last_run) for s in sources if s.last_run]
    for name in RUN:
        figures = [(id, getattr(run, name)) for id, run in rounds]
        yield _by(f"last_run_{name}", f"The last round's figure: {name}.", "source", figures)
    rejected = GaugeMetricFamily(
        "greenlit_last_run_rejected_by_reason", "Pages that the last round rejected.", labels=["source", "reason"]
    )
    failed = GaugeMetricFamily(
        "greenlit_last_run_failed", "1 where the last round failed, with its reason.", labels=["source", "reason"]
    )
    for id, run in rounds:
        for reason, count in sorted(run.reasons.items()):
            rejected.add_metric([id, reason], count)
        failed.add_metric([id, run.reason or ""], run.status == "failed")
    yield rejected
    yield failed


def _by(name: str, words: str, label: str | None, figures: Iterable[tuple[str, float]]) -> GaugeMetricFamily:
    """A gauge with one label, or with none where `label` is None."""
    family = GaugeMetricFamily(f"greenlit_{name}", words, labels=[label] if label else [])
    for value, figure in figures:
        family.add_metric([value] if label else [], figure)
    return family


def _times(name: str, words: str, moments: Iterable[tuple[str, datetime | None]]) -> GaugeMetricFamily:
    """Moments in seconds of Unix time; a source without one is left out."""
    known = [(id, moment.timestamp()) for id, moment in moments if moment is not None]
    return _by(f"{name}_timestamp_seconds", words, "source", known)
