"""The actions of a charger, by subject; `services.py` registers them and checks permissions."""
