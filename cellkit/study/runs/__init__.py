"""Many runs: spread over processes or a Dask cluster, each stored when it ends, and summed up by concept."""
