"""A minimal writer of binary xls (BIFF8 in a compound file), for tests: one sheet of texts and whole numbers."""

from __future__ import annotations

import struct
from collections.abc import Sequence

SECTOR = 512
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def xls(rows: Sequence[Sequence[str | int]]) -> bytes:
    """A workbook of one sheet."""
    sheet = _bof(0x10) + b"".join(
        _cell(r, c, value) for r, row in enumerate(rows) for c, value in enumerate(row) if value != ""
    )
    sheet += _record(0x0A)
    name = "Sheet1"
    size = len(_bof(5)) + 4 + 8 + len(name) + 4
    bound = _record(0x85, struct.pack("<IBBBB", size, 0, 0, len(name), 0) + name.encode())
    return compound({"Workbook": _bof(5) + bound + _record(0x0A) + sheet})


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _bof(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))


def _cell(row: int, column: int, value: str | int) -> bytes:
    if isinstance(value, int):
        return _record(0x0203, struct.pack("<HHHd", row, column, 0, value))
    return _record(0x0204, struct.pack("<HHHHB", row, column, 0, len(value), 1) + value.encode("utf-16-le"))


def compound(streams: dict[str, bytes]) -> bytes:
    """A compound file (the container of old office files) that holds these streams."""
    held = {name: data + bytes(-len(data) % SECTOR or 0) for name, data in streams.items()}
    held = {name: data + bytes(max(0, 4096 - len(data))) for name, data in held.items()}
    fat, starts, body = [], {}, b""
    for name, data in held.items():
        count = len(data) // SECTOR
        starts[name] = len(fat)
        fat += [*range(len(fat) + 1, len(fat) + count), END]
        body += data
    entries = [_entry("Root Entry", 5, child=1 if held else FREE, start=END, size=0)]
    names = list(held)
    for n, name in enumerate(names):
        right = n + 2 if n + 1 < len(names) else FREE
        entries.append(_entry(name, 2, right=right, start=starts[name], size=len(held[name])))
    directory = b"".join(entries)
    directory += _entry("", 0) * (-len(entries) % 4)
    at = len(fat)
    fat += [*range(at + 1, at + len(directory) // SECTOR), END]
    count = 1
    while (len(fat) + count) * 4 > count * SECTOR:
        count += 1
    first = len(fat)
    fat += [FAT] * count
    fat += [FREE] * (count * SECTOR // 4 - len(fat))
    header = struct.pack(
        "<8s16sHHHHHHIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6, 0, 0, 0,
        count, at, 0, 4096, END, 0, END, 0,
    )  # fmt: skip
    header += b"".join(struct.pack("<I", first + n if n < count else FREE) for n in range(109))
    return header + body + directory + struct.pack(f"<{len(fat)}I", *fat)


def _entry(name: str, kind: int, *, right: int = FREE, child: int = FREE, start: int = 0, size: int = 0) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0" if name else b""
    return struct.pack(
        "<64sHBBIII16sIQQIQ", text, len(text), kind, 1, FREE, right, child, bytes(16), 0, 0, 0, start, size
    )
