"""ABB's protocols, without any input or output: EGM, RWS 1.0 and 2.0, XHTML and RAPID values."""
