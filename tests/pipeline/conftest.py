"""Greenlit put together for tests: a database of its own, loopback allowed, no pause between requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.settings import Settings
from pipeline.assembly import Assembly

START = datetime(2026, 3, 10, 4, tzinfo=UTC)


class Clock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    """Standing at START."""
    return Clock()


Make = Callable[..., Assembly]


@pytest.fixture
def make(tmp_path: Path, clock: Clock) -> Iterator[Make]:
    """Puts a Greenlit together on `tmp_path`; options go into its settings."""
    made: list[Assembly] = []

    def assemble(**options: object) -> Assembly:
        settings = Settings(data_dir=tmp_path / "data", allow_private_networks=True, **options)
        made.append(Assembly(settings, clock=clock, floor=0.0))
        return made[-1]

    yield assemble
    for parts in made:
        parts.close()
