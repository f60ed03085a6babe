"""Published models: folders that hold all another machine needs, read as what a stranger wrote."""
