"""Stäubli: models so far; the wire driver is to come."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(name="staubli", title="Stäubli", package="cellkit_staubli")
