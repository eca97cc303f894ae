"""The companies that Greenlit knows by name: `companies.toml`, as values."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any


class CompaniesError(Exception):
    """A file of companies can't be used; the message names the file, the entry and what is wrong."""


@dataclass(frozen=True, slots=True)
class CompanyEntry:
    """One canonical organisation and the names it goes by.

    Each product is a tuple of its names, canonical first. `weak` repeats those names that are everyday
    words: a text means the company by them only where the context says so.
    """

    id: str
    name_zh: str
    name_en: str
    legal_names: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    products: tuple[tuple[str, ...], ...] = ()
    place: str | None = None
    weak: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name of the company, short ones first, none twice."""
        listed = (self.name_zh, self.name_en, *self.aliases, *self.legal_names)
        return tuple(dict.fromkeys(name for name in listed if name))


def load_companies(path: Path | None = None) -> tuple[CompanyEntry, ...]:
    """The entries of a companies file, the shipped one by default: tables [[company]]. Raises CompaniesError."""
    source = Path(str(files("config") / "companies.toml")) if path is None else path
    try:
        content = tomllib.loads(source.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CompaniesError(f"{source}: can't be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise CompaniesError(f"{source}: is not valid TOML: {error}") from error
    for key in content.keys() - {"company"}:
        raise CompaniesError(f"{source}: {key} is not a key of this file; it holds tables [[company]]")
    rows = content.get("company", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise CompaniesError(f"{source}: company must be tables, each under a line [[company]]")
    entries = tuple(_entry(row, f"{source}: company {number}") for number, row in enumerate(rows, 1))
    seen: set[str] = set()
    for entry in entries:
        if entry.id in seen:
            raise CompaniesError(f'{source}: id = "{entry.id}" is there twice; give each company one entry')
        seen.add(entry.id)
    return entries


_TEXTS = ("id", "name_zh", "name_en")
_LISTS = ("legal_names", "aliases", "weak")


def _entry(row: dict[str, Any], where: str) -> CompanyEntry:
    where = f"{where} ({row.get('id', 'no id')})"
    for key in row.keys() - {*_TEXTS, *_LISTS, "products", "place"}:
        raise CompaniesError(f"{where}: {key} is not a key of a company")
    for key in _TEXTS:
        if not isinstance(row.get(key), str) or not row[key]:
            raise CompaniesError(f"{where}: {key} must be a text")
    for key in _LISTS:
        if not _texts(row.get(key, [])):
            raise CompaniesError(f"{where}: {key} must be a list of texts")
    if not isinstance(row.get("place", ""), str):
        raise CompaniesError(f"{where}: place must be a text")
    products = row.get("products", [])
    if not isinstance(products, list) or not all(_texts(product) and product for product in products):
        raise CompaniesError(f"{where}: products must be a list of lists of texts")
    return CompanyEntry(
        row["id"],
        row["name_zh"],
        row["name_en"],
        legal_names=tuple(row.get("legal_names", [])),
        aliases=tuple(row.get("aliases", [])),
        weak=tuple(row.get("weak", [])),
        products=tuple(tuple(product) for product in products),
        place=row.get("place"),
    )


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item for item in value)
