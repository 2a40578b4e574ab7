"""The gateway: a cell as a secure OPC UA server, and the client side; the only package that knows asyncua."""
