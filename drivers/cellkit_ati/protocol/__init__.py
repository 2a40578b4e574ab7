"""What goes over the wire: RDT requests and records, the status word, the settings that the box tells in XML."""
