"""A panoptic data set as one page of HTML: what is in it, what is odd about it, and how it looks.

One step a module: :mod:`.source` finds the files, :mod:`.entries` reads the annotations,
:mod:`.examine` opens every picture, :mod:`.alike` compares them, :mod:`.statistics` counts,
:mod:`.choose` takes the pictures that are shown, :mod:`.draw` draws them, :mod:`.page` writes.
"""
