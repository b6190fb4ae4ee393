"""Connections to the outside: proxies, certificates, and why a connection cannot be made.

Imports nothing else of the package, so that every layer may use it.
"""
