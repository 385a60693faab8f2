"""Flows that the config flow hands on to: chargers, cards, passwords."""
