"""The meaning of a coupler's tables. Messages and framing are pymodbus'."""
