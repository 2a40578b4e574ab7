"""What a coupler's tables mean. Messages and framing are pymodbus'."""
