"""An invented result with all parts filled, for tests of the report. Its figures have no meaning."""

from __future__ import annotations

from functools import cache

import sample_parts as parts
from page_reader import Read, read_page
from sample_dependencies import dependencies

from cellkit.study.advice import advise
from cellkit.study.assumption import RegisterEntry
from cellkit.study.criteria import CriteriaConfig, criteria, judge
from cellkit.study.headline import Headline
from cellkit.study.not_tested import not_tested
from cellkit.study.report.language import LanguageCode
from cellkit.study.report.plotly_script import library
from cellkit.study.report.write import html_text
from cellkit.study.result import (
    ConceptResult,
    Header,
    HowRun,
    Process,
    Reproducibility,
    SourceFile,
    StudyResult,
    TracedRun,
)

ARMS = ("ur5e", "crx-10ia", "gofa")
GRIPPERS = ("2f-85", "egh")
SEEDS = parts.SEEDS
CRITERIA = CriteriaConfig.model_validate(
    {"proven": 0.3, "cycle_p95": 45.0, "parts_per_hour": 60.0, "npv": 0, "peak_power": 3.5}
)


@cache
def sample() -> StudyResult:
    """Return a result with six concepts: some good, one that cannot be built, one that fails a check."""
    stated = criteria(CRITERIA)
    rows = [_headline(number, f"{arm} · {hand}") for number, (arm, hand) in enumerate(_pairs())]
    concepts = [_concept(number, row) for number, row in enumerate(rows)]
    return StudyResult(
        header=Header(
            title="Lathe tending at Voorbeeld B.V.",
            question="Can one robot load and unload the lathe for a shift, and does it pay back?",
            owner="Voorbeeld B.V. <techniek> & co",
            date="2026-11-20",
        ),
        how=HowRun(world="physics", path="direct", seeds=SEEDS, quantity=4),
        process=Process(
            parts_per_year=150_000.0,
            takt=45.0,
            parts_per_hour=60.0,
            operators=1.0,
            scrap=0.03,
            shifts=2.0,
            hours_per_shift=1650.0,
        ),
        criteria=stated,
        concepts=concepts,
        comparison=rows,
        dependencies=[dependencies(rows[0].concept)],
        assumptions=[
            _entry("business.labour.rate", 45.0, "EUR/h", "CBS 2025/42", verified=True),
            _entry("business.price.ur5e", 32000.0, "EUR", "quote of a dealer", note="list price, not negotiated"),
            _entry("energy.standby", 0.0000125, "W/arm", "cellkit, an assumption of our own", default=True),
        ],
        not_tested=not_tested(["energy"], ["The second lathe.", "Parts above 3 kg <heavy>."]),
        reproducibility=Reproducibility(
            command="cellkit study lathe.yaml --html report.html",
            versions={"cellkit": "0.7.0", "python": "3.11.9", "numpy": "2.4.6", "pybullet": "3.2.7"},
            seeds=SEEDS,
            files=[SourceFile(name="lathe.yaml", sha256="ab12" * 16), SourceFile(name="program.py", sha256="0f" * 32)],
            runs=[TracedRun(concept=row.concept, seed=seed, sha256="c3" * 32) for row in rows[:2] for seed in SEEDS],
        ),
    )


@cache
def page_text(code: LanguageCode) -> str:
    """Return the page of the sample study."""
    return html_text(sample(), code)


@cache
def parsed(code: LanguageCode) -> Read:
    """Return the page of the sample study, read without the text of plotly.js, which takes long to parse."""
    return read_page(page_text(code).replace(library(), "/* the library */"))


def _pairs() -> list[tuple[str, str]]:
    return [(arm, hand) for arm in ARMS for hand in GRIPPERS]


def _headline(number: int, concept: str) -> Headline:
    if number == 5:
        return Headline(concept=concept)
    return Headline(
        concept=concept,
        good=3 if number else 2,
        runs=3,
        proven=0.368403 if number else 0.135350,
        cycle_mean=38.123 + number,
        cycle_p95=41.456 + number,
        parts_per_hour=81.2 - 3 * number,
        oee=0.8123 - 0.01 * number,
        energy_per_part=0.012345 * (1 + number),
        average_power=0.4123,
        peak_power=1.9123 + 0.5 * number,
        capex=118_000.0 + 1000 * number,
        payback=2.853 if number != 4 else None,
        npv=121_933.5 - 40_000 * number,
        probability_of_loss=0.01 + 0.05 * number,
        cost_per_part=1.234 + 0.1 * number,
    )


def _concept(number: int, row: Headline) -> ConceptResult:
    arm, hand = _pairs()[number]
    impossible = "the flange of gofa takes no egh: there is no adapter" if number == 5 else None
    built = impossible is None
    checked = parts.feasibility(row.concept, arm, hand, too_tight=number == 3) if built else None
    whole = built and number < 3
    case = parts.business(arm, hand) if whole else None
    return ConceptResult(
        id=row.concept,
        layout="",
        scenario="machine_tending",
        arm=arm,
        gripper=hand,
        speed=1.0,
        impossible=impossible,
        advice=advise(row, judge(criteria(CRITERIA), row), checked and checked.checks, impossible, case),
        feasibility=checked,
        reach_map=parts.reach_map(row.concept, arm) if whole else None,
        runs=parts.runs(row.concept, row.good or 0) if built else None,
        cycle=parts.cycle() if whole else None,
        what_if=parts.what_if() if whole else [],
        shift=parts.shift() if whole else None,
        buffers=parts.buffers() if whole else [],
        energy=parts.energy() if whole else None,
        energy_year=parts.energy_year() if whole else None,
        business=case,
    )


def _entry(path: str, value: float, unit: str, source: str, **rest: object) -> RegisterEntry:
    plain = {"owner": "Voorbeeld B.V.", "date": "2026-11-01", "note": "", "verified": False, "default": False, **rest}
    return RegisterEntry.model_validate({"path": path, "value": value, "unit": unit, "source": source, **plain})
