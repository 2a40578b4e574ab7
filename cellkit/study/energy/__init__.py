"""The energy of a cell: from the joints' work in simulation to kWh per part and peak kW."""
