"""A simulator of the GitHub REST API, with synthetic data, for the demo and the tests.

It behaves like GitHub wherever a client can tell the difference: cursors without a last page, a
cap on page numbers, validators per token, free and charged 304s, both rate limits, renames, tokens
of an app, and repositories that it does not show. Faults and changes can be scheduled.
"""
