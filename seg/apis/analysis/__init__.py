"""What mmdet's analysis tools tell of a config or a log, for ours."""
