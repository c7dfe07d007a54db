"""What may be done: pure, no clock, no file, no process."""
