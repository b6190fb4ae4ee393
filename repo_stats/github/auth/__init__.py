"""Tokens, GitHub Apps, and which token a request is sent with."""
