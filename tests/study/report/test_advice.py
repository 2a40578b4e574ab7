"""Go, pilot or no-go: every reason for each advice, and the criteria."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from sample_parts import business

from cellkit.study.advice import advise
from cellkit.study.criteria import AT_LEAST, CriteriaConfig, criteria, judge
from cellkit.study.feasibility.result import Check, Verdict
from cellkit.study.headline import Headline
from cellkit.study.not_tested import ALWAYS, not_tested

ROW = Headline(concept="a", good=5, runs=5, cycle_p95=40.0, npv=1000.0)
LIMITS = criteria(CriteriaConfig.model_validate({"cycle_p95": 45, "npv": 0}))
GOOD = [Check(key="reach", verdict=Verdict.PASS, message="reach.pass", figures={"required": 3.0})]


def check(verdict: Verdict) -> Check:
    return Check(key="reach", verdict=verdict, message="reach.unknown")


def keys(row: Headline, checks: list[Check] | None, limits: dict[str, float] | None = None) -> tuple[str, list[str]]:
    held = LIMITS if limits is None else criteria(CriteriaConfig.model_validate(limits))
    advice = advise(row, judge(held, row), checks)
    return advice.word, [reason.key for reason in advice.reasons]


def test_go_needs_every_condition() -> None:
    assert keys(ROW, GOOD) == ("go", [])


@pytest.mark.parametrize(
    ("verdict", "word", "key"),
    [
        (Verdict.FAIL, "no-go", "check_failed"),
        (Verdict.MARGINAL, "pilot", "check_marginal"),
        (Verdict.UNKNOWN, "pilot", "check_not_known"),
    ],
)
def test_a_check_that_does_not_pass_is_no_go_or_a_pilot(verdict: Verdict, word: str, key: str) -> None:
    assert keys(ROW, [*GOOD, check(verdict)]) == (word, [key])


def test_reasons_against_come_before_open_questions() -> None:
    word, reasons = keys(ROW, [check(Verdict.MARGINAL)], {"cycle_p95": 39, "npv": 0})
    assert (word, reasons) == ("no-go", ["criterion_missed_high", "check_marginal"])


@pytest.mark.parametrize(
    ("good", "runs", "word", "reasons"),
    [
        (4, 5, "pilot", ["failed_runs"]),
        (0, 5, "no-go", ["no_good_run"]),
        (None, None, "pilot", ["no_runs"]),
    ],
)
def test_runs(good: int | None, runs: int | None, word: str, reasons: list[str]) -> None:
    assert keys(ROW.model_copy(update={"good": good, "runs": runs}), GOOD) == (word, reasons)


def test_a_study_without_criteria_or_feasibility_is_a_pilot_at_best() -> None:
    assert keys(ROW, GOOD, {}) == ("pilot", ["no_criteria"])
    assert keys(ROW, None) == ("pilot", ["no_feasibility"])


def test_limits_themselves_are_met() -> None:
    row = ROW.model_copy(update={"cycle_p95": 45.0, "npv": 0.0})
    assert [one.met for one in judge(LIMITS, row)] == [True, True]
    row = ROW.model_copy(update={"cycle_p95": 45.001, "npv": -0.01})
    assert [one.met for one in judge(LIMITS, row)] == [False, False]
    assert keys(row, GOOD) == ("no-go", ["criterion_missed_high", "criterion_missed_low"])


def test_a_figure_that_is_missing_is_neither_met_nor_missed() -> None:
    row = ROW.model_copy(update={"npv": None})
    assert [one.met for one in judge(LIMITS, row)] == [True, None]
    assert keys(row, GOOD) == ("pilot", ["criterion_open"])


def test_a_cash_flow_that_never_pays_back_misses_the_criterion() -> None:
    row = ROW.model_copy(update={"npv": -5.0, "payback": None})
    assert keys(row, GOOD, {"payback": 3}) == ("no-go", ["criterion_never"])
    assert keys(row.model_copy(update={"npv": None}), GOOD, {"payback": 3}) == ("pilot", ["criterion_open"])


def test_a_cell_that_makes_too_few_parts_is_a_pilot() -> None:
    case = business("ur5e", "egh")
    judged = judge(LIMITS, ROW)
    plenty = case.model_copy(update={"demand": case.cell.good})
    assert advise(ROW, judged, GOOD, business=plenty).word == "go"
    short = advise(ROW, judged, GOOD, business=case.model_copy(update={"demand": case.cell.good + 1}))
    assert short.word == "pilot"
    assert [(one.key, one.value, one.limit) for one in short.reasons] == [
        ("volume_short", case.cell.good, case.cell.good + 1)
    ]


def test_a_cell_that_cannot_be_built_is_a_no_go_for_that_reason_alone() -> None:
    advice = advise(Headline(concept="a"), judge(LIMITS, Headline(concept="a")), None, "no such flange")
    assert advice.word == "no-go"
    assert [(one.key, one.because) for one in advice.reasons] == [("impossible", "no such flange")]


def test_every_criterion_is_a_figure_of_the_comparison() -> None:
    assert set(CriteriaConfig.model_fields) <= set(Headline.model_fields)
    assert set(AT_LEAST) <= set(CriteriaConfig.model_fields)


@pytest.mark.parametrize("given", [{"proven": 1.2}, {"payback": -1}, {"cycle": 3}])
def test_impossible_criteria_are_refused(given: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        CriteriaConfig.model_validate(given)


def test_points_that_are_never_tested_are_always_listed() -> None:
    points = not_tested(["business"], ["The second lathe."])
    assert [one.key for one in points] == [*ALWAYS, "part_business", ""]
    assert points[-1].text == "The second lathe."
