"""SICK: to come."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(name="sick", title="SICK", package="cellkit_sick")
