"""Code readers: to come."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(name="reader", title="Code readers", package="cellkit_reader")
