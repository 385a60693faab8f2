"""The imperative shell around one charger: its connection, and the commands of its owner."""
