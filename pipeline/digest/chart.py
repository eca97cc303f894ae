"""Approvals per month as a small picture, and in words for those who don't see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

SCALE = 2
"""Pixels for each pixel of the mail, for screens that show more of them."""
WIDTH, HEIGHT = 560, 132
"""Of the picture in the mail, in its pixels."""
BAR, LINE, INK, PAPER = "#1b7a3d", "#c8ced4", "#3d454d", "#f4f6f8"
"""Light paper with dark ink: read in a dark mail as in a light one."""
FULL = 24
"""Characters of the longest bar in text."""


@dataclass(frozen=True, slots=True)
class Month:
    """How many approvals a month (YYYY-MM) holds."""

    name: str
    count: int


def in_words(months: Sequence[Month]) -> str:
    """`2026-02: 12, 2026-03: 4`, for the picture's alternative text."""
    return ", ".join(f"{month.name}: {month.count}" for month in months)


def in_text(months: Sequence[Month]) -> list[str]:
    """One line with a bar for each month."""
    most = max((month.count for month in months), default=0) or 1
    return [
        f"{month.name}  {'█' * round(FULL * month.count / most)} {month.count}".replace("   ", "  ") for month in months
    ]


def draw(months: Sequence[Month]) -> bytes:
    """The picture, a PNG of few colours: `WIDTH` by `HEIGHT`, times `SCALE`."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), PAPER)
    pen = ImageDraw.Draw(image)
    font = ImageFont.load_default(11 * SCALE)
    most = max((month.count for month in months), default=0) or 1
    step = WIDTH * SCALE / max(len(months), 1)
    floor, full = (HEIGHT - 22) * SCALE, (HEIGHT - 48) * SCALE
    pen.line((0, floor, WIDTH * SCALE, floor), LINE, SCALE)
    for n, month in enumerate(months):
        middle, half = (n + 0.5) * step, step * 0.28
        top = floor - full * month.count / most
        if month.count:
            pen.rounded_rectangle((middle - half, top, middle + half, floor), 3 * SCALE, BAR, corners=_TOP)
        pen.text((middle, top - 4 * SCALE), str(month.count), INK, font, "ms")
        pen.text((middle, floor + 15 * SCALE), month.name[2:], INK, font, "ms")
    packed = BytesIO()
    image.quantize(32).save(packed, "PNG", optimize=True)
    return packed.getvalue()


_TOP = (True, True, False, False)
"""The corners of a bar that are round."""
