"""The formats of the figures of the comparison; their names are the texts ``headline.*``."""

HEADLINES: dict[str, str] = {
    "reachable": "percent",
    "proven": "percent",
    "cycle_mean": "s",
    "cycle_p95": "s",
    "parts_per_hour": "parts/h",
    "oee": "percent1",
    "energy_per_part": "kWh",
    "average_power": "kW",
    "peak_power": "kW",
    "capex": "EUR",
    "payback": "years",
    "npv": "EUR",
    "probability_of_loss": "percent1",
    "cost_per_part": "EUR2",
}
