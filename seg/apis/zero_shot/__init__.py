"""One model on many test sets, none of which it was trained on."""
