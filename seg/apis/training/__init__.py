"""What a training takes beside the runner: own data before it, words to go on with after it."""
