"""What goes over the wire: the gripper's registers, by the names of the vendor's manual, in two encodings."""
