"""The plan: what is asked of a charger, and what an answer makes true."""
