"""What is pure in the driver: units and the texts in which nodes are named."""
