"""One robot cell program, any brand: simulated, on virtual controllers and on real hardware."""

__version__ = "0.1.0"
