"""A secure OPC UA client on the cell's event loop, for drivers; start with :mod:`cellkit.opcua.client.client`."""
