"""Knowledge that models are built from: prompt templates and class names, without torch."""
