"""Parameters of IO-Link devices by index (ISDU), and the error types that devices answer with.

Numbers as in the IO-Link Interface and System Specification, annexes B and C (from memory).
"""

from __future__ import annotations

from collections.abc import Mapping

VENDOR_NAME, VENDOR_TEXT, PRODUCT_NAME, PRODUCT_ID, PRODUCT_TEXT = 16, 17, 18, 19, 20
SERIAL_NUMBER, HARDWARE_REVISION, FIRMWARE_REVISION, APPLICATION_TAG = 21, 22, 23, 24
LONGEST_TAG = 32
HIGHEST_INDEX, HIGHEST_SUBINDEX = 0xFFFF, 0xFF

INDEX_NOT_AVAILABLE, SUBINDEX_NOT_AVAILABLE = 0x8011, 0x8012
ACCESS_DENIED, TOO_LONG, TOO_SHORT = 0x8023, 0x8033, 0x8034

ERROR_TYPES: Mapping[int, str] = {
    0x8000: "device application error, no details",
    INDEX_NOT_AVAILABLE: "index not available",
    SUBINDEX_NOT_AVAILABLE: "subindex not available",
    0x8020: "service temporarily not available",
    ACCESS_DENIED: "access denied",
    0x8030: "parameter value out of range",
    TOO_LONG: "parameter length overrun",
    TOO_SHORT: "parameter length underrun",
    0x8035: "function not available",
    0x8036: "function temporarily unavailable",
    0x8040: "invalid parameter set",
    0x8082: "application not ready",
}


def describe(error: int) -> str:
    """Describe an error type in words."""
    return f"{ERROR_TYPES.get(error, 'unknown error type')} (0x{error:04X})"
