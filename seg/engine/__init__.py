"""What runs models: process groups, hooks and loops."""
