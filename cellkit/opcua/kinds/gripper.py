"""The nodes of grippers."""

from __future__ import annotations

from cellkit.opcua.kinds.device_nodes import device_nodes

JAWS = device_nodes("CK:ParallelGripperType", "holding", "moving", "width", "force")
VACUUM = device_nodes("CK:VacuumGripperType", "holding", "moving", "vacuum", "part_present")
