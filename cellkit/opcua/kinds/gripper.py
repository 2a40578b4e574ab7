"""The nodes of grippers."""

from __future__ import annotations

from asyncua import ua

from cellkit.opcua.kinds.device_nodes import device_nodes

T = ua.VariantType


_BOTH = (("holding", "Holding", T.Boolean), ("moving", "Moving", T.Boolean))

JAWS = device_nodes("CK:ParallelGripperType", (*_BOTH, ("width", "Width", T.Double), ("force", "Force", T.Double)))
VACUUM = device_nodes(
    "CK:VacuumGripperType", (*_BOTH, ("vacuum", "Vacuum", T.Double), ("part_present", "PartPresent", T.Boolean))
)
