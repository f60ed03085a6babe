"""Prompts to features: the templates of all names share one prefix tree, encoded once."""
