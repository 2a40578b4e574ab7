"""The nodes of a code reader."""

from __future__ import annotations

from asyncua import ua

from cellkit.opcua.kinds.device_nodes import device_nodes

T = ua.VariantType


CODE_READER = device_nodes("CK:CodeReaderType", (("last_code", "LastCode", T.String),))
