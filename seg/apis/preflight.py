"""Before the first batch: dataset, classifier and head must speak of the same classes."""

from mmengine.config import Config

from seg.apis.classifier_config import vocabulary_from_config
from seg.text_classifier.naming import classifier_path
from seg.text_classifier.storage import load_classifier


def check_vocabulary(cfg: Config) -> None:
    """See that dataset name, ``ov_classifier_name``, classifier file and classes agree.

    Reads the classifier file and the metainfo of the datasets, no data.

    Raises:
        FileNotFoundError: If there is no classifier file; names the command that makes it.
        ValueError: If two of them disagree; names what differs and what mends it.
    """
    head = cfg.model.panoptic_head
    name = head.get('ov_classifier_name')
    if not name:
        raise ValueError('model.panoptic_head has no ov_classifier_name')
    dataset_name, classes, things = vocabulary_from_config(cfg)
    stem = classifier_path(name).stem
    if not stem.endswith(f'_{dataset_name}'):
        raise ValueError(
            f'ov_classifier_name {name!r} is not a classifier of the training dataset '
            f'{dataset_name!r}: the name should end in _{dataset_name}; set '
            f'model.panoptic_head.ov_classifier_name, and make the file with: '
            f'python tools/gen_cls.py {cfg.filename}'
        )
    try:
        load_classifier(name, classes=classes)
    except (FileNotFoundError, ValueError) as error:  # the generic advice names no config
        advice = str(error).replace('YOUR_TRAINING_CONFIG', str(cfg.filename))
        raise type(error)(advice) from None
    if things is None:
        return
    for kind, count in (('things', things), ('stuff', len(classes) - things)):
        if head[f'num_{kind}_classes'] != count:
            raise ValueError(
                f'model.panoptic_head.num_{kind}_classes is {head[f"num_{kind}_classes"]}, but '
                f'{dataset_name} has {count} {kind}; set it to {count}'
            )
