"""When a request may be sent, how it is sent, what its response means, and what it costs."""
