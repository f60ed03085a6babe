"""Data of one's own: from what people have, in many formats, to the panoptic layout."""
