"""Memory over a long backfill: the resident size of both processes at a tenth, a half and the end of 200,000 pages.

    python benchmarks/backfill_memory.py FILE [TIMES]

FILE is the corpus of 20,000 pages that `benchmarks/backfill.py` keeps in its FOLDER; it is read TIMES (10) over.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from config.settings import Settings
from pipeline.assembly import Assembly
from pipeline.backfill.pool import hands
from pipeline.backfill.run import run
from pipeline.backfill.warc import Warc
from storage.backfills import Progress


def main() -> None:
    file, times = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 10
    marks = {times // 10 or 1, times // 2, times}
    with TemporaryDirectory() as folder:
        for number in range(times):
            (Path(folder) / f"{number:03}.warc.gz").symlink_to(file)
        parts = Assembly(Settings(data_dir=Path(folder) / "data"), floor=0.0)

        def told(progress: Progress) -> None:
            if progress.done in marks:
                marks.discard(progress.done)
                print(f"{progress.tally.pages:9,} pages: {resident():6.1f} MB", flush=True)

        units = tuple(str(path) for path in sorted(Path(folder).glob("*.gz")))
        run(parts, Same(units), lambda at_once: hands(parts, 1), told)
        parts.close()


class Same(Warc):
    """The same file under many names: each is a unit."""

    def units(self, tools):  # type: ignore[no-untyped-def]
        from storage.backfills import Spec

        return [Spec(path, {"path": path}, size=Path(path).stat().st_size) for path in self.paths]


def resident() -> float:
    """Megabytes of this process and its children that lie in memory."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return sum(_resident(pid) for pid in ("self", *children))


def _resident(pid: str) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
