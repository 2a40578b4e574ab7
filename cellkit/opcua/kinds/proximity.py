"""The nodes of a distance sensor."""

from __future__ import annotations

from cellkit.opcua.kinds.device_nodes import device_nodes

PROXIMITY = device_nodes("CK:ProximitySensorType", "distance", "present")
