"""Signals of any Modbus TCP coupler: digital and analog inputs and outputs, with a watchdog for a silent client."""

from cellkit.registry import DriverSpec, WireSpec

DRIVER = DriverSpec(
    name="modbus",
    title="Modbus TCP coupler",
    package="cellkit_modbus",
    wires=(
        WireSpec(
            "io",
            "modbus-tcp",
            "cellkit_modbus.driver:ModbusDigitalIO",
            "cellkit_modbus.config:ModbusConfig",
            "cellkit_modbus.virtual:VirtualDigitalCoupler",
        ),
        WireSpec(
            "analog_io",
            "modbus-tcp",
            "cellkit_modbus.driver:ModbusAnalogIO",
            "cellkit_modbus.config:ModbusConfig",
            "cellkit_modbus.virtual:VirtualAnalogCoupler",
        ),
    ),
    rig="cellkit_modbus.rig:ModbusRig",
)
