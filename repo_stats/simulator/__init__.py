"""A simulator of the GitHub API, REST and GraphQL, with synthetic data, for the demo and the tests.

It behaves like GitHub wherever a client can tell the difference: cursors without a last page, a
cap on page numbers, validators per token, free and charged 304s, rate limits of requests and of
points, renames, tokens of an app, and repositories that it does not show. Faults and changes can be
scheduled, also in the middle of a response to a query, and its replicas can lag.
"""
