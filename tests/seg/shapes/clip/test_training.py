"""Training: its shortcuts change nothing, it learns, and what it writes can be loaded."""

import subprocess
import sys

import open_clip
import pytest
import torch

from seg.models.backbones import OpenCLIPBackbone
from seg.models.text_encoders import OpenCLIPTextEncoder
from seg.shapes.clip.attributes import TRUE
from seg.shapes.clip.batches import batches
from seg.shapes.clip.segments import normalised, pool_segments, segment_masks, shrink_masks
from seg.shapes.clip.storage import read_manifest, write_weights
from seg.shapes.clip.training import Schedule, encode_short, train


@pytest.fixture(scope='module')
def embedded_model():
    model, _, _ = open_clip.create_model_and_transforms('shapes_clip')
    return model.eval()


@pytest.fixture(scope='module')
def batch():
    return next(batches('shapes_clip', pictures=4, scenes=2, seed=0, workers=0))


def test_a_batch_has_a_row_for_each_picture_and_segment(batch):
    assert batch.truth.shape == (len(batch.pictures) + sum(batch.counts), len(batch.tokens))
    assert (batch.truth == TRUE).any(1).sum() >= len(batch.truth) - 1


def test_batches_depend_on_the_seed_alone(batch):
    same = next(batches('shapes_clip', pictures=4, scenes=2, seed=0, workers=0))
    other = next(batches('shapes_clip', pictures=4, scenes=2, seed=1, workers=0))
    assert torch.equal(batch.scenes, same.scenes) and torch.equal(batch.tokens, same.tokens)
    assert not torch.equal(batch.scenes, other.scenes)


OPENCV_WAS_USED = """
import cv2, numpy as np
cv2.setNumThreads(2)
cv2.resize(np.zeros((2000, 2000, 3), np.uint8), (3000, 3000), interpolation=cv2.INTER_CUBIC)
from seg.shapes.clip.batches import batches
rendered = batches('shapes_clip', pictures=1, scenes=1, seed=0, workers=2)
first, second = next(rendered), next(rendered)
print((first.scenes != second.scenes).any().item())
"""


def test_two_workers_render_different_batches_whatever_opencv_did_before():
    done = subprocess.run(
        [sys.executable, '-c', OPENCV_WAS_USED], capture_output=True, text=True, timeout=120
    )
    assert done.stdout.strip() == 'True', done.stderr[-500:]


@torch.inference_mode()
def test_captions_cut_short_have_the_features_of_whole_ones(embedded_model, batch):
    whole = torch.nn.functional.pad(batch.tokens, (0, 32 - batch.tokens.shape[1]))
    expected = embedded_model.encode_text(whole)
    torch.testing.assert_close(encode_short(embedded_model, batch.tokens), expected)


@torch.inference_mode()
def test_segments_are_pooled_as_the_backbone_pools_masks(embedded_model, batch):
    with pytest.warns(UserWarning, match='random weights'):
        backbone = OpenCLIPBackbone('shapes_clip')
    backbone.visual = embedded_model.visual
    masks = segment_masks(batch.segments, batch.counts)
    found = pool_segments(embedded_model.visual, batch.scenes, masks).split(batch.counts)
    last_map = backbone(normalised(batch.scenes))[-1]
    for index, own in enumerate(masks):
        inside = shrink_masks(own, last_map.shape[-2:])[None]
        expected = backbone.mask_pool(last_map[index : index + 1], inside)[0]
        torch.testing.assert_close(found[index], expected)
    images = normalised(batch.pictures)
    torch.testing.assert_close(
        pool_segments(embedded_model.visual, batch.pictures, None),
        embedded_model.encode_image(images),
    )


def test_masks_have_the_pixels_of_their_segments(batch):
    for segments, masks in zip(
        batch.segments, segment_masks(batch.segments, batch.counts), strict=True
    ):
        assert torch.equal(masks.argmax(0).short(), segments)
        assert (masks.sum(0) == 1).all()


def test_a_few_steps_lower_the_loss_and_give_weights_that_load(tmp_path):
    seen = []
    schedule = Schedule(steps=24, pictures=8, scenes=3, workers=0, bfloat16=False, average=0.5)
    model = train('shapes_clip', schedule, seed=0, report=lambda progress, _: seen.append(progress))
    assert [p.step for p in seen] == list(range(1, 25))
    assert seen[-1].part == 1
    assert seen[-1].loss < seen[0].loss - 0.1

    file = write_weights(model, tmp_path / 'new', {'seed': 0})
    assert file.stat().st_size < 4e6
    assert read_manifest(tmp_path / 'new')['seed'] == 0
    assert sorted(p.name for p in (tmp_path / 'new').iterdir()) == [
        'manifest.json',
        'open_clip_model.safetensors',
    ]
    init = dict(type='clip_pretrain', checkpoint=str(tmp_path / 'new'))
    images = torch.rand(1, 3, 64, 64)
    backbone = OpenCLIPBackbone('shapes_clip', init_cfg=init)
    expected = model.eval().encode_image(images)
    torch.testing.assert_close(
        backbone.mask_pool(backbone(images)[-1])[:, 0], expected, atol=0.01, rtol=0.01
    )
    encoder = OpenCLIPTextEncoder('shapes_clip', init_cfg=init)
    expected = model.encode_text(encoder.tokenize(['red circle']))
    torch.testing.assert_close(encoder.encode(['red circle']), expected, atol=0.01, rtol=0.01)


def test_training_can_go_on_from_weights(tmp_path):
    schedule = Schedule(steps=1, pictures=2, scenes=1, workers=0, learning_rate=0.0)
    first = train('shapes_clip', schedule, seed=0, report=lambda *_: None)
    file = write_weights(first, tmp_path, {})
    second = train('shapes_clip', schedule, seed=1, report=lambda *_: None, start=file)
    torch.testing.assert_close(second.state_dict(), first.state_dict(), atol=1e-3, rtol=1e-2)


def test_weights_that_are_not_finite_are_not_written(tmp_path):
    model = torch.nn.Linear(2, 2)
    model.weight.data[0, 0] = 1e6  # infinite in half precision
    with pytest.raises(ValueError, match='not finite in half precision: weight'):
        write_weights(model, tmp_path, {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize('wrong', [{}, {'steps': 1, 'minutes': 1}, {'steps': 0}, {'minutes': -1}])
def test_a_schedule_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match=r'steps|minutes'):
        Schedule(**wrong)
