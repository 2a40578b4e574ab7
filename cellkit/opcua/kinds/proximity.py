"""The nodes of a distance sensor."""

from __future__ import annotations

from asyncua import ua

from cellkit.opcua.kinds.device_nodes import device_nodes

T = ua.VariantType


PROXIMITY = device_nodes(
    "CK:ProximitySensorType", (("distance", "Distance", T.Double), ("present", "Present", T.Boolean))
)
