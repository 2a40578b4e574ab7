"""MTConnect machine tools: to come."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(name="mtconnect", title="MTConnect machine tools", package="cellkit_mtconnect")
