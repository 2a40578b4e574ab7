"""What runs and measurements prove: proportions with their bounds, performance figures by standard."""
