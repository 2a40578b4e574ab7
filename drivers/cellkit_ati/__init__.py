"""ATI Industrial Automation: to come."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(name="ati", title="ATI Industrial Automation", package="cellkit_ati")
