"""The invented data that the benchmarks run on, and its bulk loader."""
