"""The dependencies of a cell: bill of materials with origins, lock-in metrics, loss of a supplier, SBOM."""
