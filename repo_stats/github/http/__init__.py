"""What an HTTP response means, when the next request may be sent, and what requests cost."""
