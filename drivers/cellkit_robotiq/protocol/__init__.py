"""What goes over the wire: the gripper's registers, by the names of the maker's manual, in two encodings."""
