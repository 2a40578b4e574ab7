"""Registers of the box and of the grippers behind it. Messages and framing of Modbus are pymodbus'."""
