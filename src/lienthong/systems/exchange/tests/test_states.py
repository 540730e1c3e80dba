"""The table EX-25 and what a reported status changes (EX-24..27, V-ST-1..10)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.systems.exchange.states import (
    BY_CODE,
    CODE_OF_STATE,
    NOTHING,
    RECEIVED,
    STATUSES,
    Effect,
    Standing,
    gap_sentence,
    judge,
)

type Step = tuple[str, int | None]


def run(*codes: str, seqs: tuple[int, ...] | None = None, standing: Standing | None = None) -> list[tuple[Effect, str]]:
    """Feed codes one after the other; gives the effect and the state after each."""
    now = standing or Standing()
    out = []
    for n, code in enumerate(codes):
        seq = seqs[n] if seqs else None
        judged = judge(now, code, from_receiver=code != "13", seq=seq)
        counted = judged.effect in {Effect.APPLIED, Effect.LATE}
        now = Standing(
            state=judged.state,
            seen=now.seen | ({code} if counted else set()),
            seq=seq if judged.effect is Effect.APPLIED and seq is not None else now.seq,
            request_open=judged.request_open,
            recall_unconfirmed=now.recall_unconfirmed and not (code == "15" and judged.effect is Effect.APPLIED),
        )
        out.append((judged.effect, judged.state))
    return out


def test_v_st_1_the_plain_way_is_legal() -> None:
    """EX-25 V-ST-1: 01, 03, 04, 05, 06."""
    assert [effect for effect, _ in run("01", "03", "04", "05", "06")] == [Effect.APPLIED] * 5


def test_v_st_2_03_without_01_is_applied_and_the_gap_is_marked() -> None:
    """EX-26 V-ST-2, and the predecessor that comes later fills its gap and moves nothing back."""
    judged = judge(Standing(), "03", from_receiver=True)
    assert (judged.effect, judged.state) == (Effect.APPLIED, "accepted")
    after = Standing(state="accepted", seen=frozenset({"03"}))
    assert gap_sentence(after.gap) == "chưa nhận 01"
    late = judge(after, "01", from_receiver=True)
    assert (late.effect, late.state) == (Effect.LATE, "accepted")
    assert Standing(state="accepted", seen=frozenset({"01", "03"})).gap == ()


def test_v_st_3_accepting_after_refusing_is_refused() -> None:
    assert run("01", "02", "03")[-1] == (Effect.ILLEGAL, "refused")


def test_v_st_4_refusing_after_accepting_is_refused() -> None:
    assert run("03", "02")[-1] == (Effect.ILLEGAL, "accepted")


def test_v_st_5_a_second_assignment_is_legal() -> None:
    assert run("01", "03", "04", "04")[-1] == (Effect.APPLIED, "assigned")


def test_v_st_7_an_answer_without_a_request_is_refused() -> None:
    assert run("01", "03", "15")[-1] == (Effect.ILLEGAL, "accepted")
    assert run("01", "03", "16")[-1] == (Effect.ILLEGAL, "accepted")
    assert run("01", "03", "13", "15")[-1] == (Effect.APPLIED, "accepted")
    assert run("01", "03", "13", "16", "16")[-1][0] is Effect.ILLEGAL


def test_v_st_8_codes_outside_the_nine_are_stored_unknown() -> None:
    """EX-24 V-ST-8: 07 and every other code are never acted on."""
    for code in ("07", "08", "14", "3", "xx"):
        assert run("01", code)[-1] == (Effect.UNKNOWN, "arrived")


def test_v_st_9_v_st_10_a_recall_is_confirmed_by_15_and_never_refused_by_16() -> None:
    recalled = Standing(state="processing", seen=frozenset({"01", "03", "05"}), recall_unconfirmed=True)
    assert judge(recalled, "15", from_receiver=True).effect is Effect.APPLIED
    refused = judge(recalled, "16", from_receiver=True)
    assert refused.effect is Effect.ILLEGAL
    assert "thu hồi" in refused.why


def test_ex_25_only_the_receiver_reports_and_only_the_sender_asks_back() -> None:
    for code in ("01", "02", "03", "04", "05", "06", "15", "16"):
        assert judge(Standing(state="arrived"), code, from_receiver=False).effect is Effect.ILLEGAL
    assert judge(Standing(state="arrived"), "13", from_receiver=True).effect is Effect.ILLEGAL


def test_ex_25_13_is_legal_from_every_state_but_refused_and_after_06_by_switch() -> None:
    for state in (NOTHING, "arrived", "accepted", "assigned", "processing", "done"):
        assert judge(Standing(state=state), "13", from_receiver=False).effect is Effect.APPLIED
    assert judge(Standing(state="refused"), "13", from_receiver=False).effect is Effect.ILLEGAL
    assert judge(Standing(state="done"), "13", from_receiver=False, ask_after_done=False).effect is Effect.ILLEGAL


def test_ex_26_order_follows_the_register_not_the_arrival() -> None:
    """05 was reported after 04; when 04 arrives last, the state stays at 05."""
    assert run("01", "03", "05", "04", seqs=(1, 2, 4, 3)) == [
        (Effect.APPLIED, "arrived"),
        (Effect.APPLIED, "accepted"),
        (Effect.APPLIED, "processing"),
        (Effect.LATE, "processing"),
    ]


@given(st.permutations([("01", 1), ("03", 2), ("04", 3), ("05", 4), ("04", 5), ("06", 6)]))
def test_ex_26_every_order_of_arrival_ends_in_the_same_state(steps: list[tuple[str, int]]) -> None:
    outcome = run(*(code for code, _ in steps), seqs=tuple(seq for _, seq in steps))
    assert outcome[-1][1] == "done"
    assert all(effect in {Effect.APPLIED, Effect.LATE} for effect, _ in outcome)


@given(st.lists(st.sampled_from([*BY_CODE, "07", "12"]), max_size=12))
def test_ex_25_an_illegal_status_changes_nothing(codes: list[str]) -> None:
    before = Standing()
    for code in codes:
        judged = judge(before, code, from_receiver=code != "13")
        if judged.effect in {Effect.ILLEGAL, Effect.UNKNOWN}:
            assert (judged.state, judged.request_open) == (before.state, before.request_open)
            assert judged.why
            continue
        before = Standing(state=judged.state, seen=before.seen | {code}, request_open=judged.request_open)


def test_ex_25_the_register_and_the_table_agree() -> None:
    """Each move that a receiver's register may make is one that the sender's table takes as legal."""
    for transition in RECEIVED.transitions:
        if transition.system:
            continue
        row = next(status for status in STATUSES if status.verb == transition.verb)
        assert set(transition.sources) <= set(row.sources)
        assert transition.to == row.to
        assert transition.needs_reason == row.needs_reason
    assert CODE_OF_STATE["refused"] == "02"


@pytest.mark.parametrize("code", ["02", "13", "16"])
def test_ex_25_refusals_and_requests_need_a_reason(code: str) -> None:
    assert BY_CODE[code].needs_reason
