"""The sensors: what makes a deployment refresh by itself, and say when it cannot."""
