"""Two editions of a list: what was added, changed, and what is no longer there (which revokes nothing)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from extractors.registers.document import squeezed
from extractors.registers.rows import RegisterRow
from extractors.understand.names import company_key, number_key, product_key

COMPARED = ("filing_no", "product", "company", "province", "date", "role", "app", "purpose", "remark", "scope")
"""The fields whose change is told; a serial and the name of the list may move."""
_Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that reads otherwise than before."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """One row in both editions, and the fields that changed."""

    old: RegisterRow
    new: RegisterRow
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a new edition changes. A vanished row is a question for people, never a revocation."""

    added: tuple[RegisterRow, ...]
    changed: tuple[ChangedRow, ...]
    vanished: tuple[RegisterRow, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.vanished)


def compare(old: Sequence[RegisterRow], new: Sequence[RegisterRow]) -> Comparison:
    """Added, changed and vanished rows, in the order of the editions.

    Rows are the same by kind and number; those without a usable one, or whose number changed, by kind, company
    and product, where no other row has these. Blanks, widths of characters and the place in the list are no change.
    """
    pairs, rest_old, rest_new = _paired(old, new, _by_number, one_to_one=False)
    more, rest_old, rest_new = _paired(rest_old, rest_new, _by_names, one_to_one=True)
    order = {id(row): n for n, row in enumerate(new)}
    both = sorted([*pairs, *more], key=lambda pair: order[id(pair[1])])
    changed = [ChangedRow(a, b, fields) for a, b in both if (fields := _changes(a, b))]
    return Comparison(tuple(rest_new), tuple(changed), tuple(rest_old))


def _by_number(row: RegisterRow) -> _Key | None:
    key = number_key(row.filing_no)
    return (row.kind, str(row.cancelled), key) if key else None


def _by_names(row: RegisterRow) -> _Key | None:
    return (row.kind, str(row.cancelled), company_key(row.company), product_key(row.product))


def _paired(
    old: Iterable[RegisterRow],
    new: Iterable[RegisterRow],
    key_of: Callable[[RegisterRow], _Key | None],
    *,
    one_to_one: bool,
) -> tuple[list[tuple[RegisterRow, RegisterRow]], list[RegisterRow], list[RegisterRow]]:
    """Rows of one key, in their order, and what is left of either side; `one_to_one`: only where each has just one."""
    old, new = list(old), list(new)
    before, after = _grouped(old, key_of), _grouped(new, key_of)
    pairs = []
    for key in before.keys() & after.keys():
        if key is not None and (not one_to_one or len(before[key]) == len(after[key]) == 1):
            pairs += list(zip(before[key], after[key], strict=False))
    taken = {id(row) for pair in pairs for row in pair}
    rest_old, rest_new = ([row for row in rows if id(row) not in taken] for rows in (old, new))
    return pairs, rest_old, rest_new


def _grouped(
    rows: Iterable[RegisterRow], key_of: Callable[[RegisterRow], _Key | None]
) -> dict[_Key | None, list[RegisterRow]]:
    groups: dict[_Key | None, list[RegisterRow]] = defaultdict(list)
    for row in rows:
        groups[key_of(row)].append(row)
    return groups


def _changes(old: RegisterRow, new: RegisterRow) -> tuple[FieldChange, ...]:
    values = [(name, getattr(old, name) or "", getattr(new, name) or "") for name in COMPARED]
    return tuple(FieldChange(name, a, b) for name, a, b in values if squeezed(a) != squeezed(b))
