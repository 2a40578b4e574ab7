"""The section ``energy`` of a study file: the coefficients from joint work to electricity. All are assumptions."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

from pydantic import Field

from cellkit.study.assumption import Assumption, NotNegative, Share, assumed, suggested
from cellkit.yamlfile import Document, Location, StrictModel, near_names

OWN = "cellkit, an assumption of our own"
Efficiency = Annotated[Assumption, *assumed(above=0.0, most=1.0)]
Doubt = Annotated[Assumption, *assumed(least=0.0, most=0.9)]


class ArmEnergy(StrictModel):
    """The power of one arm model's controller."""

    standby: NotNegative = Field(description="W, with drives on and the arm standing")


class GripperEnergy(StrictModel):
    """The consumption of one gripper model: electricity, compressed air, or both."""

    power: NotNegative = Field(description="W, mean")
    air_per_part: NotNegative = suggested(0.0, "Nl/part", OWN, note="an electric gripper")


class EnergyConfig(StrictModel):
    """The coefficients of the model in ``cellkit.study.energy.electric``; ``arms`` and ``grippers`` by model."""

    arms: dict[str, ArmEnergy] = {}
    grippers: dict[str, GripperEnergy] = {}
    standby: NotNegative = suggested(
        100.0, "W/arm", OWN, note="the same for every arm that `arms` does not name, so that none looks better by it"
    )
    efficiency: Efficiency = suggested(0.8, "share", OWN, note="of inverter, motor and gear, without the losses below")
    friction: Share = suggested(
        0.05,
        "of a joint's greatest torque, at any speed",
        OWN,
        note="for a joint whose friction its model does not know",
    )
    copper: Share = suggested(0.1, "of a joint's greatest power, at its greatest torque", OWN)
    regeneration: Share = suggested(0.0, "of the braking power", OWN, note="turned into heat in a resistor")
    gripper: NotNegative = suggested(
        5.0, "W, mean", OWN, note="for a gripper that the study does not name; without air"
    )
    suction_air: NotNegative = suggested(
        2.0,
        "Nl/part",
        OWN,
        note="for a vacuum gripper with an ejector that the study does not name: 60 Nl/min for 2 s",
    )
    air: NotNegative = suggested(
        0.12, "kWh/Nm³", "7 kW per m³/min at 7 bar, the upper end of compressors' data sheets (blue-cas.com)"
    )
    machine: NotNegative = suggested(0.0, "W, mean", OWN, note="machine tools are not counted unless stated")
    peripherals: NotNegative = suggested(0.0, "W, mean", OWN, note="PLC, conveyors, lights: not counted unless stated")
    uncertainty: Doubt = suggested(
        0.3, "share", OWN, note="by which every figure here that is not verified may be too high or too low"
    )
    cells: Annotated[int, Field(ge=1)] = Field(default=1, description="number of such cells at one grid connection")
    co2: NotNegative | None = Field(default=None, description="kg/kWh; null: left out")


def check_models(
    config: EnergyConfig,
    arms: Collection[str],
    grippers: Collection[str],
    document: Document,
    at: Location = ("energy",),
) -> None:
    """Raise ``ConfigError`` for figures of a model that the study does not have; ``at`` is the section's location."""
    for kind, word, named, known in (
        ("arms", "arm", config.arms, arms),
        ("grippers", "gripper", config.grippers, grippers),
    ):
        for model in named:
            if model not in known:
                text = f"{model!r} is not the {word} of any concept of this study; {near_names(model, known)}"
                raise document.error(text, (*at, kind, model))
