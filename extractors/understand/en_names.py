"""Companies and products in one English sentence, and whose each product is."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache

from extractors.understand.chars import data_text
from extractors.understand.lexicon import Lexicon
from extractors.understand.parts import Name
from extractors.understand.regions import regions

_WORD = (
    r"(?!(?:Co|Ltd|Inc|Corp|Limited|LLC|Corporation)\b)(?:[A-Z][A-Za-z0-9&+\-]*(?:\.[A-Za-z0-9]+)*"
    r"|\d+[A-Za-z.\-]+[A-Za-z0-9]+|[a-z]{1,3}[A-Z][A-Za-z]+|\d{1,4}(?![\d,.%]"
    r"|\s(?:million|billion|models|per)))"
)
_FIRST = (
    r"(?:[A-Z][A-Za-z0-9&+\-]*(?:\.[A-Za-z0-9]+)*|\d+[A-Za-z.\-]*[A-Z][A-Za-z0-9]*"
    r"|[a-z]{1,3}[A-Z][A-Za-z]+|(?<![A-Za-z])vivo(?![a-z]))"
)
_LEGAL = r"(?:,? (?:Co\.?,? ?Ltd\.?|Company Limited|Inc\b\.?|Ltd\b\.?|Corporation\b|Corp\b\.?|Co\b\.?|Limited\b|LLC\b))"
_NAME = re.compile(
    rf"(?<![A-Za-z0-9\-]){_FIRST}(?: (?:& |of (?=[A-Z])|the (?=[A-Z]))?{_WORD})*"
    rf"(?: \([A-Z][a-z]+\)(?: {_WORD})+)?{_LEGAL}?(?: \((?:[A-Z][a-z]+)\)(?=[,.;| ]))?"
)
_QUOTED = re.compile(r"[\"“]([A-Z0-9][^\"“”\n.?!,]{0,40})[\"”]")
_LEGAL_END = re.compile(r"(?:Co\.,? ?Ltd\.?|Company Limited|Inc\.?|Ltd\.?|Corp\.?|Corporation|Limited|LLC|Co\.)$")
_PERSON_BEFORE = re.compile(
    r"(?:chief executive|CEO|founder|co-founder|chairman|chairwoman|president"
    r"|director|partner|spokesman|spokeswoman|spokesperson|professor|analyst"
    r"|lawyer|manager|officer|said|Mr|Ms|Mrs|Dr|by name|engineer|researcher|minister"
    r"|told|secretary|reporter|author)\.?,? $",
    re.I,
)
_PERSON_AFTER = re.compile(
    r"(?:,? (?:the|its|a|an)?\s?(?:chief executive|founder|co-founder|chairman"
    r"|chairwoman|president|partner at|director|lawyer|analyst|spokes)|, who (?:founded"
    r"|runs|leads)| (?:told|added that he|wrote))",
    re.I,
)
_NOT_HOLDER_BEFORE = re.compile(
    r"(?:but not|not including|excluding|except(?: for)?|other than|nor"
    r"|according to|backed by|backers?,?|investors?(?: such as| including)?"
    r"|partner(?:s|ed)?(?: with)?|rivals?|competitors?|unlike|calls?|through"
    r"|via|based on|built on(?: top of)?|runs? on(?: an?)?|powered by|using|uses?"
    r"|shares in|analysts? at|law firm|consultancy|consultants?|brokerage|reported by"
    r"|reports? (?:in|by)|clients?|customers?(?: such as| including)?|lawyers? at"
    r"|agency|said|told|from the|behind|NASDAQ:|NYSE:|HKEX:|SEHK:|SZSE:|SSE:"
    r"|invested in by|owned by|advis(?:es|ed) by|funded by|alumni of|spin-off of"
    r"|subsidiary of|unit of|deriv\w+ (?:of|from)|fine-tun\w+ (?:of|from)|on top of"
    r"|compared with|such as OpenAI's|like|hosted (?:on|by)|servers? (?:of|in)"
    r"|app-analytics firm|supplier to|calls) (?:the |an? )?$",
    re.I,
)
_NOT_HOLDER_AFTER = re.compile(
    r"^(?:'s API| API|'s (?:chips?|cloud|servers?|open-weight|open-source)| reported\b"
    r"| said in a report|'s (?:joint venture|unit|subsidiary|arm|partner|backer"
    r"|rival|parent)|-backed|-based (?:law|consult)|, (?:a|the) (?:law firm|consultancy"
    r"|brokerage|investor|media|news|research firm|think tank))",
    re.I,
)
_PRODUCT_BEFORE = re.compile(
    r"(?:\b(?:app|model|models|chatbot|assistant|service|tool|algorithm|called"
    r"|named|dubbed|product|system|platform|LLM|LLMs|companion|tutor|bot|engine"
    r"|checker|helper|generator)[,:]? |[\"“])$",
    re.I,
)
_PRODUCT_AFTER = re.compile(
    r"^(?:,? (?:by|from) [A-Z]|, (?:built|made|developed|run|operated) by [A-Z]"
    r"|[\"”]| (?:model|models|chatbot|app|assistant|service|LLM|large language model"
    r"|algorithm|education model|language model|system|family|bot|platform)\b"
    r"|, (?:a|an|its|the|which) (?:[\w’'-]+ ){0,5}?(?:model|app|chatbot|tool"
    r"|assistant|service|algorithm|system|platform|companion|writer|translator"
    r"|generator|engine|helper|tutor|checker|application|LLM)\b)"
)
_MAKER = re.compile(
    r"(?:\b(?:by|from|of|built by|made by|developed by|run by|operated by|owned by"
    r"|belonging to|submitted by) (?:(?:an?|the|its|call-centre|[a-z][\w-]*) ){0,4}?"
    r"|\((?:by |from )?)$"
)


_EMPLOYER = re.compile(r"['’]s (?:company|firm|office|team|start-up|employer|investors|boss|colleagues)\b")
_GIVEN = re.compile(r"[A-Z][a-z]{1,4}(?:-?[a-z]{1,5})?")
_SUPPLY = re.compile(
    r"\b(?:calls?|calling|via|based on|built on(?: top of)?|runs? on|powered by|using|uses?|top of|swapped \w+ \w+ for"
    r"|licensed from|use of|interfaces? of|on) (?:the |an? )?[\"“]?$"
)
_SHORT = re.compile(r"\((?:(?:the|or|hereinafter|together|collectively|and|\"[^\"]*\"),? ?)*[\"“]$|or the [\"“]$")
_DEVELOPER = re.compile(r"\b(?:Developer|Maker|Operator|Provider) (?P<x>[A-Z][\w&.-]+(?: [A-Z][\w&.-]+){0,3})(?=,| )")


@dataclass(frozen=True, slots=True)
class _Words:
    common: frozenset[str]
    organisation: frozenset[str]
    bodies: re.Pattern[str]
    famous: tuple[str, ...]
    surnames: frozenset[str]


@cache
def _words() -> _Words:
    rows = tomllib.loads(data_text("english.toml"))
    bodies = re.compile(r"\b(?:" + "|".join(map(re.escape, rows["bodies"])) + r")\b")
    return _Words(
        frozenset(rows["common"]),
        frozenset(rows["organisation"]),
        bodies,
        tuple(rows["famous"]),
        frozenset(rows["surnames"]),
    )


def find_names(text: str, start: int, end: int, lexicon: Lexicon) -> list[Name]:
    """The companies and products of the sentence [start, end), each product with its owner where told."""
    found = [
        name for match in _NAME.finditer(text, start, end) for name in _split(text, match.start(), match.end(), lexicon)
    ]
    quoted = [(m.start(1), m.end(1)) for m in _QUOTED.finditer(text, start, end) if not _plain_words(m[1])]
    short = [span for span in quoted if _SHORT.search(text[max(0, span[0] - 24) : span[0]])]
    found += [
        Name(m.start("x"), m.end("x"), "company", "maker", lexicon.company_of(m["x"]))
        for m in _DEVELOPER.finditer(text, start, end)
    ]
    found = [name for name in found if not any(a <= name.start and name.end <= b for a, b in quoted)]
    found += [Name(a, b, "product", "quoted", None) for a, b in quoted if (a, b) not in short]
    return _own(text, start, end, sorted(found, key=lambda name: name.start))


def _plain_words(content: str) -> bool:
    words = content.split()
    return len(words) > 5 or (len(words) > 2 and sum(word[0].islower() for word in words) > len(words) / 2)


def _split(text: str, start: int, end: int, lexicon: Lexicon) -> list[Name]:
    """A run of capitalised words, freed of words that are no names; a known company inside is cut out."""
    if text[start - 1 : start] == "/" or text[end : end + 1] == "/":
        return []
    if _words().bodies.search(text[start:end]) and lexicon.company_of(text[start:end]) is None:
        return []
    start, end = _freed(text, start, end)
    if end - start < 2:
        return []
    raw = text[start:end]
    whole = lexicon.company_of(raw)
    if whole is not None and not (lexicon.is_weak(raw) and len(raw) < 4):
        return [_company(text, start, end, "lexicon", whole)]
    if _words().bodies.search(raw):
        return []
    for hit in lexicon.find(raw):
        if hit.weak or raw[hit.start - 1 : hit.start] not in ("", " "):
            continue
        if hit.start == 0 and hit.end < len(raw) and raw[hit.end] == " ":
            return _company_then_product(text, start, end, hit.end, hit.id)
    if _person(text, start, end):
        return []
    if re.match(
        r"['’]s (?:company|firm|office|team|start-up|employer|investors|boss|colleagues)\b", text[end : end + 20]
    ):
        return []
    maker = lexicon.product_owner(raw)
    if maker:
        return [Name(start, end, "product", "lexicon", maker)]
    return [_by_form(text, start, end)]


def _company_then_product(text: str, start: int, end: int, cut: int, id: str) -> list[Name]:
    rest = text[start + cut : end].strip()
    last = rest.split()[-1] if rest else ""
    if last in _words().organisation or last.startswith("("):
        return [_company(text, start, end, "organisation's word", None)]
    company = _company(text, start, start + cut, "lexicon", id)
    begin = end - len(text[start + cut : end].lstrip())
    return [company, Name(begin, end, "product", "after its company", None, company)]


def _freed(text: str, start: int, end: int) -> tuple[int, int]:
    common, places = _words().common, regions().english
    while True:
        raw = text[start:end]
        words = raw.split(" ")
        first, last = words[0], words[-1]
        if raw.isupper() and len(raw) > 3 and all(w.title() in common or w.title() in places for w in words):
            return start, start
        if len(words) == 1:
            bare = raw.rstrip(".,")
            single = (
                bare in common
                or bare in places
                or re.fullmatch(r"[A-Z]{1}|\d+|20\d\d", bare)
                or bare.endswith(("-based", "-listed", "-backed"))
            )
            return (start, start) if single else (start, end)
        if (
            first in common
            and not (
                first
                in (
                    "Beijing",
                    "Shanghai",
                    "Big",
                    "New",
                    "Deep",
                    "Data",
                    "National",
                    "China",
                    "First",
                    "Bay",
                    "Six",
                    "Little",
                )
                and len(words) > 1
                and words[1] not in common
            )
        ) or (
            first in ("of", "the", "&")
            or re.fullmatch(r"X-ray|\d+", first)
            or first.endswith(("-based", "-listed", "-backed", "-owned"))
        ):
            start += len(first) + 1
        elif (last in ("AI", "LLM", "LLMs", "CEO", "CTO", "API") and last != "AI") or last in ("of", "the", "&", "and"):
            end -= len(last) + 1
        else:
            return start, end


def _person(text: str, start: int, end: int) -> bool:
    words = text[start:end].split(" ")
    if not 2 <= len(words) <= 3 or words[-1] in _words().organisation:
        return False
    if words[0] in _words().surnames and all(_GIVEN.fullmatch(word) for word in words[1:]):
        return not _PRODUCT_AFTER.match(text[end : end + 80]) and text[end : end + 2] not in ("'s", "’s")
    return bool(_PERSON_BEFORE.search(text[max(0, start - 30) : start]) or _PERSON_AFTER.match(text[end : end + 40]))


def _company(text: str, start: int, end: int, why: str, id: str | None) -> Name:
    return Name(start, end, "company", why, id)


def _by_form(text: str, start: int, end: int) -> Name:
    """A name not known: its role by its last word, its first word and its neighbours."""
    raw = text[start:end]
    words = raw.split(" ")
    before, after = text[max(0, start - 60) : start], text[end : end + 80]
    if _LEGAL_END.search(raw):
        return _company(text, start, end, "legal name", None)
    if _MAKER.search(before) and not _PRODUCT_AFTER.match(after):
        return _company(text, start, end, "maker", None)
    if len(words) > 1 and (words[-1] in _words().organisation or raw.endswith(")")):
        return _company(text, start, end, "organisation's word", None)
    if re.match(r"^ \((?:by |from )?[A-Z][\w.&'-]+(?: [A-Z(]|,? (?:Inc|Ltd|Co)|\) ?[-,;–])", after):
        return Name(start, end, "product", "before brackets", None)
    if len(words) > 2 and words[0] in regions().english:
        return _company(text, start, end, "place name", None)
    if _PRODUCT_AFTER.match(after) or _PRODUCT_BEFORE.search(before) or re.search(r"-\d+[BM]?$", raw):
        return Name(start, end, "product", "word for a product", None)
    if re.search(r"\b(?:listed|filed|registered|approved|cleared|filing|approval) for (?:its )?$", before) or (
        re.search(r"\bfor $", before) and re.fullmatch(r"[A-Z][a-z]+[A-Z]\w+", raw)
    ):
        return Name(start, end, "product", "approved for", None)
    if re.match(r"['’]s? ", after) and not re.match(r"['’]s? (?:maker|developer|owner|creator|parent)", after):
        return _company(text, start, end, "possessor", None)
    if re.search(r"['’]s? (?:(?!and\b|or\b|while\b)[\w-]+ ){0,4}$", before):
        return Name(start, end, "product", "possessed", None)
    return _company(text, start, end, "capitals", None)


def _own(text: str, start: int, end: int, names: list[Name]) -> list[Name]:
    """Give each product its owner: `C's P`, `P (C)`, `P, a model by C`, `C ... its P`."""
    owned: list[Name] = []
    companies = [name for name in names if name.role == "company"]
    for name in names:
        if name.role == "product" and name.owner is None:
            name = Name(name.start, name.end, "product", name.why, None, _owner(text, name, companies, start, end))
        owned.append(name)
    return owned


def _owner(text: str, product: Name, companies: list[Name], start: int, end: int) -> Name | None:
    if product.id is not None:
        makers = [name for name in companies if name.id == product.id]
        if makers:
            return makers[0]
    before = [name for name in companies if name.end <= product.start]
    after = [name for name in companies if name.start >= product.end]
    if before and re.match(r"['’]s? (?:[\w-]+ ){0,6}[\"“]?$", text[before[-1].end : product.start]):
        return before[-1]
    if after:
        between = text[product.end : after[0].start]
        if re.match(r"^[\"”]?,? ?\((?:by |from )?$", between) or (
            len(between) < 110
            and not re.search(r"[;]|\b(?:and|while|but)\b [A-Z]", between)
            and re.search(
                r"\b(?:by|from|built by|made by|developed by|run by|operated by|belonging to"
                r"|of)\b (?:[a-z][\w-]* ){0,5}$",
                between,
            )
            and not re.search(r"\b(?:called|based|built on|using|runs? on)\b", between)
        ):
            return after[0]
    if before and product.why == "approved for":
        return before[-1]
    if before and re.search(r"\b(?:its|their|own|whose)\b", text[before[-1].end : product.start]):
        return next((name for name in reversed(before) if is_holder(text, name)), before[-1])
    return None


def is_supply(text: str, name: Name) -> bool:
    """Whether a product is one that another service is built on: `it calls X's P`."""
    start = name.owner.start if name.owner and name.owner.start < name.start else name.start
    return bool(_SUPPLY.search(text[max(0, start - 40) : start]))


def is_holder(text: str, name: Name) -> bool:
    """Whether a company stands where a holder may: not as source, investor, client, rival or supplier."""
    before = text[max(0, name.start - 60) : name.start]
    after = text[name.end : name.end + 40]
    return not _NOT_HOLDER_BEFORE.search(before) and not _NOT_HOLDER_AFTER.match(after)
