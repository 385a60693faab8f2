"""The imperative shell around one charger: its connection, and what its owner asks."""
