"""Where a KUKA controller is, and where it finds this computer."""

from __future__ import annotations

from importlib.resources import files

from cellkit.devices.wired import DriverConfig
from cellkit_kuka.protocol.context import RsiContext, read_context


class KukaConfig(DriverConfig):
    """``rsi_port`` is a port of *this* computer (PORT of the RSI configuration): the robot sends first.

    ``kvp_port`` is where KUKAVARPROXY listens on the controller.
    """

    rsi_port: int = 64000
    kvp_port: int = 7000


def own_context(axes: int) -> RsiContext:
    """Return the driver's own RSI configuration, for an arm of six or seven axes; the controller gets the same file."""
    name = "cellkit_rsi.xml" if axes <= 6 else "cellkit_rsi_e1.xml"
    file = files("cellkit_kuka") / "contexts" / name
    return read_context(file.read_bytes(), name)
