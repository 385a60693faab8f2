"""What outlives a restart of Home Assistant."""
