"""A simulator of the GitHub REST API, with synthetic data, for the demo and the tests.

It answers as GitHub does where a client can tell the difference: cursors without a last page, a
cap on page numbers, validators per token, free and charged 304s, both rate limits, renames, tokens
of an app, repositories in trouble, and whatever faults and changes it is told to let happen.
"""
