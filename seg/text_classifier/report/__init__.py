"""What people see of a classifier: its summary, its confusable classes, two files compared."""
