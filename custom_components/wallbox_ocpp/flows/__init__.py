"""The steps of the subentry flow of a charger: adding, settings, cards, password, removal."""
