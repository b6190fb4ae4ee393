"""GitHub's GraphQL API: many repositories' counters and newest items in one request, the pulse."""
