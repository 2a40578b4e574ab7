"""The nodes of a machine tool."""

from __future__ import annotations

from asyncua import ua

from cellkit.opcua.kinds.device_nodes import device_nodes

T = ua.VariantType


MACHINE = device_nodes(
    "CK:MachineType",
    (
        ("available", "Available", T.Boolean),
        ("door", "Door", T.String),
        ("chuck", "Chuck", T.String),
        ("execution", "Execution", T.String),
        ("active_alarms", "ActiveAlarms", T.String),
    ),
)
