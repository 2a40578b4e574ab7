"""What goes over the wire: text lines (``gcl``) and binary frames (``frames``, ``binary``) with one table of codes."""
