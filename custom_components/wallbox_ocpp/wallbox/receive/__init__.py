"""The way in: (state, message) → state, answer and events."""
