"""Property-based tests: anything that may happen, in any order."""
