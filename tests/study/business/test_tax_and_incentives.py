"""Corporate tax and the schemes that lower it: published digits, limits and dates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from business_rig import TODAY, case, config, read, section
from hypothesis import given
from hypothesis import strategies as st

from cellkit.errors import ConfigError
from cellkit.study.assumption import register
from cellkit.study.business.incentives import Eia, IncentivesConfig, Kia, Wbso, wbso
from cellkit.study.business.tax import Brackets, depreciation, taxes

BRACKETS = Brackets(0.19, 0.258, 200_000.0)
KIA = Kia.model_validate({"preset": 2026})


def array(*values: float) -> Any:
    return np.array(values, dtype=float)


def test_wbso_to_its_printed_digits() -> None:
    scheme: dict[str, Any] = {"preset": 2026, "base": 60_000, "wage_tax_due": 1_000_000}
    assert f"{Wbso.model_validate(scheme).benefit():.0f}" == "21600"
    assert f"{Wbso.model_validate({**scheme, 'starter': True}).benefit():.0f}" == "30000"
    assert f"{Wbso.model_validate({**scheme, 'base': 500_000}).benefit():.0f}" == "158204"


def test_wbso_is_never_more_than_the_wage_tax_due() -> None:
    assert Wbso.model_validate({"preset": 2026, "base": 60_000, "wage_tax_due": 9_000}).benefit() == 9_000


@pytest.mark.parametrize(
    ("investment", "deduction"),
    [
        (2_900, "0.00"),
        (50_000, "14000.00"),
        (120_000, "20072.00"),
        (200_000, "14987.60"),
        (398_236, "0.96"),
        (398_237, "0.00"),
    ],
)
def test_kia_to_its_printed_digits(investment: float, deduction: str) -> None:
    assert f"{KIA.deduction(array(investment))[0]:.2f}" == deduction


def test_kia_counts_the_part_that_the_cell_adds() -> None:
    beside = KIA.model_copy(update={"other_investments": KIA.threshold.model_copy(update={"value": 120_000.0})})
    assert beside.added(array(80_000.0))[0] == pytest.approx(14_987.60 - 20_072.0, abs=0.01)


def test_eia_only_for_listed_assets() -> None:
    eia = Eia.model_validate({"preset": 2026, "eligible": 0.25})
    assert list(eia.added(array(100_000.0, 9_000.0))) == [10_000.0, 0.0]


def test_tax_in_two_brackets() -> None:
    assert list(BRACKETS.tax(array(-5.0, 100_000.0, 300_000.0))) == [0.0, 19_000.0, 38_000.0 + 25_800.0]
    assert list(BRACKETS.marginal(array(-5.0, 100_000.0, 300_000.0))) == [0.0, 0.19, 0.258]


def test_a_loss_is_carried_forward_and_old_profit_is_taxed_as_before() -> None:
    more = taxes(BRACKETS, array(0.0), array([-50_000.0], [30_000.0], [40_000.0])[..., 0].reshape(3, 1))
    assert more[:, 0] == pytest.approx([0.0, 0.0, 0.19 * 20_000.0])
    in_profit = taxes(BRACKETS, array(100_000.0), np.array([[-50_000.0]]))
    assert in_profit[0, 0] == pytest.approx(-9_500.0), "a loss beside a profit saves tax at once"


def test_old_losses_reduce_half_of_the_profit_above_a_million() -> None:
    more = taxes(Brackets(0.2, 0.2, 0.0), array(0.0), np.array([[-3e6], [2e6], [2e6]]))
    assert more[:, 0] == pytest.approx([0.0, 0.2 * 0.5e6, 0.2 * 0.5e6])


def test_the_innovation_box_lowers_the_rate_to_its_own() -> None:
    boxed = np.array([[20_000.0], [20_000.0]])
    plain = taxes(BRACKETS, array(0.0), np.array([[50_000.0], [5_000.0]]))
    helped = taxes(BRACKETS, array(0.0), np.array([[50_000.0], [5_000.0]]), boxed, 0.09)
    assert (plain - helped)[:, 0] == pytest.approx([20_000 * (0.19 - 0.09), 5_000 * (0.19 - 0.09)])


@given(st.floats(1, 1e6), st.integers(5, 12), st.floats(1.0, 15.0))
def test_the_whole_amount_is_depreciated_within_the_life(amount: float, years: int, life: float) -> None:
    written = depreciation(array(amount), years, array(life), int(np.ceil(life)))
    assert written.sum() == pytest.approx(amount)
    assert (written >= -1e-9 * amount).all()


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_more_own_work_brings_no_less(base: float, more: float) -> None:
    assert wbso(base + more, 0.36, 391_020, 0.16) >= wbso(base, 0.36, 391_020, 0.16)


def test_all_schemes_are_off_unless_named() -> None:
    assert list(IncentivesConfig().schemes()) == []
    assert case().incentives == []
    assert all(year.incentives == 0 for year in case().years)


def test_a_scheme_in_the_case_saves_just_the_tax_on_its_deduction() -> None:
    given = config(tax__firm_profit=500_000)
    (line,) = (result := case(given, {"kia": {"preset": 2026}})).incentives
    expected = 0.258 * float(KIA.deduction(array(result.capex_total))[0])
    assert line.by_year == pytest.approx([expected] + [0.0] * 7)
    assert result.after_tax.npv == pytest.approx(case(given).after_tax.npv + expected / 1.08)
    assert result.years[1].incentives == pytest.approx(expected)


def test_a_deduction_without_profit_helps_only_later() -> None:
    (line,) = case(config(finance__ramp_up=[0.05, 1.0]), {"kia": {"preset": 2026}}).incentives
    assert line.by_year[0] == 0
    assert line.by_year[1] > 0


def test_wbso_in_the_case_is_taxed_and_not_a_purchase_subsidy() -> None:
    scheme = {"preset": 2026, "base": 60_000, "wage_tax_due": 50_000, "years": 2}
    (line,) = case(config(tax__firm_profit=500_000), {"wbso": scheme}).incentives
    assert line.by_year == pytest.approx([21_600 * (1 - 0.258)] * 2 + [0.0] * 6)
    assert line.note.startswith("not a subsidy for buying a robot")
    (untaxed,) = case(config(tax__apply=False), {"wbso": scheme}).incentives
    assert untaxed.by_year == pytest.approx([21_600.0] * 2 + [0.0] * 6)


@pytest.mark.parametrize(
    ("today", "warning"),
    [
        ("2025-12-31", "KIA: the figures are valid from 2026-01-01; on 2025-12-31 they are not yet valid"),
        ("2026-01-01", None),
        ("2026-12-31", None),
        ("2027-01-01", "KIA: the figures were valid until 2026-12-31; they may differ or not exist on 2027-01-01"),
    ],
)
def test_a_warning_outside_the_period(today: str, warning: str | None) -> None:
    given = IncentivesConfig.model_validate({"kia": {"preset": 2026}})
    assert [scheme.warning(today) for _, scheme in given.schemes()] == [warning]
    remarks = [one.text for one in case(incentives={"kia": {"preset": 2026}}, today=today).remarks]
    assert (warning in remarks) == (warning is not None)


def test_a_deduction_without_tax_is_reported() -> None:
    keys = [one.key for one in case(config(tax__apply=False), {"kia": {"preset": 2026}}).remarks]
    assert "incentive.no_tax" in keys


def test_a_deduction_lost_by_other_investments_is_reported() -> None:
    given = {"kia": {"preset": 2026, "other_investments": 350_000}}
    result = case(config(tax__firm_profit=500_000), given)
    assert "incentive.kia_lost" in [one.key for one in result.remarks]
    assert result.incentives[0].by_year[0] < 0


def test_the_register_lists_preset_figures_with_their_source_and_a_study_can_replace_them(tmp_path: Path) -> None:
    study = read(tmp_path, business=section(), incentives={"kia": {"preset": 2026, "rate": 0.3}})
    entries = {entry.path: entry for entry in register(study, "the firm")}
    assert entries["incentives.kia.fixed"].value == 20_072.0
    assert entries["incentives.kia.fixed"].owner == "cellkit"
    assert "[S51]" in entries["incentives.kia.fixed"].source
    assert not entries["incentives.kia.reduction"].verified
    assert "398,263" in entries["incentives.kia.end"].note
    assert (entries["incentives.kia.rate"].value, entries["incentives.kia.rate"].owner) == (0.3, "the firm")


@pytest.mark.parametrize(
    ("incentives", "complaint"),
    [
        ({"kia": {"preset": 2019}}, "study.yaml:.*no figures of 2019 are shipped; valid: 2026"),
        ({"kia": {"preset": 2026, "rate": 1.2}}, "study.yaml:[0-9]+: incentives.kia.rate: 1.2 is above 1"),
        ({"kia": {"preset": 2026, "end": 10}}, "must be in ascending order"),
        ({"wbso": {"preset": 2026, "base": 10}}, "'incentives.wbso.wage_tax_due' is missing"),
        ({"eia": {"preset": 2026, "eligible": 0.5, "valid_to": "2025-01-01"}}, "is after valid_to"),
        ({"eia": {"preset": 2026, "eligible": 0.5, "valid_to": "soon"}}, "'soon' is not a date"),
        ({"kia": {}}, "'incentives.kia.valid_from' is missing"),
        ({"subsidy": {}}, "unknown key 'incentives.subsidy'"),
    ],
)
def test_bad_schemes_are_refused(tmp_path: Path, incentives: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        read(tmp_path, business=section(), incentives=incentives)


def test_no_warning_today() -> None:
    given = IncentivesConfig.model_validate({"kia": {"preset": 2026}})
    assert [scheme.warning(TODAY) for _, scheme in given.schemes()] == [None]
