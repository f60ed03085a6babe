"""Why a picture may have no segment, and what can be done about it."""

from collections.abc import Sequence

from seg.runtime.project_files import how_to_run
from seg.text_classifier.candidates import split_candidates
from seg.text_classifier.vocabulary import seen_classes

_SHOWN = 5


def nothing_found(words: Sequence[str], trained_on: Sequence[str], script: str) -> str:
    """What to say where a model found none of the words.

    Args:
        words: The classes that were asked for.
        trained_on: Those that the model was trained on.
        script: The command, in the repository, that would run another model.
    """
    known = seen_classes(words, trained_on)
    unknown = [own for own, is_known in zip(words, known, strict=True) if not is_known]
    lines = ['No segment: the model is not sure enough of any of these words in this picture.']
    if unknown:
        lines.append(
            f'It was trained on {len(trained_on):,} classes ({_listed(trained_on)}), and not on '
            f'{_listed(unknown)}.'
        )
    lines.append(
        f'Another model may know them: {how_to_run(script)} with a config and a checkpoint; '
        'docs/en/own_data.md says how to train one.'
    )
    return ' '.join(lines)


def _listed(classes: Sequence[str]) -> str:
    names = [split_candidates(own)[0] for own in classes[:_SHOWN]]
    return ', '.join(names) + (', ...' if len(classes) > _SHOWN else '')
