"""IO-Link masters over HTTP: sensors and signals by ifm's IoT Core, sensors by the community's JSON for IO-Link."""

from cellkit.registry import DriverSpec, WireSpec

DRIVER = DriverSpec(
    name="iolink",
    title="IO-Link masters",
    package="cellkit_iolink",
    wires=(
        WireSpec(
            "proximity",
            "iotcore",
            "cellkit_iolink.driver:IotCoreSensor",
            "cellkit_iolink.config:IotCoreConfig",
            "cellkit_iolink.virtual:VirtualIotCoreSensor",
        ),
        WireSpec(
            "proximity",
            "json",
            "cellkit_iolink.driver:JsonSensor",
            "cellkit_iolink.config:JsonConfig",
            "cellkit_iolink.virtual:VirtualJsonSensor",
        ),
        WireSpec(
            "io",
            "iotcore",
            "cellkit_iolink.signals:IotCoreDigitalIO",
            "cellkit_iolink.config:IotCoreIoConfig",
            "cellkit_iolink.virtual:VirtualIotCoreIo",
        ),
    ),
    rig="cellkit_iolink.rig:IoLinkRig",
)
