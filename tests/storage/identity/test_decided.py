"""Reviewers' decisions in the pure function: they come first, hold whatever arrives, and in whatever order."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.records import Kind
from storage.identity.decided import Anchor, Decided, clusters, known_again
from storage.identity.mention import Mention, Resolution
from storage.identity.resolve import resolve
from storage.records import Action

FILING = Kind.GENAI_FILING


def mention(id: int, company: str | None = "acme", product: str | None = None, **known: object) -> Mention:
    base = Mention(id, company, FILING, (f"{id:03}",), story=str(id), product=product, product_key=product)
    return replace(base, **known)


def decided(order: int, action: Action, *sides: set[int], **fields: object) -> Decided:
    return Decided(order, action, tuple(frozenset(side) for side in sides), tuple(sorted(fields.items())))


def groups(resolution: Resolution) -> set[tuple[int, ...]]:
    return {approval.mentions for approval in resolution.approvals}


ALPHA, BETA = mention(1, product="alpha"), mention(2, "other", "beta")


def test_what_no_name_links_is_one_where_a_reviewer_says_so() -> None:
    assert groups(resolve([ALPHA, BETA], 0.9, [decided(1, Action.MERGE, {1, 2})])) == {(1, 2)}


def test_what_was_split_stays_split_and_a_new_mention_that_fits_both_waits() -> None:
    again = mention(3, product="alpha")
    apart = [decided(1, Action.SPLIT, {1}, {3})]
    assert groups(resolve([ALPHA, again], 0.9, apart)) == {(1,), (3,)}
    assert resolve([ALPHA, again, mention(4, product="alpha")], 0.9, apart).unresolved == (4,)


def test_split_mentions_of_one_number_leave_it_to_the_official_list() -> None:
    news, row = mention(1, number_key="n1", filing_no="N1"), mention(2, number_key="n1", register=True)
    found = resolve([news, row, mention(3, "new", number_key="n1")], 0.9, [decided(1, Action.SPLIT, {1}, {2})])
    assert {a.mentions: a.number_key for a in found.approvals} == {(1,): None, (2, 3): "n1"}


@pytest.mark.parametrize("later", [[], [Action.CONFIRM], [Action.CONFIRM, Action.REJECT]])
def test_the_last_word_counts(later: list[Action]) -> None:
    said = [decided(n, action, {1}) for n, action in enumerate([Action.REJECT, *later])]
    (approval,) = resolve([ALPHA], 0.9, said).approvals
    assert approval.status == ("reported" if said[-1].action is Action.CONFIRM else "rejected")


def test_a_reviewer_lifts_what_was_held_and_does_not_lower_what_is_confirmed() -> None:
    doubtful, row = mention(1, product="alpha", confidence=0.5), mention(2, product="beta", register=True)
    found = resolve([doubtful, row], 0.9, [decided(1, Action.CONFIRM, {1}), decided(2, Action.CONFIRM, {2})])
    assert {a.mentions: a.status for a in found.approvals} == {(1,): "reported", (2,): "confirmed"}


def test_more_news_of_what_was_rejected_does_not_bring_it_back_but_an_official_list_stands_apart() -> None:
    rejected = [decided(1, Action.REJECT, {1})]
    news, row = mention(2, product="alpha"), mention(3, product="alpha", register=True, number_key="n1")
    assert [a.status for a in resolve([ALPHA, news], 0.9, rejected).approvals] == ["rejected"]
    found = resolve([ALPHA, news, row], 0.9, rejected)
    assert {a.mentions: a.status for a in found.approvals} == {(1,): "rejected", (2, 3): "confirmed"}


def test_a_name_that_was_set_stays_with_most_of_its_mentions() -> None:
    mentions = [mention(n, product="alpha") for n in (1, 2, 3)]
    said = [decided(1, Action.RENAME, {1, 2, 3}, product="Alpha Pro"), decided(2, Action.SPLIT, {1, 2}, {3})]
    found = resolve(mentions, 0.9, said)
    assert {a.mentions: a.product for a in found.approvals} == {(1, 2): "Alpha Pro", (3,): "alpha"}
    assert found.approvals[0].product_names == ("Alpha Pro", "alpha")


def test_a_cancellation_goes_where_a_reviewer_puts_it_and_nowhere_where_it_was_dismissed() -> None:
    filed, registered = mention(1, product="alpha"), mention(2, product="alpha", kind=Kind.GENAI_REGISTRATION)
    gone = mention(3, product="alpha", kind=Kind.UNSPECIFIED, revocation=True)
    assert resolve([filed, registered, gone], 0.9).unresolved == (3,)
    put = resolve([filed, registered, gone], 0.9, [decided(1, Action.MERGE, {2, 3})])
    assert {a.mentions: a.status for a in put.approvals} == {(1,): "reported", (2, 3): "revoked"}
    out = resolve([filed, gone], 0.9, [decided(1, Action.REJECT, {3})])
    assert [(a.mentions, a.status) for a in out.approvals] == [((1,), "reported")]


MENTIONS = st.lists(
    st.builds(
        dict,
        company=st.sampled_from(["acme", "bolt", None]),
        product=st.sampled_from(["alpha", "beta", None]),
        number_key=st.sampled_from(["n1", "n2", None, None]),
        register=st.booleans(),
        revocation=st.sampled_from([False, False, False, True]),
        kind=st.sampled_from([FILING, Kind.UNSPECIFIED, Kind.GENAI_REGISTRATION]),
    ),
    min_size=2,
    max_size=7,
)
ACTIONS = st.sampled_from([Action.MERGE, Action.SPLIT, Action.REJECT, Action.CONFIRM, Action.RENAME])


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Mention], list[Decided]]:
    mentions = [mention(n, **fields) for n, fields in enumerate(draw(MENTIONS))]
    said = []
    for order in range(draw(st.integers(0, 4))):
        chosen = draw(st.sets(st.integers(0, len(mentions) - 1), min_size=1))
        action = draw(ACTIONS)
        side = draw(st.sets(st.sampled_from(sorted(chosen)))) if action is Action.SPLIT else set()
        sides = [part for part in (chosen - side, side) if part]
        said.append(decided(order, action, *sides, **({"product": "x"} if action is Action.RENAME else {})))
    return mentions, said


@given(cases(), st.randoms(use_true_random=False))
def test_decisions_and_mentions_in_any_order_give_the_same_approvals(
    case: tuple[list[Mention], list[Decided]], chance: random.Random
) -> None:
    mentions, said = case
    once = resolve(mentions, 0.9, said)
    again = resolve(chance.sample(mentions, len(mentions)), 0.9, chance.sample(said, len(said)))
    assert set(again.approvals) == set(once.approvals)
    assert again.unresolved == once.unresolved


@given(cases())
def test_every_mention_is_in_one_approval_or_waits_and_no_number_leads_to_two(
    case: tuple[list[Mention], list[Decided]],
) -> None:
    mentions, said = case
    found = resolve(mentions, 0.9, said)
    placed = [m for approval in found.approvals for m in approval.mentions]
    assert sorted([*placed, *found.unresolved]) == [m.id for m in mentions]
    numbers = [(a.kind, a.number_key) for a in found.approvals if a.number_key]
    assert len(numbers) == len(set(numbers))
    assert all(any(not mentions[m].revocation for m in a.mentions) for a in found.approvals)


@given(cases())
def test_what_was_put_together_last_is_together_and_what_was_split_last_is_apart(
    case: tuple[list[Mention], list[Decided]],
) -> None:
    mentions, said = case
    kept = {m.id for m in mentions if not m.revocation}
    last = Decided(99, Action.MERGE, (frozenset({0, 1}),))
    if {0, 1} <= kept:
        assert any({0, 1} <= set(g) for g in groups(resolve(mentions, 0.9, [*said, last])))
        apart = replace(last, action=Action.SPLIT, sides=(frozenset({0}), frozenset({1})))
        assert not any(
            {0, 1} <= set(g) for g in groups(resolve(mentions, 0.9, [*said, last, replace(apart, order=100)]))
        )


@given(cases())
def test_a_split_after_a_merge_restores_what_reviewers_held_apart(case: tuple[list[Mention], list[Decided]]) -> None:
    mentions, _ = case
    mentions = [m for m in mentions if not m.revocation]
    before = resolve(mentions, 0.9)
    if len(before.approvals) < 2 or before.unresolved:
        return
    one, other = (frozenset(a.mentions) for a in before.approvals[:2])
    undone = [Decided(1, Action.MERGE, (one | other,)), Decided(2, Action.SPLIT, (one, other))]
    assert groups(resolve(mentions, 0.9, undone)) == groups(before)


def test_no_mention_is_held_in_two_clusters() -> None:
    said = [decided(1, Action.MERGE, {1, 2}), decided(2, Action.MERGE, {2, 3}), decided(3, Action.SPLIT, {1, 2}, {3})]
    assert sorted(map(sorted, clusters(said[:2]))) == [[1, 2, 3]]
    assert sorted(map(sorted, clusters(said))) == [[1, 2], [3]]


WAS = Anchor("approval", FILING, "acme", "alpha", None, 10, 40)


@pytest.mark.parametrize(
    ("now", "same"),
    [
        (replace(WAS, start=300, end=330), True),
        (replace(WAS, company="d-1", start=300, end=330), True),
        (replace(WAS, product_key="alphapro"), True),
        (replace(WAS, product_key=None), True),
        (replace(WAS, product_key="beta", start=300, end=330), False),
        (replace(WAS, company="d-1", product_key="beta"), False),
        (replace(WAS, role="revocation"), False),
        (replace(WAS, number_key="n1"), True),
    ],
    ids=["moved", "company", "product in place", "no product", "another", "neighbour", "cancelled", "numbered"],
)
def test_a_mention_is_known_again_by_what_it_names_and_where(now: Anchor, same: bool) -> None:
    assert known_again(WAS, [(7, now)]) == (7 if same else None)


def test_another_number_is_another_mention_and_the_likest_is_taken() -> None:
    numbered = replace(WAS, number_key="n1")
    assert known_again(numbered, [(1, replace(WAS, number_key="n2"))]) is None
    assert known_again(numbered, [(1, WAS), (2, replace(numbered, product_key="other"))]) == 2
    assert known_again(WAS, [(1, replace(WAS, start=500, end=530)), (2, replace(WAS, start=12, end=42))]) == 2
