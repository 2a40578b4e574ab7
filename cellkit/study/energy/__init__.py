"""What a cell draws from the mains: from the joints' work in simulation to kWh per part and peak kW."""
