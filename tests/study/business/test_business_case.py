"""The whole case: the reference digits through the model, its sums, and the effect of hours, demand and batches."""

from __future__ import annotations

import numpy as np
import pytest
from business_rig import PERFORMANCE, case, config
from hypothesis import given, settings
from hypothesis import strategies as st

from cellkit.errors import ConfigError
from cellkit.study.business.case import require_layouts, require_prices
from cellkit.study.business.change_over import break_even_batch
from cellkit.study.business.finance import npv, payback
from cellkit.study.business.performance import Performance
from cellkit.study.business.result import BusinessCase
from cellkit.study.business.sensitivity import wilson

NOTHING_ELSE = {"feeding": 0, "vision": 0, "safety": 0, "training": 0, "integration": 0, "installation": 0}


def reference() -> BusinessCase:
    """Return the case: capex 120,000; saving 52,000 (1,300 h at 40 EUR/h); opex 6,000 + 2,400 + 1,500; 8 years, 8 %."""
    given = config(
        prices={"ur5e": 110_000, "2f-85": 10_000},
        capex={**NOTHING_ELSE, "contingency": 0},
        today={"parts_per_hour": 100, "operators": 1, "scrap": 0},
        labour={"rate": 40, "capture": 1},
        hours={"shifts": 1, "hours_per_shift": 1_300},
        product={"margin": 5, "part_cost": 4},
        running={"maintenance": 0.05, "energy_price": 0.24, "support": 1_500},
        finance={"ramp_up": []},
        tax={"apply": False},
        change_over=None,
    )
    energy = 10_000 / 130_000  # 10,000 kWh a year
    performance = Performance(parts_per_hour=100, scrap=0, energy_per_part=energy, operators=0)
    return case(given, performance=performance, demand=130_000)


def test_the_reference_case_through_the_model() -> None:
    result = reference()
    assert result.capex_total == 120_000
    year = result.years[3]
    assert year.savings == {"labour": 52_000, "margin": 0, "quality": 0, "other": 0}
    assert [round(cost, 6) for cost in year.costs.values()] == [6_000, 2_400, 0, 1_500, 0]
    money = result.after_tax
    assert (f"{money.payback:.3f}", f"{money.discounted_payback:.3f}") == ("2.850", "3.372")
    assert (f"{money.npv:,.2f}", f"{money.irr:.4f}") == ("121,933.50", "0.3105")
    assert f"{result.equivalent_annual_cost:,.2f}" == "20,881.77"
    assert result.total_cost_of_ownership == pytest.approx(120_000 + 8 * 9_900)
    assert result.cell.cost_per_part == pytest.approx((20_881.77 + 9_900) / 130_000, abs=1e-6)
    assert result.today.cost_per_part == pytest.approx(52_000 / 130_000)
    assert result.before_tax == result.after_tax


def test_the_table_adds_up() -> None:
    result = case(incentives={"kia": {"preset": 2026}})
    assert sum(line.value for line in result.capex) == pytest.approx(result.capex_total)
    assert sum(line.share for line in result.capex) == pytest.approx(1.0)
    total = 0.0
    for year in result.years:
        saved, spent = sum(year.savings.values()), sum(year.costs.values())
        expected = saved - spent - year.tax + year.incentives + year.residual
        assert year.cash == pytest.approx(expected if year.year else -result.capex_total)
        total += year.cash
        assert year.cumulative == pytest.approx(total)
    flows = [year.cash for year in result.years]
    assert result.after_tax.npv == npv(flows, 0.08) == pytest.approx(result.years[-1].discounted)
    assert result.after_tax.payback == payback(flows).value
    assert sum(year.depreciation for year in result.years) == pytest.approx(result.capex_total)


def test_the_price_of_each_model_and_multiples_of_the_arms() -> None:
    result = case(arms=["ur5e", "ur5e"], grippers=["2f-85", "2f-85"])
    lines = {line.part: line.value for line in result.capex}
    assert (lines["robot"], lines["gripper"], lines["controller"]) == (64_000, 9_000, 0)
    assert lines["integration"] == pytest.approx(0.33 * 64_000)
    assert lines["contingency"] == pytest.approx(0.1 * (result.capex_total - lines["contingency"]))
    assert result.times_robot == pytest.approx(result.capex_total / 64_000)


def test_a_layout_adds_its_extra_cost() -> None:
    given = config(capex__layouts={"two machines": 9_000})
    plain, more = case(given), case(given, layout="two machines")
    assert more.capex_total - plain.capex_total == pytest.approx(9_000 * 1.1)


def test_a_layout_that_the_study_does_not_have() -> None:
    given = config(capex__layouts={"two machines": 9_000})
    require_layouts(given, ["one machine", "two machines"])
    with pytest.raises(ConfigError, match=r"capex\.layouts: the study has no layout 'two machines'"):
        require_layouts(given, ["one machine"])


def test_demand_limits_output_and_hours() -> None:
    given = config(change_over=None)
    little = case(given, demand=58_200)
    assert little.today.good == little.cell.good == 58_200
    assert little.today.hours == pytest.approx(58_200 / (60 * 0.97))
    assert little.cell.operator_hours == pytest.approx(0.2 * little.cell.hours)
    much = case(given, demand=1e6)
    assert much.today.good == much.today.limit == pytest.approx(3_300 * 60 * 0.97)
    assert much.years[1].savings["margin"] == pytest.approx(0.66 * 1.5 * (much.cell.good - much.today.good))
    assert {"volume.short", "volume.short_today"} <= {one.key for one in much.remarks}


def test_unattended_hours_make_parts_without_operators() -> None:
    result = case(config(hours__unattended=2_000, change_over=None), demand=1e6)
    assert result.cell.hours == pytest.approx(5_300)
    assert result.cell.operator_hours == pytest.approx(0.2 * 3_300)


def test_missed_parts_and_added_hours_cost_in_full() -> None:
    slow = Performance(parts_per_hour=30, scrap=0, energy_per_part=0, operators=2)
    result = case(
        config(change_over=None, product__saleable=0.1, labour__capture=0.1), performance=slow, demand=190_000
    )
    year = result.years[1]
    assert year.savings["margin"] == pytest.approx((99_000 - 190_000) * 1.5), "a loss is not ramped up"
    assert year.savings["labour"] == pytest.approx((190_000 / 58.2 - 2 * 3_300) * 45)
    assert result.after_tax.payback is None
    assert result.after_tax.why_not["irr"].text == "the cash flow is never positive"
    assert result.monte_carlo.p_negative == 1.0
    assert "labour.none_released" in [one.key for one in result.remarks]


def test_scrap_is_the_parts_made_that_are_not_good() -> None:
    result = case(config(finance__ramp_up=[]), demand=97_000)
    assert result.today.scrap == pytest.approx(3_000)
    assert result.years[1].savings["quality"] == pytest.approx((3_000 - 97_000 / 99) * 4)


def test_ramp_up_growth_services_and_residual_by_year() -> None:
    given = config(
        finance__ramp_up=[0.5, 0.8],
        finance__residual=0.1,
        growth={"wages": 0.03, "energy": 0.1, "other": 0.02},
        running__major_service=4_000,
        running__service_interval=4,
    )
    years = case(given).years
    labour = [year.savings["labour"] for year in years]
    assert labour[2] / labour[1] == pytest.approx(0.8 / 0.5 * 1.03)
    assert labour[4] / labour[3] == pytest.approx(1.03)
    assert years[3].costs["energy"] / years[2].costs["energy"] == pytest.approx(1.1)
    assert [year.costs["major_service"] for year in years] == [0, 0, 0, 0, pytest.approx(4_000 * 1.02**3), 0, 0, 0, 0]
    assert [year.residual > 0 for year in years] == [False] * 8 + [True]
    assert sum(year.depreciation for year in years) == pytest.approx(0.9 * case(given).capex_total)


def test_the_break_even_batch() -> None:
    assert break_even_batch(0.5, 45.0, 0.3) == pytest.approx(75.0)
    assert break_even_batch(0.5, 45.0, 0.0) is None
    assert break_even_batch(-0.5, 45.0, 0.3) == 0.0
    result = case().change_over
    assert result is not None
    at = np.interp(
        result.break_even or 0, [one.batch for one in result.curve], [one.today - one.cell for one in result.curve]
    )
    assert result.break_even == pytest.approx(0.5 * 45 / result.saving_per_part)
    assert at == pytest.approx(0.0, abs=0.02 * result.saving_per_part)
    assert case(config(change_over=None)).change_over is None


def test_set_up_takes_hours_of_small_batches() -> None:
    small, large = (case(config(change_over__batch=batch), demand=1e6) for batch in (50, 5_000))
    assert small.cell.good < large.cell.good
    assert small.cell.good == pytest.approx(3_300 / (1 / (70 * 0.99) + 0.75 / 50))


def test_a_missing_price_or_bad_demand_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"business\.prices: no price of 'gp7'; add gp7: \{value: …, source: …\}"):
        case(arms=["gp7"])
    require_prices(config(), ["ur5e", "2f-85"])
    for demand in (-5, 0, float("nan"), float("inf")):
        with pytest.raises(ConfigError, match=r"demand: .* parts a year; it must be above 0"):
            case(demand=demand)


def test_an_unusual_price_is_reported() -> None:
    assert "capex.unusual" not in [one.key for one in case().remarks]
    assert "capex.unusual" in [one.key for one in case(config(capex=NOTHING_ELSE)).remarks]


def test_the_tornado_has_the_base_case_in_its_middle() -> None:
    result = case(config(**{"spread": {"labour.rate": {"min": 40, "max": 45}}}))
    assert [bar.swing for bar in result.tornado] == sorted((bar.swing for bar in result.tornado), reverse=True)
    by_name = {bar.figure: bar for bar in result.tornado}
    rate = by_name["labour.rate"]
    assert (rate.stated, rate.low, rate.high) == (True, 40, 45)
    assert rate.npv_high == pytest.approx(result.after_tax.npv, abs=1e-6)
    capture = by_name["labour.capture"]
    assert (capture.stated, capture.low, capture.high) == (False, pytest.approx(0.64), pytest.approx(0.96))
    assert case(config(labour__capture=0.9)).tornado  # 0.9 × 1.2 is above 1, so the bar is limited:
    assert {bar.figure: bar.high for bar in case(config(labour__capture=0.9)).tornado}["labour.capture"] == 1.0
    assert "performance.parts_per_hour" in by_name
    assert "demand" in by_name
    assert not any(name.startswith("tax.") for name in by_name)


def test_a_spread_is_the_studys_or_measured_or_the_variation() -> None:
    measured = PERFORMANCE.model_copy(update={"spread": {"parts_per_hour": (55.0, 80.0), "scrap": (0.0, 0.04)}})
    result = case(config(spread={"performance.scrap": {"min": 0.02, "max": 0.05}}), performance=measured)
    bars = {bar.figure: bar for bar in result.tornado}
    speed, scrap, energy = (bars[f"performance.{name}"] for name in ("parts_per_hour", "scrap", "energy_per_part"))
    assert (speed.low, speed.high, speed.measured, speed.stated) == (55.0, 80.0, True, False)
    assert (energy.measured, energy.stated) == (False, False)
    assert (scrap.low, scrap.high, scrap.stated) == (0.01, 0.05, True), "widened to the measured figure"
    (remark,) = [one for one in result.remarks if one.key == "spread.outside"]
    assert remark.values == {"figure": "performance.scrap", "base": 0.01, "low": 0.02, "high": 0.05}


@pytest.mark.parametrize("spread", [{"cycle": (1.0, 2.0)}, {"scrap": (0.2, 0.1)}, {"scrap": (0.0, 1.5)}])
def test_a_bad_measured_spread_is_refused(spread: dict[str, tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match=r"valid|it must be between"):
        Performance(parts_per_hour=1, scrap=0, energy_per_part=0, operators=0, spread=spread)


def test_runs_without_scrap_are_remarked_on() -> None:
    clean = PERFORMANCE.model_copy(update={"scrap": 0.0})
    assert "scrap.none" in [one.key for one in case(performance=clean).remarks]
    spread = config(spread={"performance.scrap": {"min": 0, "max": 0.02}})
    assert "scrap.none" not in [one.key for one in case(spread, performance=clean).remarks]


def test_the_widest_variation_still_gives_numbers() -> None:
    result = case(config(variation=1.0))
    values = [npv for bar in result.tornado for npv in (bar.npv_low, bar.npv_high)]
    assert all(np.isfinite([*values, result.monte_carlo.mean, result.monte_carlo.deviation]))


def test_a_bar_is_the_case_with_that_figure_changed() -> None:
    result = case()
    bar = next(bar for bar in result.tornado if bar.figure == "prices.ur5e")
    dearer = case(config(prices={"ur5e": bar.high, "2f-85": 4500}))
    assert dearer.after_tax.npv == pytest.approx(bar.npv_high, abs=1e-6)
    life = next(bar for bar in result.tornado if bar.figure == "finance.life")
    assert life.npv_low < result.after_tax.npv < life.npv_high


def test_without_variation_every_draw_is_the_base_case() -> None:
    result = case(config(variation=0))
    assert result.tornado == []
    assert result.monte_carlo.deviation == pytest.approx(0.0, abs=1e-6)
    assert result.monte_carlo.mean == pytest.approx(result.after_tax.npv)


def test_draws_repeat_by_seed_and_follow_their_triangle() -> None:
    spread = {"labour.rate": {"min": 30, "mode": 40, "max": 59}}
    given = config(variation=0, spread=spread, tax={"apply": False}, samples=20_000)
    one, again, other = (case(given.model_copy(update={"seed": seed})).monte_carlo for seed in (1, 1, 2))
    assert one == again
    assert one.mean != other.mean
    low = case(config(variation=0, tax={"apply": False}, labour__rate=30)).after_tax.npv
    high = case(config(variation=0, tax={"apply": False}, labour__rate=59)).after_tax.npv
    mean = (30 + 40 + 59) / 3  # of a triangular distribution; without tax the value is linear in the rate
    assert one.mean == pytest.approx(low + (high - low) * (mean - 30) / 29, abs=4 * one.deviation / 20_000**0.5)
    assert low <= one.bins[0].start
    assert one.bins[-1].end <= high
    assert sum(one_bin.count for one_bin in one.bins) == 20_000
    assert one.p_negative_low <= one.p_negative <= one.p_negative_high
    values = [one_percentile.npv for one_percentile in one.percentiles]
    assert values == sorted(values)


def test_the_interval_of_a_share() -> None:
    low, high = wilson(10, 100)
    assert (f"{low:.4f}", f"{high:.4f}") == ("0.0552", "0.1744")
    assert wilson(0, 100)[0] == 0.0
    assert wilson(100, 100)[1] == 1.0


def test_scenarios() -> None:
    result = {one.name: one for one in case().scenarios}
    assert result["pessimistic"].after_tax.npv < result["base"].after_tax.npv < result["optimistic"].after_tax.npv
    assert result["base"].after_tax == case().after_tax
    assert len(result["pessimistic"].figures) == 5
    own = case(config(scenarios={"pessimistic": {"labour.capture": 0.5}, "strike": {"demand": 1000}})).scenarios
    assert [(one.name, one.figures) for one in own if one.name != "optimistic"] == [
        ("pessimistic", {"labour.capture": 0.5}),
        ("base", {}),
        ("strike", {"demand": 1000.0}),
    ]


def test_the_result_survives_json() -> None:
    result = case(incentives={"kia": {"preset": 2026}})
    assert BusinessCase.model_validate_json(result.model_dump_json()) == result


@settings(max_examples=12, deadline=None)
@given(st.floats(0.1, 1.0), st.floats(5e3, 4e5), st.floats(0, 0.2), st.floats(0, 2), st.floats(10, 300))
def test_for_any_cell_the_parts_of_the_case_agree(
    capture: float, demand: float, scrap: float, operators: float, speed: float
) -> None:
    performance = Performance(parts_per_hour=speed, scrap=scrap, energy_per_part=0.01, operators=operators)
    given = config(labour__capture=capture, samples=100)
    result = case(given, performance=performance, demand=demand)
    assert result.cell.good <= min(demand, result.cell.limit) * (1 + 1e-12)
    assert result.cell.hours <= 3_300 * (1 + 1e-12)
    by_name = {one.name: one.after_tax.npv for one in result.scenarios}
    assert by_name["base"] == pytest.approx(result.after_tax.npv)
    assert result.after_tax.npv <= result.before_tax.npv + 1e-6
    for bar in result.tornado:
        assert bar.low <= bar.base <= bar.high


@settings(max_examples=12, deadline=None)
@given(st.floats(0.0, 0.9), st.floats(0.0, 0.1))
def test_more_captured_hours_never_lower_the_value(capture: float, more: float) -> None:
    one, other = (config(labour__capture=share, samples=100) for share in (capture, capture + more))
    assert case(other).after_tax.npv >= case(one).after_tax.npv - 1e-6
    assert case(one).cell == case(other).cell
    assert PERFORMANCE.operators < 1


def test_yearly_costs_by_parts_made_and_premium_paid() -> None:
    given = config(
        labour={"rate": 40, "premium": 0.25, "capture": 1},
        product__consumables=0.02,
        today__energy_per_part=0.01,
        today__other_costs=700,
        finance__ramp_up=[],
    )
    result = case(given)
    year, made = result.years[2], 150_000 / 0.99
    released = result.today.operator_hours - result.cell.operator_hours
    assert year.savings["labour"] == pytest.approx(50 * released)
    assert year.savings["other"] == pytest.approx(150_000 / 0.97 * 0.01 * 0.20 + 700)
    assert year.costs["energy"] == pytest.approx(made * 0.004 * 0.20)
    assert year.costs["consumables"] == pytest.approx(made * 0.02)
    running = sum(year.costs.values())
    assert result.running_costs == pytest.approx(running)
    operators = 50 * result.cell.operator_hours
    assert result.total_cost_of_ownership == pytest.approx(result.capex_total + 8 * (running + operators))
    scrap = result.cell.scrap * 4
    assert result.cell.cost_per_part * 150_000 == pytest.approx(
        result.equivalent_annual_cost + running + operators + scrap
    )


def test_figures_are_drawn_independently_and_concepts_share_their_draws() -> None:
    """Compare one cost with two: from one stream their sum would vary sqrt(2) times as much as from two."""
    without = {"variation": 0, "tax": {"apply": False}, "samples": 20_000}
    wide = {"min": 0, "mode": 6_000, "max": 12_000}
    both = config(**without, capex__feeding=6_000, spread={"capex.feeding.eur": wide, "capex.safety.eur": wide})
    one = config(**without, capex__feeding=6_000, spread={"capex.safety.eur": wide})
    ratio = case(both).monte_carlo.deviation / case(one).monte_carlo.deviation
    assert ratio == pytest.approx(2**0.5, rel=0.03)
    dearer = case(config(**without, capex__feeding=9_000, spread={"capex.safety.eur": wide})).monte_carlo
    assert dearer.mean == pytest.approx(case(one).monte_carlo.mean - 1.1 * 3_000 * (1 + 0.035 * 5.746639), abs=0.5)
    assert dearer.deviation == pytest.approx(case(one).monte_carlo.deviation)
