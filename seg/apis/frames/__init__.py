"""Pictures in a row: what a command line names, read, segmented and written at the same time."""
