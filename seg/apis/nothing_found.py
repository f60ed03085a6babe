"""Why a picture may have no segment, and what can be done about it."""

from collections.abc import Sequence

from seg.runtime.project_files import how_to_run
from seg.text_classifier.candidates import split_candidates
from seg.text_classifier.vocabulary import seen_classes
from seg.text_classifier.words.lines import abbreviated

_SHOWN = 5


def nothing_found(
    words: Sequence[str], trained_on: Sequence[str], script: str, unknown: Sequence[str] = ()
) -> str:
    """What to say where a model found none of the words.

    Args:
        words: The classes that were asked for.
        trained_on: Those that the model was trained on.
        script: The command, in the repository, that would run another model.
        unknown: Words that its text model was not trained on. Defaults to none that are known of.
    """
    known = seen_classes(words, trained_on)
    others = [own for own, is_known in zip(words, known, strict=True) if not is_known]
    lines = ['No segment: the model is not sure enough of any of these words in this picture.']
    if others:
        lines.append(
            f'It was trained on {len(trained_on):,} classes ({_listed(_first(trained_on))}), and not '
            f'on {_listed(_first(others))}.'
        )
    if unknown:
        lines.append(f'Its text model does not know what {_listed(unknown)} means.')
    picture = '' if script == 'demo/app.py' else ' PICTURE'
    lines.append(
        f'A real CLIP and a checkpoint of it may: {how_to_run(script)}{picture} '
        'configs/open_vocab/clip_convnext_large_coco.py CHECKPOINT; docs/en/own_data.md says how to '
        'train on pictures of your own.'
    )
    return ' '.join(lines)


def _first(classes: Sequence[str]) -> list[str]:
    return [split_candidates(own)[0] for own in classes]


def _listed(names: Sequence[str]) -> str:
    return ', '.join(map(abbreviated, names[:_SHOWN])) + (', ...' if len(names) > _SHOWN else '')
