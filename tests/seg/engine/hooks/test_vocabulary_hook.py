from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from mmengine.model import BaseModel
from torch import nn

from seg.engine.hooks.vocabulary_hook import EvalVocabularyHook
from seg.models.detectors import OpenVocabMaskFormer
from seg.models.layers.cosine_classifier import CosineClassifier
from seg.registry import HOOKS
from seg.text_classifier.manifest import build_manifest
from seg.text_classifier.naming import classifier_path
from seg.text_classifier.storage import save_classifier

TRAINED = ('cat,kitten', 'dog', 'grass')
EVALUATED = ('cat,kitten', 'zebra', 'red bus', 'grass', 'sky')
METAINFO = dict(classes=EVALUATED, thing_classes=EVALUATED[:3], unseen_classes=EVALUATED[1:3])


def rows(classes, seed):
    generator = torch.Generator().manual_seed(seed)
    return F.normalize(torch.randn(classes, 2, 8, generator=generator), dim=-1)


class Model(BaseModel):
    """What the hook asks of a detector."""

    def __init__(self):
        super().__init__()
        self.panoptic_head = nn.Module()
        self.panoptic_head.cls_embed = CosineClassifier(rows(3, seed=0))
        self.num_things_classes, self.num_stuff_classes = 2, 1
        self.is_seen = torch.ones(3, dtype=torch.bool)

    set_classifier = OpenVocabMaskFormer.set_classifier
    vocabulary = OpenVocabMaskFormer.vocabulary

    def use(self, vocabulary):
        self.panoptic_head.cls_embed.use(vocabulary)
        self.num_things_classes, self.num_stuff_classes = (
            vocabulary.num_things,
            vocabulary.num_stuff,
        )
        self.is_seen = vocabulary.is_seen

    def forward(self, x):
        return self.panoptic_head.cls_embed(x)


class Wrapped(nn.Module):
    """As DDP: the model is its ``module``."""

    def __init__(self, module):
        super().__init__()
        self.module = module


@pytest.fixture(params=['bare', 'wrapped', 'wrapped twice'])
def runner(request):
    dataset = SimpleNamespace(metainfo=METAINFO)
    evaluator = SimpleNamespace(dataset_meta=METAINFO)
    loop = SimpleNamespace(dataloader=SimpleNamespace(dataset=dataset), evaluator=evaluator)
    model = Model()
    if request.param != 'bare':
        model = Wrapped(model)
    if request.param == 'wrapped twice':  # by test-time augmentation too
        model = Wrapped(model)
    return SimpleNamespace(model=model, val_loop=loop, test_loop=loop)


@pytest.fixture
def hook():
    manifest = build_manifest(
        model_name='m',
        dataset_name='Eval',
        classes=EVALUATED,
        templates=['a {}'],
        architecture='m',
        precision='fp32',
    )
    save_classifier(classifier_path('m_Eval'), rows(5, seed=1), manifest)
    return HOOKS.build(dict(type='seg.EvalVocabularyHook', ov_classifier_name='m_Eval'))


def inner(runner):
    model = runner.model
    while isinstance(model, Wrapped):
        model = model.module
    return model


def state(runner):
    model = inner(runner)
    kinds = model.num_things_classes, model.num_stuff_classes, model.is_seen.tolist()
    return (*kinds, model(torch.eye(8)).tolist())


@pytest.mark.parametrize('loop', ['val', 'test'])
def test_evaluation_has_its_own_vocabulary_and_training_gets_its_own_back(runner, hook, loop):
    trained = state(runner)
    getattr(hook, f'before_{loop}')(runner)
    assert state(runner)[:3] == (3, 2, [True, False, False, True, True])
    expected = (torch.eye(8) @ rows(5, seed=1).flatten(0, 1).T).unflatten(1, (5, 2)).amax(2)
    scale = inner(runner).panoptic_head.cls_embed.log_scale.exp()
    torch.testing.assert_close(inner(runner)(torch.eye(8))[:, :5], scale * expected)
    getattr(hook, f'after_{loop}')(runner)
    assert state(runner) == trained


def test_after_an_exception_in_validation_the_next_run_has_the_training_vocabulary(runner, hook):
    trained = state(runner)
    hook.before_val(runner)  # after_val never comes
    hook.before_run(runner)
    assert state(runner) == trained


def test_a_second_evaluation_after_an_exception_does_not_take_its_words_for_trainings(runner, hook):
    trained = state(runner)
    hook.before_val(runner)
    hook.before_test(runner)
    hook.after_test(runner)
    assert state(runner) == trained


def test_without_unseen_classes_all_were_seen(runner, hook):
    dataset = runner.val_loop.dataloader.dataset
    dataset.metainfo = {k: v for k, v in METAINFO.items() if k != 'unseen_classes'}
    hook.before_val(runner)
    assert inner(runner).is_seen.all()


def test_what_training_saw_follows_from_the_words_and_the_metrics_are_told(runner, hook):
    loop = runner.val_loop
    loop.dataloader.dataset.metainfo = {k: v for k, v in METAINFO.items() if k != 'unseen_classes'}
    hook.trained_on = ('kitten', 'bus', 'sky,heaven', 'meadow, grass')
    hook.before_val(runner)
    assert inner(runner).is_seen.tolist() == [True, False, False, True, True]
    assert loop.evaluator.dataset_meta['unseen_classes'] == ('zebra', 'red bus')
    assert 'unseen_classes' not in loop.dataloader.dataset.metainfo


def test_what_a_data_set_calls_unseen_stays_unseen(runner, hook):
    hook.trained_on = EVALUATED
    hook.before_val(runner)
    assert inner(runner).is_seen.tolist() == [True, False, False, True, True]
    assert runner.val_loop.evaluator.dataset_meta is METAINFO


def test_a_file_made_for_other_classes_is_refused_and_nothing_is_exchanged(runner, hook):
    runner.val_loop.dataloader.dataset.metainfo = dict(classes=TRAINED, thing_classes=TRAINED[:2])
    trained = state(runner)
    with pytest.raises(ValueError, match="class 1 is 'zebra' there and 'dog' here"):
        hook.before_val(runner)
    assert state(runner) == trained


def test_a_missing_file_names_the_command(runner):
    with pytest.raises(FileNotFoundError, match=r'make it with: python tools/gen_cls\.py'):
        EvalVocabularyHook('m_None').before_val(runner)
