"""Words as people type them."""
