"""The gateway, which serves a cell as a secure OPC UA server, and the client; the only package that imports asyncua."""
