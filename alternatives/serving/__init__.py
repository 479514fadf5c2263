"""What people wait for: one queue, what is kept, and what one request may cost."""
