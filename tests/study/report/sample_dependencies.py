"""The dependencies of the sample study. The facts are invented."""

from __future__ import annotations

from cellkit.study.dependencies.metrics import composite
from cellkit.study.dependencies.result import (
    Alternative,
    Bom,
    BomItem,
    Concentrated,
    DataItem,
    Dependencies,
    Link,
    Metric,
    Origin,
    Place,
    Portability,
    RefusedReplacement,
    Region,
    Replacement,
    SoftwareItem,
    Sourcing,
    SwitchingCost,
    Trial,
    WhatIf,
)
from cellkit.study.matrix.report import CellRow


def dependencies(concept: str) -> Dependencies:
    weights = {"L2": 0.25, "L6": 0.1}
    metrics = [
        Metric(id="L2", name="p", value=0.67, unit="share", score=0.67, weight=0.7143, explanation="2 of 3 arms"),
        Metric(
            id="L3", name="m", value=2.0, unit="vendors", score=0.5, flag="single source: vice", explanation="fewest"
        ),
        Metric(id="L6", name="o", value=0.4, unit="share", score=0.4, weight=0.2857, explanation="by ultimate owner"),
        Metric(id="L10", name="d", value=None, unit="days", explanation="fewest", why_not_known="not stated"),
    ]
    return Dependencies(
        cell="cell.yaml",
        title="Lathe tending",
        scenario="machine_tending",
        concept=concept,
        bom=_bom(),
        suppliers=Concentrated(shares={"Universal Robots": 0.7, "SCHUNK": 0.3}, hhi=0.58, known=0.9),
        regions=[
            Region(view="headquarters", shares={"EU": 1.0}, hhi=1.0, known=0.9, eu=1.0, extra_eu=0.0),
            Region(view="production", shares={"EU": 1.0}, hhi=1.0, known=0.7, eu=1.0, extra_eu=0.0),
            Region(view="owner", shares={"US": 0.7, "EU": 0.3}, hhi=0.58, known=0.9, eu=0.3, extra_eu=0.7),
        ],
        code=None,
        portability=Portability(
            arms=["ur5e", "crx-10ia", "gofa"],
            lightest=2.5,
            heaviest=12.5,
            shortest=0.6,
            longest=1.4,
            takt=None,
            trials=[_trial("crx-10ia", 3), _trial("ur5e", 1)],
            refused=[RefusedReplacement(model="gofa", vendor="ABB", why="the flange does not fit")],
            lines_changed=0,
            share=0.67,
        ),
        sourcing=[
            Sourcing(
                role="robot",
                kind="arm",
                model="ur5e",
                vendor="Universal Robots",
                vendors=2,
                alternatives=[Alternative(model="crx-10ia", vendor="FANUC")],
                refused=[],
                checks="mount, payload, reach",
            )
        ],
        links=[Link(role="robot", protocol="RTDE", openness=0.7, why="published by its vendor", verified=True)],
        data_exit=[DataItem(what="cell program", exported=True, why="plain text")],
        what_if=[_what_if()],
        metrics=metrics,
        composite=composite(metrics, weights),
        unverified=["SCHUNK"],
    )


def _bom() -> Bom:
    owner = Place(country="US", name="Teradyne", verified=True, source="S58")
    denmark = Place(country="DK", name="Odense", verified=True)
    danish = Origin(headquarters=denmark, production=[denmark], owner=owner)
    german = Place(country="DE", name="Lauffen")
    family = Origin(headquarters=german, production=[], owner=Place(country="DE", name="family"))
    return Bom(
        items=[
            BomItem(role="robot", kind="arm", model="ur5e", name="UR5e", vendor="Universal Robots", origin=danish,
                    price=32000.0, share=0.7),
            BomItem(role="gripper", kind="gripper", model="egh", name="EGH", vendor="SCHUNK", origin=family, share=0.3),
            BomItem(role="lathe", kind="machine", model=None, name="lathe", vendor=None, origin=None),
        ],
        software=[
            SoftwareItem(name="numpy", version="2.4.6", licence="BSD-3-Clause", licence_class="permissive"),
            SoftwareItem(name="PolyScope", version=None, licence=None, licence_class="proprietary", of="robot"),
        ],
        basis="count",
        unpriced=["gripper"],
        value=None,
        checked="2026-11",
    )  # fmt: skip


def _trial(arm: str, good: int) -> Trial:
    row = CellRow(
        scenario="machine_tending", arm=arm, vendors=["FANUC"], gripper="egh", path="direct", runs=3, good=good,
        at_least=0.368, cycle_mean=40.2, cycle_p95=43.0, energy=None, max_place_error=0.001, collisions=0, failure=None,
        command="cellkit run machine_tending",
    )  # fmt: skip
    return Trial(row=row, passed=good == 3, why_not=None if good == 3 else "seed 2: out of reach")


def _what_if() -> WhatIf:
    cost = SwitchingCost(
        hardware=41000.0, adapters=250.0, engineering=3800.0, validation=4000.0, retraining=1500.0, lost_margin=None,
        total=50550.0, without_hardware=9550.0, of_capex=0.42, weeks=13.0,
    )  # fmt: skip
    return WhatIf(
        gone="Universal Robots",
        vendor="Universal Robots",
        region=None,
        view="owner",
        hit=["robot"],
        unsure={"lathe": "its vendor is not named"},
        refused=[RefusedReplacement(model="gofa", vendor="ABB", why="the flange does not fit")],
        replacements=[
            Replacement(
                models={"robot": "crx-10ia"},
                vendors=["FANUC"],
                direct=_trial("crx-10ia", 3),
                no_wire="no driver",
                passed=True,
                cost=cost,
            )
        ],
        left_out=2,
    )
