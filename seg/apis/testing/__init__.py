"""What a test can be asked for besides its numbers."""
