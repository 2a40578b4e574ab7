"""The plants, which virtual devices measure and move; one file per kind of device."""
