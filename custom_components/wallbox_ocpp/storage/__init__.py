"""Storage over restarts of Home Assistant: the state, the archive of sessions, exports."""
