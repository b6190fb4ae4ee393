"""Alerts about runs: the rules for what is worth an alert, and the webhook they are posted to."""
