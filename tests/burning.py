"""Work that costs a stated time of CPU, for tests of limits; in a file of its own so that a worker can import it."""

from __future__ import annotations

import time


def burn(seconds: float) -> float:
    """Spend that much CPU; returns what the process has spent in all."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return time.process_time()


def burn_importing(seconds: float) -> float:
    """The same, in code that imports what it needs in its innermost loop."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        from os import path  # noqa: F401
    return time.process_time()
