"""Class names to candidates to prompts to features to the classifier ``[C, K, D]`` to its file.

One step a module: :mod:`.candidates`, :mod:`.features`, :mod:`.classifier`, :mod:`.manifest`,
:mod:`.storage`, with every name and path from :mod:`.naming`. Nothing here knows a model or a
dataset class: it is given class names and an encoder.
"""

from seg.text_classifier.naming import classifier_name, classifier_path
from seg.text_classifier.storage import load_classifier

__all__ = ['classifier_name', 'classifier_path', 'load_classifier']
