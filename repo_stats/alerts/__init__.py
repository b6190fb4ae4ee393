"""What is worth telling somebody, and telling it."""
