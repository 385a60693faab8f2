"""How a message of a charger changes its state: message in, state, answer and events out."""
