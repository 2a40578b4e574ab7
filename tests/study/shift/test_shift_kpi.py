"""ISO 22400-2: the formulas to the printed digit, and figures without a denominator."""

from __future__ import annotations

import pytest

from cellkit.study.shift.kpi import Elements, kpis


def test_the_published_example() -> None:
    found = kpis(Elements(pbt=480 * 60, apt=400 * 60, pri=30, pq=720, gq=700, sq=20))
    assert f"{found.availability:.4f} {found.effectiveness:.4f}" == "0.8333 0.9000"
    assert f"{found.quality_ratio:.4f} {found.oee:.4f}" == "0.9722 0.7292"


def test_all_other_figures_by_hand() -> None:
    found = kpis(
        Elements(
            pbt=1000,
            apt=600,
            aust=100,
            adet=200,
            adot=100,
            aoet=900,
            pri=5,
            pq=100,
            gq=90,
            rq=4,
            sq=6,
            ip=96,
            fe=3,
            tbf=600,
            ttr=100,
            apwt=30,
            apat=120,
        )
    )
    assert found.allocation_efficiency == pytest.approx(900 / 1000)
    assert found.utilization_efficiency == pytest.approx(600 / 900)
    assert found.technical_efficiency == pytest.approx(600 / 800)
    assert found.setup_ratio == pytest.approx(100 / 700)
    assert found.nee == pytest.approx(0.7 * (500 / 600) * 0.9)
    assert found.oee == pytest.approx(0.6 * (500 / 600) * 0.9)
    assert found.throughput_rate == pytest.approx(400.0), "parts an hour"
    assert (found.scrap_ratio, found.rework_ratio) == (0.06, 0.04)
    assert found.first_pass_yield == pytest.approx(90 / 96)
    assert found.worker_efficiency == 0.25
    assert (found.mtbf, found.mttr) == (150.0, 25.0)


def test_nothing_planned_or_made_gives_no_figure() -> None:
    found = kpis(Elements(pbt=0, apt=0, pri=5, pq=0, gq=0))
    ratios = found.model_dump(exclude={"mtbf", "mttr"})
    assert set(ratios.values()) == {None}
    assert (found.mtbf, found.mttr) == (0.0, 0.0)


@pytest.mark.parametrize(("field", "value"), [("apt", -1.0), ("pq", -1), ("sq", 9), ("pbt", float("nan")), ("gq", 6)])
def test_impossible_elements_are_refused(field: str, value: float) -> None:
    given = {"pbt": 100.0, "apt": 50.0, "pri": 5.0, "pq": 5, "gq": 5} | {field: value}
    with pytest.raises(ValueError, match=r"input|produced"):
        Elements.model_validate(given)
