"""What people read, worked out from the state."""
