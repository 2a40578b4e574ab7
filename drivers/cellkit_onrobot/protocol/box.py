"""Units behind a Compute Box, the register that switches the tool's power, and what every tool says of itself.

Units, and that the box itself can do nothing else: the vendor's 3FG15 manual, chapter on Modbus TCP. Value and register
of the power cycle: drivers that quote the Connectivity Guide (UOsaka-Harada-Laboratory/onrobot, pull request 7).
Register and codes of products: OnRobot/onrobot-ros2, commit f0dcd6c, onrobot_gripper_hardware/tests.
"""

from __future__ import annotations

TOOL = 65
"""The only tool; on a dual quick changer there are 66 and 67 in its place."""
BOX = 63
"""The box itself."""

POWER, CYCLE = 0, 2
"""Register of the box, and the value that switches the tool off for a moment."""

PRODUCT = 0x0600
"""Register of any tool that holds its product code; old firmware may lack it."""
PRODUCTS = {"rg2": 0x20, "rg6": 0x21, "vg10": 0x10}
"""Product codes by model."""

FUNCTIONS = (3, 6, 16, 23)
"""Functions that tools know: read, write one, write several, both at once (holding registers, all of them)."""


def product_name(code: int) -> str:
    """Return a product by its code, for a message."""
    return next((name.upper() for name, known in PRODUCTS.items() if known == code), f"product {code:#04x}")
