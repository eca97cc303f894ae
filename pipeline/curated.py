"""The companies that reviewers know, as a file that the lexicon is built from."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from config.companies import CompanyEntry, load_companies
from storage.curating import Reviewed

NAME = "curated.toml"
_LEGAL = ("公司", "Ltd", "Ltd.", "Inc", "Inc.", "LLC")


def write(data_dir: Path, found: Iterable[Reviewed]) -> Path:
    """Write `curated.toml` into the data directory, whole or not at all; returns its path."""
    path = data_dir / NAME
    data_dir.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    blocks = ["# Written by `greenlit companies release` from what reviewers decided: edit companies.toml instead."]
    fresh.write_text("\n\n".join([*blocks, *map(_block, found)]) + "\n", encoding="utf-8")
    load_companies(fresh)  # what can't be read back must not take the place of what can
    fresh.replace(path)
    return path


def _block(company: Reviewed) -> str:
    legal = [name for name in company.names if name.endswith(_LEGAL)]
    others = [name for name in company.names if name not in legal and name not in (company.name, company.name_en)]
    lines = ["[[company]]"]
    lines += [f"{key} = {_text(value)}" for key, value in (("id", company.id), ("name_zh", company.name))]
    lines += [f"name_en = {_text(company.name_en or company.name)}"]
    lines += [f"{key} = {_list(map(_text, names))}" for key, names in (("legal_names", legal), ("aliases", others))]
    if company.products:
        lines.append(f"products = {_list(_list(map(_text, names)) for names in company.products)}")
    return "\n".join(lines)


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(values)}]"


def _text(value: str) -> str:
    """A string of TOML, which is one of JSON but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def with_curated(known: Iterable[CompanyEntry], data_dir: Path) -> tuple[CompanyEntry, ...]:
    """The companies known, with what reviewers added: names of theirs, and companies of their own."""
    path = data_dir / NAME
    if not path.is_file():
        return tuple(known)
    listed = {entry.id: entry for entry in known}
    for added in load_companies(path):
        held = listed.get(added.id)
        listed[added.id] = added if held is None else _joined(held, added)
    return tuple(listed.values())


def _joined(held: CompanyEntry, added: CompanyEntry) -> CompanyEntry:
    more = tuple(name for name in added.names if name not in held.names)
    legal = tuple(name for name in more if name in added.legal_names)
    aliases = tuple(name for name in more if name not in legal)
    return replace(held, legal_names=(*held.legal_names, *legal), aliases=(*held.aliases, *aliases))
