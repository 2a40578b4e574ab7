"""Models and protocols by role that the command line selects instead of those in a cell file."""

from __future__ import annotations

from collections.abc import Mapping

from cellkit.cell.config import CellFile
from cellkit.cell.driver_selection import check_wires
from cellkit.cell.plan import CellPlan, plan_cell
from cellkit.errors import ConfigError
from cellkit.yamlfile import Document, near_names, validate


def plan_chosen(
    document: Document, arm: str | None, gripper: str | None, path: str, protocols: Mapping[str, str]
) -> CellPlan:
    """Return the cell of a file with the selected models and protocols.

    The wires are checked where they are used. Raises ``ConfigError``.
    """
    cell = validate(CellFile, document)
    plan = plan_cell(cell, document, chosen_models(cell, arm, gripper), chosen_protocols(cell, protocols, path))
    if path != "direct":
        check_wires(plan, protocols, path == "live")
    return plan


def chosen_protocols(cell: CellFile, chosen: Mapping[str, str], path: str) -> Mapping[str, str]:
    """Return the protocols by role.

    Raises ``ConfigError`` for a role that does not exist, and for any protocol on the direct path.
    """
    for role, protocol in chosen.items():
        if role not in cell.devices:
            known = near_names(role, cell.devices)
            raise ConfigError(f"--protocol {role}={protocol}: no device in role {role!r}; {known}")
        if path == "direct":
            raise ConfigError(f"--protocol {role}={protocol}: the direct path uses no protocols; use --path wire")
    return chosen


def chosen_models(cell: CellFile, arm: str | None, gripper: str | None) -> dict[str, str]:
    """Return the roles and the models that replace the file's, from ``MODEL`` or ``ROLE=MODEL,ROLE=MODEL``.

    Raises ``ConfigError``.
    """
    models: dict[str, str] = {}
    options = (("arm", arm), ("gripper", gripper))
    for kind, given in ((kind, item.strip()) for kind, items in options for item in _listed(items)):
        named = "=" in given
        role, model = given.split("=", 1) if named else ("", given)
        roles = [name for name, device in cell.devices.items() if device.kind == kind]
        if not named:
            if len(roles) != 1:
                listed = ", ".join(roles) or "none"
                raise ConfigError(f"--{kind} {given}: the cell has {len(roles)} {kind}s ({listed}); write ROLE=MODEL")
            role = roles[0]
        elif role not in roles:
            raise ConfigError(f"--{kind} {given}: no {kind} in role {role!r}; {near_names(role, roles)}")
        if role in models:
            raise ConfigError(f"--{kind} {given}: the role {role!r} is given twice")
        models[role] = model
    return models


def _listed(given: str | None) -> list[str]:
    return [] if given is None else given.split(",")
