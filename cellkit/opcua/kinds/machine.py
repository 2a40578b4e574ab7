"""The nodes of a machine tool."""

from __future__ import annotations

from cellkit.opcua.kinds.device_nodes import device_nodes

MACHINE = device_nodes("CK:MachineType", "available", "door", "chuck", "execution", "active_alarms")
