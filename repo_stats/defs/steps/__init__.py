"""What the steps of several assets share."""
