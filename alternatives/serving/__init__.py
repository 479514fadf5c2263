"""What people wait for: the queue, limits on what one request may cost, and turns."""
