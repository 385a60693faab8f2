"""Policy: what the owner wants → the current now and in the hours to come."""
