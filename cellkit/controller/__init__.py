"""The kernel of all virtual robot controllers, and the protocols of the plants and worlds that it moves."""
