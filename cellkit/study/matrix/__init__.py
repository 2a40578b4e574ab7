"""The interoperability matrix: every scenario × every arm × every path with the same program text, over many seeds."""
