"""The data on the wire: RDT requests and records, the status word, the settings that the box reports in XML."""
