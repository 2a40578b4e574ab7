"""The vendor-less reference devices, the example to copy. They call cellkit's controller kernel directly."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(
    name="virtual",
    title="cellkit reference devices",
    package="cellkit_virtual",
    factory="cellkit_virtual.driver:VirtualDevices",
    rig="cellkit_virtual.rig:VirtualRig",
)
