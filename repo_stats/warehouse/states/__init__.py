"""What is known of each repository between refreshes, in one small file beside the tables."""
