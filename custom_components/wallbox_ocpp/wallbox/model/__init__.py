"""Facts about a charger, one value type a file."""
