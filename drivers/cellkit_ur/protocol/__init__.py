"""The vendor's protocols, sans-I/O: RTDE 2, Dashboard, and the state packets of ports 30001 to 30003."""
