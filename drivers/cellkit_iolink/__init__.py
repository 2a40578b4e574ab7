"""IO-Link masters: to come."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(name="iolink", title="IO-Link masters", package="cellkit_iolink")
