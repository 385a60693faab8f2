"""Views: what people read, derived from the state."""
