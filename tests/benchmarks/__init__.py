"""The benchmarks: do all compute the same thing, and is what is written well formed. Never how long it takes."""
