"""RSI and KUKAVARPROXY as data: configuration, datagrams, variables, angles, states. Pure."""
