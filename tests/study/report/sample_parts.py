"""The parts of a concept of the sample study. The figures are invented, but of a realistic kind and size."""

from __future__ import annotations

import math
from typing import Any

from cellkit.study.business.case import business_case
from cellkit.study.business.config import BusinessConfig
from cellkit.study.business.incentives import IncentivesConfig
from cellkit.study.business.performance import Performance
from cellkit.study.business.result import BusinessCase
from cellkit.study.cycle.table import Bottleneck, CycleLine, CycleTable, DeviceUse, Takt
from cellkit.study.cycle.what_if import WhatIf
from cellkit.study.energy.certainty import TEXTS, Certainty, Coefficient, Statement
from cellkit.study.energy.profile import ArmPower, Curve, PowerFigures, PowerProfile
from cellkit.study.energy.result import Band, CellsPower, EnergyResult, EnergyYear
from cellkit.study.energy.result import Spread as EnergySpread
from cellkit.study.feasibility.result import (
    Check,
    Contribution,
    Feasibility,
    MapLayer,
    MapPoint,
    PoseResult,
    ReachMap,
    ToleranceStack,
    Verdict,
)
from cellkit.study.runs.sweep import ConceptRuns, FailureReason
from cellkit.study.shift.buffers import BufferGain
from cellkit.study.shift.calibration import Calibration
from cellkit.study.shift.kpi import Elements, kpis
from cellkit.study.shift.result import People, Shift, ShiftFault, ShiftStudy
from cellkit.study.shift.simulate import summarised

SEEDS = [1, 2, 3]


def feasibility(concept: str, arm: str, gripper: str, *, too_tight: bool = False) -> Feasibility:
    reach: dict[str, float | str] = {"required": 12.0}
    margin: dict[str, float | str] = {"joint": "wrist_2", "room": 0.1234, "wanted": 0.1745, "pose": "chuck above"}
    payload: dict[str, float | str] = {"arm": arm, "total": 2.345, "allowed": 5.0, "tool": 0.925, "parts": 1.42}
    checks = [
        Check(key="reach", verdict=Verdict.PASS, message="reach.pass", figures=reach),
        Check(key="payload", verdict=Verdict.PASS, message="payload.pass", figures=payload, unverified=["tool mass"]),
    ]
    if too_tight:
        tight: dict[str, float | str] = {"tolerance": 1e-5, "arm": arm, "repeatability": 3e-5}
        tight |= {"best_arm": "tx2-60", "best": 2e-5}
        checks.append(Check(key="tolerance", verdict=Verdict.FAIL, message="tolerance.any_arm", figures=tight))
        checks.append(
            Check(key="joint_margin", verdict=Verdict.MARGINAL, message="joint_margin.marginal", figures=margin)
        )
    return Feasibility(
        concept=concept,
        arm=arm,
        gripper=gripper,
        layout="",
        speed=1.0,
        checks=checks,
        poses=[_pose("rack a1", 0.9, 0.21, 0.034), _pose("chuck above", 0.1234, 0.045, 0.012), _pose("rack a9", None)],
        stack=ToleranceStack(
            tolerance=1e-3,
            contributions=[
                Contribution(name="repeatability of the arm", value=3e-5, source="data sheet", verified=True),
                Contribution(name="feeder", value=5e-4, source="an estimate <ours>", verified=False),
            ],
            root_sum_square=5.009e-4,
            worst_case=5.3e-4,
        ),
        acceleration=4.2,
        acceleration_source="joint motion",
        not_checked=["not_checked.ways", "not_checked.shapes"],
    )


def _pose(name: str, margin: float | None, singular: float | None = None, clearance: float | None = None) -> PoseResult:
    reached = margin is not None
    return PoseResult(
        name=name,
        kind="grasp",
        arm="robot",
        hand="gripper",
        xyz=[0.4, 0.1, 0.2],
        reachable=reached,
        why=None if reached else "out of reach by 34 mm",
        joint_margin=margin,
        joint="wrist_2" if reached else None,
        singular_value=singular,
        clearance=clearance,
        near="forearm - rack" if reached else None,
    )


def reach_map(concept: str, arm: str) -> ReachMap:
    axis = [-0.9 + 0.1 * step for step in range(19)]
    share = [
        [round(max(0.0, min(1.0, 2.2 - 2.4 * abs(math.hypot(x, y) - 0.5))), 3) if math.hypot(x, y) < 0.85 else 0.0
         for x in axis] for y in axis
    ]  # fmt: skip
    return ReachMap(
        concept=concept,
        arm=arm,
        hand="gripper",
        reach=0.85,
        x=axis,
        y=axis,
        layers=[MapLayer(height=0.2, share=share), MapLayer(height=0.05, share=share)],
        orientations=8,
        starts=4,
        points=[
            MapPoint(name="rack a1", x=0.4, y=0.2, z=0.05, reachable=True),
            MapPoint(name="rack a9", x=0.88, y=0.3, z=0.05, reachable=False),
        ],
    )


def runs(concept: str, good: int) -> ConceptRuns:
    lost = [FailureReason(what="part <slipped> at 3.2 s", where="gripper", runs=3 - good, seeds=[2, 3][: 3 - good])]
    return ConceptRuns(
        concept=concept,
        world="physics",
        path="direct",
        seeds=SEEDS,
        runs=3,
        good=good,
        at_least=0.3684 if good == 3 else 0.1353,
        confidence=0.95,
        impossible=None,
        lost=0,
        parts_good=11,
        parts_total=12,
        cycle_mean=38.123,
        cycle_p95=41.456,
        cycle_worst=43.9,
        worst_error=0.00123,
        collisions=0,
        energy=1834.2,
        failures=[] if good == 3 else lost,
    )


def cycle() -> CycleTable:
    given = {"machine": 22.1, "free": 6.4, "carrying": 5.3, "gripper": 2.2, "handshake": 1.4, "dwell": 0.723}
    lines = [
        CycleLine(line=name, simulated=True, mean=mean, p95=1.08 * mean, worst=1.2 * mean, share=mean / 39.123)
        for name, mean in given.items()
    ]
    lines.append(CycleLine(line="part_present", simulated=False, mean=1.0, p95=1.0, worst=1.0, share=1.0 / 39.123))
    return CycleTable(
        runs=3,
        cycles=9,
        ramp_in_counted=False,
        ramp_in=44.2,
        overall=39.6,
        simulated=38.123,
        p95=41.456,
        worst=43.9,
        expected=39.123,
        lines=lines,
        devices=[
            DeviceUse(device="lathe", critical=22.1, busy=30.2, utilisation=0.77),
            DeviceUse(device="robot", critical=11.7, busy=14.9, utilisation=0.38),
        ],
        bottleneck=Bottleneck(line="machine", device="lathe", share=0.565, gain=22.1),
        takt=Takt(required=45.0, reserve=5.877, met=True),
    )


def shift() -> ShiftStudy:
    return summarised([_shift(seed) for seed in SEEDS])


def _shift(seed: int) -> Shift:
    calibration = Calibration(
        seeds=[1, 2], quantity=4, physics=38.1, kinematic=37.4, factor=1.0187, difference=0.0187, spread=0.002,
        parts=8, good=8, good_share=1.0, good_bound=0.688, gave_up=0, gave_up_share=0.0,
    )  # fmt: skip
    elements = Elements(
        pbt=27000.0, apt=22000.0 - 300 * seed, aust=600.0, adet=2400.0, adot=2000.0 + 300 * seed, aoet=27000.0,
        pri=38.1, pq=560 - 8 * seed, gq=552 - 8 * seed, sq=8, ip=560 - 8 * seed, fe=2 + seed, tbf=21000.0, ttr=2000.0,
        apwt=5200.0, apat=27000.0,
    )  # fmt: skip
    return Shift(
        seed=seed,
        length=28800.0,
        planned_stops=1800.0,
        states={"EXECUTE": 22000.0, "SUSPENDED": 2400.0},
        elements=elements,
        kpis=kpis(elements),
        runs_sha256="5e" * 32,
        pri_source="mean part time of the undisturbed runs of this shift",
        part_time_kinematic=37.4,
        part_time=38.1,
        batch=4,
        batches=138,
        batches_different=138,
        starved=1800.0,
        blocked=600.0,
        delays={"no material": 1800.0, "exchange of trays": 600.0},
        faults=[
            ShiftFault(at=5400.0, device="lathe", kind="hold", waiting=90.0, down=700.0, repaired=True, scrap=False)
        ],
        people=People(number=1, attended=27000.0, worked=5200.0, utilisation=0.193),
        timeline=[(0.0, "STARTING"), (60.0, "EXECUTE"), (5400.0, "HELD"), (6100.0, "EXECUTE"), (28000.0, "STOPPED")],
        calibration=calibration,
        notes=["not calibrated against the physics world", "something that no table knows"],
    )


def energy() -> EnergyResult:
    time = [0.5 * step for step in range(80)]
    mean = [260.0 + 140.0 * math.sin(0.3 * one) for one in time]
    figures = PowerFigures(energy=11.4, average=274.0, peak=912.3, peak_second=640.0, peak_quarter_hour=274.0)
    arm = ArmPower(model="ur5e", work=1800.0, braked=700.0, average=274.0, peak=912.0, standby=90.0, torques_known=True)
    shown = PowerProfile(
        duration=40.0, parts=1, idle=95.0, quarter_hour_measured=False, electric=figures, low=figures, high=figures,
        causes={"standby": 1.0, "motion": 1.4}, air=0.2, air_low=0.1, air_high=0.3, arms={"robot": arm},
        curve=Curve(time=time, mean=mean, peak=[1.7 * one for one in mean], arms={"robot": mean}),
    )  # fmt: skip
    kinds = [Statement(kind=kind, code=code, text=text, subject="ur5e") for code, (kind, text) in TEXTS.items()]
    used = Coefficient(
        subject="ur5e", name="friction", value=0.05, unit="share", source="ours", verified=False, default=True
    )
    return EnergyResult(
        runs=3,
        runs_used=3,
        per_part=Band(value=0.00301, low=0.0021, high=0.0043),
        per_part_spread=EnergySpread(mean=0.00301, least=0.0029, most=0.0031, deviation=0.0001),
        causes={"standby": 0.00101, "motion": 0.0018, "air": 0.0002},
        work_per_part=EnergySpread(mean=1800.0, least=1790.0, most=1810.0, deviation=10.0),
        seconds_per_part=38.1,
        average=Band(value=0.274, low=0.21, high=0.36),
        peak=Band(value=0.912, low=0.7, high=1.2),
        peak_second=Band(value=0.64, low=0.5, high=0.8),
        peak_quarter_hour=Band(value=0.274, low=0.21, high=0.36),
        quarter_hour_measured=False,
        idle=0.095,
        typical=None,
        cells=CellsPower(cells=2, at_least=0.55, at_most=1.82, peak_quarter_hour=0.55),
        shown=shown,
        certainty=Certainty(level="low", constant_share=0.4, statements=kinds, coefficients=[used]),
    )


SECTION: dict[str, Any] = {
    "prices": {"ur5e": 32000, "crx-10ia": 41000, "gofa": 38000, "2f-85": 4500, "egh": 3900},
    "capex": {"feeding": 12000, "vision": 0, "safety": 6000, "training": 2500},
    "today": {"parts_per_hour": 60, "operators": 1, "scrap": 0.03},
    "labour": {"capture": 0.8},
    "hours": {"shifts": 2},
    "product": {"margin": 1.5, "part_cost": 4},
    "running": {"support": 1500},
    "change_over": {"batch": 400, "setup": 0.75, "setup_today": 0.25},
    "samples": 500,
}


def business(arm: str, gripper: str, operators: float = 0.2) -> BusinessCase:
    """Return a computed case, which needs no simulation, with incentives of a past year."""
    performance = Performance(parts_per_hour=70.0, scrap=0.01, energy_per_part=0.004, operators=operators)
    return business_case(
        BusinessConfig.model_validate(SECTION),
        IncentivesConfig.model_validate({"kia": {"preset": 2026}}),
        performance,
        demand=150_000,
        arms=[arm],
        grippers=[gripper],
        today="2027-02-01",
    )


def what_if() -> list[WhatIf]:
    own = WhatIf(
        change="none", factor=1.0, world="kinematic", runs=3, good=3, cycle=37.4, gained=0.0, gained_share=0.0,
        lines={"gripper": 2.2}, physics_difference=0.0187,
    )  # fmt: skip
    faster = {"change": "gripper", "factor": 2.0, "cycle": 36.4, "gained": 1.0, "gained_share": 0.0267}
    lost = {"change": "speed", "factor": 0.5, "good": 0, "cycle": None, "gained": None, "gained_share": None}
    return [own, own.model_copy(update=faster), own.model_copy(update=lost)]


def energy_year() -> EnergyYear:
    return EnergyYear(
        parts=150_000.0, hours_needed=1587.5, hours_on=3300.0, making=451.5, waiting=162.7, energy=614.2, cost=122.8,
        co2=None,
    )  # fmt: skip


def buffers() -> list[BufferGain]:
    return [BufferGain(where="before", places=2, good=561.3, gained=7.3, least=0.0, most=12.0)]
