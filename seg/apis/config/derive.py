"""What follows from data set and text model, filled into a config that leaves it out."""

from mmengine.config import Config, ConfigDict

from seg.apis.config.classifier import text_model_from_config, vocabulary_from_config
from seg.apis.config.read import config_name, section, type_name
from seg.text_classifier.naming import classifier_name

EVAL_HOOK = 'EvalVocabularyHook'


def derive_classes(cfg: Config) -> None:
    """Fill in the numbers of classes and the names of the classifiers.

    ``model.panoptic_head`` gets ``num_things_classes``, ``num_stuff_classes`` and
    ``ov_classifier_name`` of the training dataset, an ``EvalVocabularyHook`` the name of the
    evaluation dataset's classifier and the classes of training. What the config says itself stays: numbers must be the dataset's,
    names are for :func:`check_vocabulary` to see. A config without a panoptic head is left as it is.

    Raises:
        ValueError: If the dataset has no classes, or does not tell things from stuff, a number is not
            the dataset's, or there is no text model to name the classifier after.
    """
    head = section(cfg, 'model.panoptic_head')
    if not head:
        return
    vocabulary = vocabulary_from_config(cfg)
    things = vocabulary.num_things
    if things is None:
        things = head.get('num_things_classes')
        if not isinstance(things, int):
            raise ValueError(
                f'{vocabulary.dataset_name} has no thing_classes in its metainfo, which tell things '
                'from stuff; add them, or set model.panoptic_head.num_things_classes to their number'
            )
    for kind, count in (('things', things), ('stuff', len(vocabulary.classes) - things)):
        key = f'num_{kind}_classes'
        if head.get(key) not in (None, count):
            raise ValueError(
                f'model.panoptic_head.{key} is {head[key]!r}, but {vocabulary.dataset_name} has '
                f'{count} {kind}; leave it out, or set it to {count}'
            )
        head[key] = count
    if head.get('ov_classifier_name') is None and 'classifier' not in head:
        head['ov_classifier_name'] = classifier_of(cfg, vocabulary.dataset_name)
    hook = eval_hook(cfg)
    if hook is not None and hook.get('trained_on') is None:
        hook['trained_on'] = vocabulary.classes
    if hook is not None and hook.get('ov_classifier_name') is None:
        split = 'val' if cfg.get('val_dataloader') else 'test'
        name = vocabulary_from_config(cfg, split).dataset_name
        hook['ov_classifier_name'] = classifier_of(cfg, name)


def eval_hook(cfg: Config) -> ConfigDict | None:
    """The ``EvalVocabularyHook`` of a config, if it has one.

    Raises:
        ValueError: If ``custom_hooks`` holds something that is no hook.
    """
    hooks = cfg.get('custom_hooks') or ()
    strange = next((hook for hook in hooks if not isinstance(hook, dict)), None)
    if strange is not None:
        raise ValueError(f'custom_hooks holds {strange!r}, expected dicts with a type')
    return next((hook for hook in hooks if type_name(hook).endswith(EVAL_HOOK)), None)


def classifier_of(cfg: Config, dataset_name: str) -> str:
    """Name of the classifier that the config's text model makes for a data set.

    Raises:
        ValueError: If the config has no text model.
    """
    try:
        model_name = text_model_from_config(cfg)['model_name']
    except ValueError:
        raise ValueError(
            f'{config_name(cfg)} has no text model to name the text classifier after; add '
            "text_model=dict(type='OpenCLIPTextEncoder', model_name=...), or set "
            'model.panoptic_head.ov_classifier_name'
        ) from None
    return classifier_name(model_name, dataset_name)
