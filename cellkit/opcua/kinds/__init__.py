"""How the gateway shows each kind of device, one file a kind."""
