"""What is watched: the watchlist, and what the lists that it names bring in."""
