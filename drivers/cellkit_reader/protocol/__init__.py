"""What goes over the wire: lines of text, and what they mean in the dialects of the vendors."""
