"""Yaskawa: models so far; the wire driver is to come."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(name="yaskawa", title="Yaskawa", package="cellkit_yaskawa")
