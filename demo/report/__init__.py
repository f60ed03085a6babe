"""What the demo saw, as one page of HTML that holds its pictures and needs no network."""
