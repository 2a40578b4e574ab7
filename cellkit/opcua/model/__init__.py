"""The information model: companion specifications and cellkit's own types, and the making of instances from them."""
