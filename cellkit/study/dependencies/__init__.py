"""What a cell depends on: bill of materials with origins, lock-in metrics, what-if a supplier is gone, SBOM."""
