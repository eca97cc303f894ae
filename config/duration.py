"""Lengths of time as people write them in configuration: 30s, 15m, 12h, 14d."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _parse(value: Any) -> Any:
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhd])\s*", value) if isinstance(value, str) else None
    if found:
        return timedelta(**{_UNITS[found[2]]: float(found[1])})
    if isinstance(value, timedelta):
        return value
    raise ValueError('give a number and a unit: "30s", "15m", "12h" or "14d"')


Duration = Annotated[timedelta, BeforeValidator(_parse)]
"""A timedelta, written as a number and one of s, m, h, d."""
