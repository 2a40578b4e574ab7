"""The interoperability matrix: every scenario × every arm × every path, the same program text, over many seeds."""
