"""Tokens and GitHub Apps, and the choice of the token for each request."""
