"""Many runs: spread over processes or a Dask cluster, each kept once it is finished, put together by concept."""
