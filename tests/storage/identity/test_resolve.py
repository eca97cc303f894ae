"""DESIGN section 4 as a pure function: what is one approval, what is two, and what waits for review."""

import datetime
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from extractors.records import Kind
from storage.identity.mention import Mention, Resolution
from storage.identity.resolve import resolve

FILING, REGISTRATION, OPEN = Kind.GENAI_FILING, Kind.GENAI_REGISTRATION, Kind.UNSPECIFIED


def mention(id: int, company: str | None = "acme", product: str | None = None, **known: object) -> Mention:
    base = Mention(id, company, FILING, (f"{id:03}",), story=str(id), product=product, product_key=product)
    return replace(base, **known)


def groups(resolution: Resolution) -> set[tuple[int, ...]]:
    return {approval.mentions for approval in resolution.approvals}


def test_same_kind_and_number_is_one_approval_whatever_the_names() -> None:
    found = resolve(
        [mention(1, "acme", "Alpha", number_key="n1"), mention(2, "acme-legal", None, number_key="n1")], 0.9
    )
    assert groups(found) == {(1, 2)}


def test_one_number_in_two_series_is_two_approvals() -> None:
    deep, plain = Kind.DEEP_SYNTHESIS_FILING, Kind.ALGORITHM_FILING
    found = resolve([mention(1, number_key="n1", kind=deep), mention(2, number_key="n1", kind=plain)], 0.9)
    assert groups(found) == {(1,), (2,)}


def test_one_company_with_two_products_has_two_approvals() -> None:
    assert groups(resolve([mention(1, product="alpha"), mention(2, product="beta")], 0.9)) == {(1,), (2,)}


def test_one_product_filed_and_registered_is_two_approvals() -> None:
    found = resolve([mention(1, product="alpha"), mention(2, product="alpha", kind=REGISTRATION)], 0.9)
    assert groups(found) == {(1,), (2,)}


def test_an_open_kind_joins_the_one_that_fits_and_waits_where_two_do() -> None:
    filed, registered = mention(1, product="alpha"), mention(2, product="alpha", kind=REGISTRATION)
    unclear = mention(3, product="alpha", kind=OPEN)
    assert groups(resolve([filed, unclear], 0.9)) == {(1, 3)}
    assert resolve([filed, registered, unclear], 0.9).unresolved == (3,)


def test_company_alone_joins_its_only_approval_within_two_months_and_not_a_later_round() -> None:
    named = mention(1, product="alpha", date="2024-01-10")
    near, far = mention(2, date="2024-02"), mention(3, date="2024-08")
    assert groups(resolve([named, near, far], 0.9)) == {(1, 2), (3,)}


def test_company_alone_that_fits_two_products_waits_for_review() -> None:
    found = resolve([mention(1, product="alpha"), mention(2, product="beta"), mention(3)], 0.9)
    assert found.unresolved == (3,)


def test_two_batches_of_one_company_are_two_approvals() -> None:
    assert groups(resolve([mention(1, batch=1), mention(2, batch=4)], 0.9)) == {(1,), (2,)}


def test_a_product_without_its_company_joins_the_company_that_has_it() -> None:
    assert groups(resolve([mention(1, None, "alpha"), mention(2, "acme", "alpha")], 0.9)) == {(1, 2)}


def test_the_register_wins_field_by_field_and_confirms() -> None:
    news = mention(1, product="alpha", date="2024-03", province="北京", number_key="n1", filing_no="N-1")
    row = mention(2, product="alpha", date="2024-02-28", number_key="n1", filing_no="n1", register=True)
    approval = resolve([news, row], 0.9).approvals[0]
    assert (approval.status, approval.approved_on, approval.province) == ("confirmed", "2024-02-28", "北京")


def test_the_finest_date_inside_the_best_one_is_taken() -> None:
    vague, exact = mention(1, product="a", date="2024-03"), mention(2, product="a", date="2024-03-05", confidence=0.9)
    assert resolve([vague, exact], 0.9).approvals[0].approved_on == "2024-03-05"


def test_one_uncertain_story_is_held_and_a_second_story_frees_it() -> None:
    doubtful = mention(1, product="alpha", confidence=0.5)
    copy = replace(doubtful, id=2, order=("2",))
    other = mention(3, product="alpha", confidence=0.5)
    assert resolve([doubtful, copy], 0.9).approvals[0].status == "held"
    assert resolve([doubtful, other], 0.9).approvals[0].status == "reported"


def test_a_cancellation_revokes_by_number_and_one_without_approval_waits() -> None:
    named = mention(1, product="alpha", number_key="n1")
    cancel = mention(2, None, None, number_key="n1", revocation=True)
    unknown = mention(3, None, None, number_key="n9", revocation=True)
    found = resolve([named, cancel, unknown], 0.9)
    assert [a.status for a in found.approvals] == ["revoked"]
    assert found.unresolved == (3,)


@st.composite
def mentions(draw: st.DrawFn) -> list[Mention]:
    """Mentions of a few companies and products whose `order` tells them apart."""
    rows = []
    for n in range(draw(st.integers(1, 9))):
        product = draw(st.sampled_from([None, "alpha", "beta"]))
        number = draw(st.sampled_from([None, None, "n1", "n2"]))
        company = draw(st.sampled_from(["acme", "bolt", None])) if product or number else "acme"
        day = draw(st.sampled_from([None, "2024", "2024-01", "2024-01-05", "2024-06-01"]))
        rows.append(
            mention(
                n,
                company,
                product,
                kind=draw(st.sampled_from([FILING, REGISTRATION, OPEN])),
                number_key=number,
                date=day,
                batch=draw(st.sampled_from([None, 1, 2])),
                told_on=draw(st.sampled_from([None, datetime.date(2024, 1, 6)])),
                revocation=draw(st.booleans()) and bool(number),
            )
        )
    return rows


@given(mentions(), st.randoms())
def test_the_order_of_arrival_decides_nothing(rows: list[Mention], random: object) -> None:
    shuffled = sorted(rows, key=lambda _: random.random())
    assert groups(resolve(rows, 0.9)) == groups(resolve(shuffled, 0.9))


@given(mentions())
def test_every_mention_supports_one_approval_or_waits(rows: list[Mention]) -> None:
    found = resolve(rows, 0.9)
    placed = [id for approval in found.approvals for id in approval.mentions]
    assert sorted([*placed, *found.unresolved]) == sorted(m.id for m in rows)
    assert all(set(a.mentions) & {m.id for m in rows if not m.revocation} for a in found.approvals)
