"""The documents of an MTConnect agent, the parts of its streams, and what follows from them."""
