"""The nodes of a code reader."""

from __future__ import annotations

from cellkit.opcua.kinds.device_nodes import device_nodes

CODE_READER = device_nodes("CK:CodeReaderType", "last_code")
