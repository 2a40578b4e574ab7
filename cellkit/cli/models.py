"""The command ``cellkit models``."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table

from cellkit.cli.output import check_writable, out, prints_tables, titled_table, write_json
from cellkit.masses import Load
from cellkit.models.arm import ArmModel
from cellkit.models.figures import unverified, with_unit
from cellkit.models.gripper import ParallelGripperModel
from cellkit.models.load import AnyModel, load_arm, load_gripper, load_model, model_ids
from cellkit.models.provenance import Figure
from cellkit.models.sensor import DistanceModel, ForceTorqueModel, ScannerModel
from cellkit.motion.stopping import stop_law

DEGREES = math.degrees(1.0)  # in a radian
STOPS_NOTICE = (
    "*: cellkit's assumption; no published stop is known. "
    "A model's stops are no substitute for the times and distances of the vendor's manual."
)


def models_command(model: str | None, json: Path | None, only_unverified: bool) -> int:
    """List all models, or show one with its sources; or list the figures that were not read in a source."""
    check_writable(json)
    if only_unverified:
        return _list_unverified(model, json)
    if model is not None:
        loaded = load_model(model)
        if json is not None:
            write_json(loaded.model_dump(mode="json", by_alias=True), json)
        if prints_tables(json):
            _show(loaded)
        return 0
    arms, grippers, sensors = model_ids("arm"), model_ids("gripper"), model_ids("sensor")
    if json is not None:
        everything = [load_model(name).model_dump(mode="json", by_alias=True) for name in (*arms, *grippers, *sensors)]
        write_json({"models": everything}, json)
    if prints_tables(json):
        out().print(_arms(arms))
        out().print(_grippers(grippers))
        out().print(_sensors(sensors))
        out().print("?: not verified in its source; `cellkit models MODEL` lists all sources")
    return 0


def _list_unverified(model: str | None, json: Path | None) -> int:
    """List what was not read in a source: of one model, or of all arms, grippers and sensors."""
    names = [model] if model is not None else [*model_ids("arm"), *model_ids("gripper"), *model_ids("sensor")]
    found = [row for name in names for row in unverified(load_model(name))]
    if json is not None:
        write_json({"unverified": [asdict(row) for row in found]}, json)
    if prints_tables(json):
        table = Table(title="figures that were not read in a source", title_justify="left")
        for heading in ("model", "figure", "value", "why"):
            table.add_column(heading, no_wrap=heading == "model", overflow="fold")
        for row in found:
            table.add_row(*asdict(row).values())
        out().print(table)
    return 0


def _figure(figure: Figure[Any], scale: float = 1.0) -> str:
    if figure.value is None:
        return "-"
    shown = figure.value if isinstance(figure.value, str) else f"{figure.value * scale:g}"
    return shown if figure.verified else f"{shown}?"


def _arms(names: list[str]) -> Table:
    table = Table(title="arms", title_justify="left")
    for heading in ("id", "model", "vendor", "owner"):
        table.add_column(heading, no_wrap=heading == "id", overflow="fold")
    for heading in ("joints", "payload kg", "reach m", "mass kg", "repeat. mm"):
        table.add_column(heading, justify="right")
    table.add_column("flange", no_wrap=True)
    for name in names:
        arm = load_arm(name)
        table.add_row(
            arm.id,
            arm.name,
            arm.vendor.name,
            _figure(arm.vendor.owner),
            str(arm.dof),
            _figure(arm.payload),
            _figure(arm.reach),
            _figure(arm.mass),
            _figure(arm.repeatability, 1000),
            _figure(arm.flange_code),
        )
    return table


def _grippers(names: list[str]) -> Table:
    figures = ("opening or cup mm", "force N", "payload kg", "mass kg")
    table = titled_table("grippers", ("id", "model", "vendor", "kind"), figures)
    table.add_column("flange", no_wrap=True)
    for name in names:
        gripper = load_gripper(name)
        if isinstance(gripper, ParallelGripperModel):
            size, force = _figure(gripper.stroke, 1000), f"{_figure(gripper.force_min)} to {_figure(gripper.force_max)}"
        else:
            size, force = _figure(gripper.cup_diameter, 1000), f"{gripper.holding_force():.0f}"
        table.add_row(
            gripper.id,
            gripper.name,
            gripper.vendor.name,
            gripper.kind,
            size,
            force,
            _figure(gripper.payload),
            _figure(gripper.mass),
            _figure(gripper.flange_code),
        )
    return table


def _sensors(names: list[str]) -> Table:
    table = titled_table("sensors", ("id", "model", "vendor", "kind"), ("range", "resolution", "rate Hz"))
    for name in names:
        sensor = load_model(name)
        if isinstance(sensor, ForceTorqueModel):
            x, _, z = sensor.force_range
            span = f"±{x:g} N, z ±{z:g} N" + ("" if sensor.ranges.verified else "?")
            step, rate = f"{_figure(sensor.force_resolution)} N", _figure(sensor.rate)
        elif isinstance(sensor, ScannerModel):
            angle = _figure(sensor.field_of_view, DEGREES)
            span = f"{_figure(sensor.range_min)} to {_figure(sensor.range_max)} m, {angle} deg"
            step, rate = f"{_figure(sensor.resolution, DEGREES)} deg", _figure(sensor.frequency)
        else:
            assert isinstance(sensor, DistanceModel)
            span = f"{_figure(sensor.range_min, 1000)} to {_figure(sensor.range_max, 1000)} mm"
            step, rate = f"{_figure(sensor.resolution, 1000)} mm", _figure(sensor.rate)
        table.add_row(sensor.id, sensor.name, sensor.vendor.name, sensor.kind, span, step, rate)
    return table


def _show(model: AnyModel) -> None:
    console = out()
    console.print(f"{model.id}: {model.name}, {model.vendor.name}", style="bold")
    table = Table()
    for heading in ("figure", "value", "verified", "source", "note"):
        table.add_column(heading, overflow="fold")
    figures = {"headquarters": model.vendor.headquarters, "owner": model.vendor.owner}
    figures |= {name: value for name, value in model if isinstance(value, Figure)}
    for name, figure in figures.items():
        table.add_row(
            name, with_unit(model, name, figure), "yes" if figure.verified else "no", figure.source, figure.note
        )
    if isinstance(model, ForceTorqueModel):
        for name, ends, unit in (("force_range", model.force_range, "N"), ("torque_range", model.torque_range, "N m")):
            text = ", ".join(f"±{end:g}" for end in ends)
            checked = "yes" if model.ranges.verified else "no"
            table.add_row(name, f"{text} {unit}", checked, model.ranges.source, model.ranges.note)
    if isinstance(model, ArmModel):
        for name, limits, unit in (("moment", model.wrist.moment, "N m"), ("inertia", model.wrist.inertia, "kg m²")):
            if limits is not None:
                text = ", ".join(f"{value:g}" for value in limits.values)
                checked = "yes" if limits.verified else "no"
                table.add_row(f"wrist {name}", f"{text} {unit}", checked, limits.source, limits.note)
    console.print(table)
    if isinstance(model, ArmModel):
        joints = titled_table("joints", ("joint",), ("from deg", "to deg", "deg/s", "deg/s²"))
        for joint in model.kinematics.joints:
            angles = [
                "endless" if bound is None else f"{math.degrees(bound):.1f}" for bound in (joint.lower, joint.upper)
            ]
            joints.add_row(
                joint.name,
                *angles,
                f"{math.degrees(joint.max_velocity):.0f}",
                f"{math.degrees(joint.max_acceleration):.0f}",
            )
        console.print(joints)
        console.print(_stops(model))
        console.print(STOPS_NOTICE, soft_wrap=True)
        for text in (*model.conventions, *model.notes):
            console.print(f"- {text}")
    console.print("sources", style="bold")
    for key, source in model.sources.items():
        console.print(f"- {key}: {source.title}" + (f" ({source.detail})" if source.detail else ""))


def _stops(model: ArmModel) -> Table:
    """Return the time and way of every joint from full speed to rest, by stop category; * where it is assumed."""
    names = [joint.name for joint in model.kinematics.joints]
    table = titled_table(
        "stops from full speed, s and deg", ("category", "certainty"), [f"joint {at + 1}" for at in range(model.dof)]
    )
    full, home = model.joint_limits().velocity, model.home
    for category in (0, 1, 2):
        law = stop_law(model, category)
        times = law.reaction + law.braking_times(home, full, Load())
        ways = DEGREES * law.distances(home, full, Load())
        stars = ["*" if name in law.assumed else "" for name in names]
        cells = [f"{time:.2f} {way:.0f}{star}" for time, way, star in zip(times, ways, stars, strict=True)]
        table.add_row(str(category), law.certainty, *cells)
    return table
