"""The information model: the types of the companion specifications and of cellkit, and the creation of instances."""
