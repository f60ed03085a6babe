"""The web page of ``demo/app.py``."""
