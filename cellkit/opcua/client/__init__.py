"""A secure OPC UA client on the cell's own loop, for drivers; :mod:`cellkit.opcua.client.client` is where to begin."""
