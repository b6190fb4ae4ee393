"""GitHub's GraphQL API: what a query costs, and what it finds.

This alone imports graphql-core, and is imported when the first query comes.
"""
