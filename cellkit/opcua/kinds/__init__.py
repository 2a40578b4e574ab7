"""The OPC UA nodes of each kind of device, one file a kind."""
