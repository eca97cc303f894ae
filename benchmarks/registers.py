"""How fast official lists are read, and that every row of them comes back.

    python benchmarks/registers.py [ROUNDS]

Prints process seconds and peak memory for the largest files, then reads ROUNDS invented lists of 60 rows as PDFs of
random looks (ruled or not, text and rows broken anywhere) and counts the rows that came back whole.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from official_lists import (
    DEEP,
    FILED_2025,
    LAYOUTS,
    REGISTERED,
    Table,
    as_docx,
    as_html,
    as_pdf,
    as_xlsx,
    expected,
    grid_of,
    invented,
    printed,
)
from pdf_writer import Style

from extractors.registers.reading import ListContext, read_register


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 70
    random = Random(1)
    deep: list[Table] = [(DEEP, invented(DEEP, 8_000, random))]
    both: list[Table] = [
        (FILED_2025, invented(FILED_2025, 900, random)),
        (REGISTERED, invented(REGISTERED, 700, random)),
    ]
    measure("docx, 8,000 rows", as_docx(deep), deep)
    measure("xlsx, 8,000 rows", as_xlsx([grid_of(deep)]), deep)
    measure("html, 8,000 rows", as_html(deep), deep)
    measure("pdf, ruled, 63 pages", as_pdf(both, Style()), both)
    measure("pdf, no lines, 66 pages", as_pdf(both, Style(lines="none", repeat_header=True)), both)
    print(f"peak memory             {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MB")
    whole = total = 0
    for number in range(rounds):
        layout = LAYOUTS[number % len(LAYOUTS)]
        tables: list[Table] = [(layout, invented(layout, 60, random))]
        whole += read(as_pdf(tables, any_style(random)), tables)
        total += 60
    print(f"pdfs of any look        {whole:8} of {total} rows whole")


def any_style(random: Random) -> Style:
    """A PDF may look like this."""
    return Style(
        lines=random.choice(["grid", "open_sides", "level", "none"]),
        size=random.choice([7, 9, 10.5, 12]),
        leading=random.choice([1.1, 1.25, 1.5]),
        padding=random.choice([1.5, 3, 5]),
        align=random.choice(["left", "center"]),
        valign=random.choice(["top", "middle"]),
        wrap=random.choice(["words", "anywhere"]),
        break_rows=random.random() < 0.6,
        repeat_header=random.random() < 0.4,
        folio=random.random() < 0.7,
        font=random.choice(["unicode", "gb", "gb, older"]),
    )


def measure(name: str, body: bytes, tables: list[Table]) -> None:
    """Print how long `body` takes, and whether all of it came back."""
    started = time.process_time()
    whole = read(body, tables)
    total = sum(len(rows) for _, rows in tables)
    print(f"{name:24}{time.process_time() - started:8.1f} s, {whole} of {total} rows whole")


def read(body: bytes, tables: list[Table]) -> int:
    """How many rows of `body` come back with all their fields."""
    reading = read_register(body, None, ListContext(title=tables[0][0].title))
    wanted = [(layout, row) for layout, rows in tables for row in expected(rows, layout)]
    pairs = zip(reading.rows, wanted, strict=False)
    return sum(printed(row, layout) == want for row, (layout, want) in pairs)


if __name__ == "__main__":
    main()
