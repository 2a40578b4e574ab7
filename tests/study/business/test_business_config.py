"""The section of a study file: errors with file and line, assumptions in the register."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from business_rig import Study, read, section

from cellkit.errors import ConfigError
from cellkit.study.assumption import register
from cellkit.study.business.case import require_prices
from cellkit.yamlfile import read_yaml, validate


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"prices__ur5e": -1}, "business.prices.ur5e: -1 is below 0"),
        ({"prices": None}, "'business.prices' is missing"),
        ({"capex__feeding": None}, "'business.capex.feeding' is missing"),
        ({"capex__feeding": -3}, "business.capex.feeding: -3 is below 0"),
        ({"capex__feeding": {}}, "business.capex.feeding: state either eur"),
        ({"capex__feeding": {"eur": 5, "times_robot": 1}}, "business.capex.feeding: state either eur"),
        ({"today__parts_per_hour": 0}, "business.today.parts_per_hour: 0 is not above 0"),
        ({"today__scrap": 1}, "business.today.scrap: all parts are scrap"),
        ({"labour__capture": 1.1}, "business.labour.capture: 1.1 is above 1"),
        ({"labour__capture": None}, "'business.labour.capture' is missing"),
        ({"labour__wage": 30}, "unknown key 'business.labour.wage'; did you mean"),
        ({"hours__shifts": -2}, "business.hours.shifts: -2 is not above 0"),
        ({"finance__life": 0}, "business.finance.life: 0 is not above 0"),
        ({"finance__life": 7.5}, "business.finance.life: 7.5 is not a whole number of years"),
        ({"finance__ramp_up": [0.5, 1.5]}, "business.finance.ramp_up.1: 1.5 is above 1"),
        ({"tax__depreciation_years": 3}, "at most 20 % a year may be written off"),
        ({"change_over__batch": 0}, "business.change_over.batch: 0 is not above 0"),
        ({"spread": {"labour.rate": {"min": 50, "max": 40}}}, "min 50 is above max 40"),
        ({"spread": {"labour.rate": {"min": 40, "mode": 60, "max": 50}}}, "mode 60 is not between"),
        ({"spread": {"labour.rate": {"min": 50, "max": 60}}}, "labour.rate is 45, outside its min 50 and max 60"),
        ({"spread": {"labour.rat": {"min": 40, "max": 50}}}, "'labour.rat' is not a figure.*labour.rate"),
        (
            {"spread": {"labour.capture": {"min": 0.5, "max": 2}}},
            "labour.capture cannot be 2: it must be between 0 and 1",
        ),
        ({"spread": {"finance.life": {"min": 0, "max": 9}}}, "finance.life cannot be 0"),
        ({"spread": {"tax.low": {"min": 0.1, "max": 0.2}}}, "'tax.low' is not a figure"),
        ({"scenarios": {"bad": {"demand": -1}}}, "demand cannot be -1"),
        ({"scenarios": {"bad": {"sales": 1}}}, "scenarios.bad: 'sales' is not a figure"),
        ({"prices__ur5e": 1e300}, "prices.ur5e: 1e\\+300 is above 1e\\+12, the limit of any figure"),
        ({"growth": {"wages": -2}}, "business.growth.wages: -2 is below -0.5"),
        ({"samples": 5}, "business.samples"),
    ],
)
def test_an_error_names_file_and_line(tmp_path: Path, changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint) as caught:
        read(tmp_path, business=section(**changes))
    assert caught.value.file == tmp_path / "study.yaml"
    assert caught.value.line is not None


def test_a_missing_price_is_reported_at_the_prices(tmp_path: Path) -> None:
    study = read(tmp_path, business=section())
    document = read_yaml(tmp_path / "study.yaml")
    with pytest.raises(ConfigError, match=r"study\.yaml:2: business\.prices: no price of 'ur10e'.*did you mean ur5e"):
        require_prices(study.business, ["ur5e", "ur10e"], document)


def test_the_register_marks_stated_and_suggested_figures(tmp_path: Path) -> None:
    entries = {entry.path: entry for entry in register(read(tmp_path, business=section()), "the firm")}
    price = entries["business.prices.ur5e"]
    assert (price.source, price.date, price.owner, price.default) == (
        "quote of a dealer",
        "2026-10-01",
        "the firm",
        False,
    )
    rate = entries["business.labour.rate"]
    assert (rate.owner, rate.default, rate.verified, rate.unit) == ("cellkit", True, True, "EUR/h")
    assert entries["business.capex.feeding.eur"].unit == "EUR"
    assert entries["business.capex.integration.times_robot"].default
    assert entries["business.finance.ramp_up.0"].default
    assert not entries["business.finance.discount"].verified
    assert all(entry.unit for entry in entries.values()), [path for path, entry in entries.items() if not entry.unit]


def test_parts_can_be_given_with_their_source(tmp_path: Path) -> None:
    given = {"times_robot": {"value": 0.5, "source": "integrator's offer"}}
    study = read(tmp_path, business=section(capex__integration=given, capex__feeding={"value": 9, "source": "quote"}))
    entries = {entry.path: entry for entry in register(study)}
    assert entries["business.capex.integration.times_robot"].source == "integrator's offer"
    assert (entries["business.capex.feeding.eur"].value, entries["business.capex.feeding.eur"].source) == (9.0, "quote")


def test_the_example_of_the_guide_is_valid(tmp_path: Path) -> None:
    guide = Path(__file__).parents[3] / "docs/study/business.md"
    file = tmp_path / "guide.yaml"
    file.write_text(guide.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    study = validate(Study, read_yaml(file))
    assert study.business.prices["ur5e"].date == "2026-10-01"
    assert study.incentives.kia is not None
