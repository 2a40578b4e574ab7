"""Requirements on the models in a scenario's roles, checked before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from cellkit.cell.cell import Cell
from cellkit.cell.kinds.fields import Name
from cellkit.cell.plan import CellPlan
from cellkit.devices.abilities import Freedrive, Servoing
from cellkit.errors import ConfigError
from cellkit.models.arm import Positive
from cellkit.models.gripper import ParallelGripperModel
from cellkit.yamlfile import Document, StrictModel, near_names

ABILITIES: Mapping[str, type] = {"freedrive": Freedrive, "servoing": Servoing}


class RoleNeeds(StrictModel):
    """The requirements on the model in one role. ``principle`` concerns grippers, all others arms."""

    reach: Positive | None = Field(default=None, description="m, at least")
    reach_at_most: Positive | None = Field(
        default=None, description="m, at most: the cell has no room for a larger reach"
    )
    payload: Positive | None = Field(default=None, description="kg at the flange, at least, gripper and part included")
    joint_speed: Positive | None = Field(default=None, description="rad/s, of its slowest joint at least")
    abilities: list[Literal["freedrive", "servoing"]] = Field(
        default=[], description="optional abilities of the driver"
    )
    vendor_unlike: Name | None = Field(default=None, description="the role whose vendor must differ")
    principle: Annotated[Literal["jaws", "vacuum"] | None, Field(description="how the gripper holds")] = None


def check_models(needs: Mapping[str, RoleNeeds], plan: CellPlan, document: Document) -> None:
    """Raise ``ConfigError`` when a model does not meet the requirements of its role, with both figures."""
    for role, need in needs.items():
        at = ("needs", role)
        if role in plan.arms:
            _check_arm(role, need, plan, document)
        elif role in plan.grippers:
            _check_gripper(role, need, plan)
        else:
            known = near_names(role, [*plan.arms, *plan.grippers])
            raise document.error(f"{role!r} is no arm or gripper of this cell; {known}", at)


def check_abilities(needs: Mapping[str, RoleNeeds], cell: Cell) -> None:
    """Raise ``ConfigError`` when the driver of an arm lacks an ability that its role needs."""
    for role, need in needs.items():
        for ability in need.abilities:
            if not isinstance(cell.devices[role], ABILITIES[ability]):
                raise ConfigError(
                    f"role {role!r} needs {ability}; the driver of {cell.devices[role].name} does not provide it: "
                    "choose another arm or path"
                )


def _check_arm(role: str, need: RoleNeeds, plan: CellPlan, document: Document) -> None:
    model = plan.arms[role]
    reach, payload = model.layout_reach, model.payload.value
    slowest = float(model.joint_limits().velocity.min())
    if need.joint_speed is not None and slowest < need.joint_speed:
        text = f"{role} needs joints of {need.joint_speed:g} rad/s; the slowest of {model.name} reaches {slowest:.2g}"
        raise ConfigError(text)
    if need.reach is not None and (reach is None or reach < need.reach):
        raise ConfigError(f"{role} needs a reach of {need.reach:g} m; {model.name} has {_figure(reach, 'm')}")
    if need.reach_at_most is not None and (reach is None or reach > need.reach_at_most):
        text = (
            f"{role} has room for a reach of {need.reach_at_most:g} m at most; {model.name} has {_figure(reach, 'm')}"
        )
        raise ConfigError(text)
    if need.payload is not None and (payload is None or payload < need.payload):
        raise ConfigError(f"{role} needs a payload of {need.payload:g} kg; {model.name} has {_figure(payload, 'kg')}")
    if need.vendor_unlike is not None:
        if need.vendor_unlike not in plan.arms:
            known = near_names(need.vendor_unlike, plan.arms)
            raise document.error(
                f"{need.vendor_unlike!r} is no arm of this cell; {known}", ("needs", role, "vendor_unlike")
            )
        other = plan.arms[need.vendor_unlike]
        if other.vendor.name == model.vendor.name:
            text = f"{role} needs another vendor than {need.vendor_unlike}'s; {model.name} and {other.name}"
            raise ConfigError(f"{text} are both by {model.vendor.name}")


def _check_gripper(role: str, need: RoleNeeds, plan: CellPlan) -> None:
    if need.principle is None:
        return
    model = plan.grippers[role]
    principle = "jaws" if isinstance(model, ParallelGripperModel) else "vacuum"
    if principle != need.principle:
        raise ConfigError(f"{role} needs {need.principle}; {model.name} holds by {principle}")


def _figure(value: float | None, unit: str) -> str:
    return "an unknown one" if value is None else f"{value:g} {unit}"
