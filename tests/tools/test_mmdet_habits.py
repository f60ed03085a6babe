"""What users of mmdet know: its options and analysis tools on our configs, and its own tools with our parts."""

import importlib.util
import json
import pickle
import runpy
import sys
import warnings
from pathlib import Path

import mmdet
import numpy as np
import pytest
import torch
from mmengine.config import Config
from PIL import Image

from seg.apis.config.read import read_config
from seg.apis.training.trackers import add_trackers, drop_trackers
from seg.panoptic.png import read_panoptic_png
from seg.registry import MODELS

ROOT = Path(__file__).parents[2]
CONFIG = str(ROOT / 'configs/reg_sam/regnet_shapes.py')
MMDET_TOOLS = Path(mmdet.__file__).parent / '.mim/tools'


def run_tool(name, *arguments):
    spec = importlib.util.spec_from_file_location(name, ROOT / 'tools' / f'{name}.py')
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool.run([str(argument) for argument in arguments])


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp('shapes')
    sizes = ('--images', 2, '--val', 2, '--size', 64, '--workers', 1)
    assert run_tool('make_shapes', folder, *sizes) == 0
    return folder / 'ADEChallengeData2016'


@pytest.fixture
def shapes(data, monkeypatch):
    monkeypatch.setenv('SHAPES_ROOT', str(data))
    return data


@pytest.fixture(scope='module')
def detector(data, tmp_path_factory, tiny_clip):
    """A config of another project: mmdet's RetinaNet on our CLIP backbone, and COCO's boxes of the shapes."""
    folder = tmp_path_factory.mktemp('detector')
    for split in ('train', 'val'):
        content = json.loads((data / f'ade20k_panoptic_{split}.json').read_text())
        categories = [one for one in content['categories'] if one['isthing']]
        things = {one['id'] for one in categories}
        annotations = []
        for annotation in content['annotations']:
            ids = read_panoptic_png(data / f'ade20k_panoptic_{split}' / annotation['file_name'])
            for segment in annotation['segments_info']:
                if segment['category_id'] in things:
                    y, x = np.nonzero(ids == segment['id'])
                    box = [int(x.min()), int(y.min()), int(np.ptp(x)) + 1, int(np.ptp(y)) + 1]
                    annotations.append(
                        dict(id=len(annotations), iscrowd=0, bbox=box, area=box[2] * box[3])
                        | dict(image_id=annotation['image_id'], category_id=segment['category_id'])
                    )
        content.update(annotations=annotations, categories=categories)
        (folder / f'{split}.json').write_text(json.dumps(content))
    classes = tuple(one['name'] for one in categories)
    clip = dict(type='OpenCLIPBackbone', model_name=tiny_clip, init_cfg=None)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        channels = list(MODELS.build(clip).output_channels)
    config = folder / 'retinanet_clip.py'
    config.write_text(f"""
default_scope = 'mmdet'
custom_imports = dict(imports=['seg'])
load = [dict(type='LoadImageFromFile'), dict(type='Resize', scale=(64, 64))]
boxes = dict(type='LoadAnnotations', with_bbox=True)
keys = ('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor')
def loader(split, folder):
    return dict(
        batch_size=2, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=False),
        dataset=dict(
            type='CocoDataset', metainfo=dict(classes={classes}), ann_file='{folder}/' + split + '.json',
            data_root='{data}', data_prefix=dict(img='images/' + folder), test_mode=split == 'val',
            pipeline=[load[0], boxes, load[1], dict(type='PackDetInputs', meta_keys=keys)]))
train_dataloader, val_dataloader = loader('train', 'training'), loader('val', 'validation')
test_dataloader = val_dataloader
val_evaluator = dict(type='CocoMetric', ann_file='{folder}/val.json', metric='bbox')
test_evaluator = val_evaluator
model = dict(
    type='RetinaNet',
    data_preprocessor=dict(type='DetDataPreprocessor', pad_size_divisor=32),
    backbone=dict(type='seg.OpenCLIPBackbone', model_name='{tiny_clip}', init_cfg=None),
    neck=dict(type='FPN', in_channels={channels}, out_channels=16, start_level=1, num_outs=3),
    bbox_head=dict(
        type='RetinaHead', num_classes={len(classes)}, in_channels=16, feat_channels=16, stacked_convs=1,
        anchor_generator=dict(type='AnchorGenerator', octave_base_scale=4, scales_per_octave=1,
                              ratios=[1.0], strides=[8, 16, 32]),
        bbox_coder=dict(type='DeltaXYWHBBoxCoder')),
    train_cfg=dict(assigner=dict(type='MaxIoUAssigner', pos_iou_thr=0.5, neg_iou_thr=0.4, min_pos_iou=0),
                   allowed_border=-1, pos_weight=-1, debug=False),
    test_cfg=dict(nms_pre=20, min_bbox_size=0, score_thr=0.0, nms=dict(type='nms', iou_threshold=0.5),
                  max_per_img=5))
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=1)
val_cfg, test_cfg = dict(type='ValLoop'), dict(type='TestLoop')
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.001))
default_hooks = dict(visualization=dict(type='DetVisualizationHook'), logger=dict(type='LoggerHook', interval=1))
vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(type='DetLocalVisualizer', vis_backends=vis_backends)
del loader
""")
    return config


@pytest.fixture(scope='module')
def trained_detector(detector):
    """Its checkpoint, by our tools/train.py."""
    assert run_tool('train', detector, '--work-dir', detector.parent / 'work') == 0
    return detector.parent / 'work/epoch_1.pth'


def test_a_detector_is_trained_tested_and_drawn(detector, trained_detector, tmp_path, capfd):
    log = next(trained_detector.parent.rglob('scalars.json')).read_text()
    assert '"loss_bbox"' in log and '"coco/bbox_mAP"' in log
    folders = ('--work-dir', tmp_path / 'test', '--show-dir', tmp_path / 'drawn')
    assert run_tool('test', detector, trained_detector, *folders, '--out', tmp_path / 'r.json') == 0
    assert len(list((tmp_path / 'drawn').rglob('*.jpg'))) == 2
    found = json.loads((tmp_path / 'r.json').read_text())
    known = {
        one['id'] for one in json.loads((detector.parent / 'val.json').read_text())['categories']
    }
    assert (
        found and {one['category_id'] for one in found} <= known and 'segmentation' not in found[0]
    )
    capfd.readouterr()
    assert run_tool('test', detector, trained_detector, '--tta', '--work-dir', tmp_path / 'no') == 1
    (error,) = capfd.readouterr().err.splitlines()
    assert 'has no panoptic model, whose views RPS can merge' in error


@pytest.mark.skipif(not MMDET_TOOLS.is_dir(), reason='this mmdet has no tools in its package')
def test_mmdets_own_test_runs_a_detector_on_our_backbone(
    detector, trained_detector, tmp_path, monkeypatch
):
    out = tmp_path / 'r.pkl'
    words = ['test.py', detector, trained_detector, '--work-dir', tmp_path / 'work', '--out', out]
    monkeypatch.setattr('sys.argv', list(map(str, words)))
    monkeypatch.setenv('LOCAL_RANK', '0')
    load = torch.load  # mmengine 0.10.7 asks it for no weights_only
    monkeypatch.setattr(torch, 'load', lambda *a, **k: load(*a, **{'weights_only': False} | k))
    runpy.run_path(str(MMDET_TOOLS / 'test.py'), run_name='__main__')
    found = pickle.loads(out.read_bytes())
    assert len(found) == 2 and len(found[0]['pred_instances']['scores']) == 5


SMALL = (
    *(f'{split}_dataloader.num_workers=0' for split in ('train', 'val', 'test')),
    *(f'{split}_dataloader.persistent_workers=False' for split in ('train', 'val', 'test')),
    *('train_dataloader.batch_size=2', 'train_cfg.max_epochs=1', 'model.neck.out_channels=32'),
    *('model.panoptic_head.in_channels=32', 'model.panoptic_head.num_queries=6'),
    *('default_hooks.logger.interval=1', 'model.test_cfg.object_mask_thr=0.0'),
    *(f'{split}_dataloader.dataset.pipeline.1.scale=(64,64)' for split in ('val', 'test')),
    *('model.test_cfg.instance_on=True', 'model.test_cfg.iou_thr=0.0'),
)


@pytest.fixture(scope='module')
def panoptic(data, tmp_path_factory):
    """Folder with the classifier and the work folder of our smallest config after one step."""
    folder = tmp_path_factory.mktemp('panoptic')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('SHAPES_ROOT', str(data))
        patch.setenv('RPS_CLASSIFIER_ROOT', str(folder / 'embd'))
        assert run_tool('gen_cls', CONFIG, '--templates', 'simple', '--no-cache') == 0
        assert (
            run_tool('train', CONFIG, '--work-dir', folder / 'work', '--cfg-options', *SMALL) == 0
        )
    return folder


@pytest.fixture
def run_test(panoptic, shapes, monkeypatch, tmp_path):
    monkeypatch.setenv('RPS_CLASSIFIER_ROOT', str(panoptic / 'embd'))

    def run(*options):
        left = panoptic / 'work' / Path(CONFIG).name
        return run_tool(
            'test', left, panoptic / 'work/epoch_1.pth', '--work-dir', tmp_path / 'test', *options
        )

    return run


def test_out_writes_cocos_files_and_tta_merges_views(run_test, tmp_path, capfd):
    assert run_test('--tta', '--out', tmp_path / 'r.json', '--show-dir', tmp_path / 'drawn') == 0
    content = json.loads((tmp_path / 'r.json').read_text())
    assert len(content['annotations']) == len(list((tmp_path / 'drawn').iterdir())) == 2
    for annotation in content['annotations']:
        ids = read_panoptic_png(tmp_path / 'r' / annotation['file_name'])
        assert ids.shape == (64, 64)
        assert set(np.unique(ids)) - {0} == {one['id'] for one in annotation['segments_info']}
    found = json.loads((tmp_path / 'r.segm.json').read_text())
    assert found and set(found[0]) == {'image_id', 'category_id', 'score', 'bbox', 'segmentation'}
    capfd.readouterr()
    assert run_test('--out', tmp_path / 'r.json') == 1
    assert f'error: --out: {tmp_path}/r.json exists;' in capfd.readouterr().err


def test_out_pickles_what_mmdet_pickles(run_test, tmp_path):
    assert run_test('--out', tmp_path / 'r.pkl') == 0
    found = pickle.loads((tmp_path / 'r.pkl').read_bytes())
    assert len(found) == 2 and found[0]['pred_panoptic_seg']['sem_seg'].shape == (1, 64, 64)
    assert 'counts' in found[0]['pred_instances']['masks'][0]


@pytest.mark.parametrize('option', [('--tta',), ('--out', 'r.json'), ('--show-dir', 'x')])
def test_what_is_for_one_test_set_is_refused_beside_on(option, capsys):
    with pytest.raises(SystemExit):
        run_tool('test', CONFIG, 'embedded', '--on', 'voc20', *option)
    assert f"{option[0]} is for the config's own test set" in capsys.readouterr().err


def test_browse_dataset_draws_augmented_pictures(shapes, detector, tmp_path, capsys):
    out = ('--not-show', '--show-number', 1, '--output-dir')
    assert run_tool('browse_dataset', CONFIG, *out, tmp_path / 'ours') == 0
    assert run_tool('browse_dataset', detector, *out, tmp_path / 'boxes') == 0
    for folder, size in (('ours', 640), ('boxes', 64)):
        (file,) = (tmp_path / folder).iterdir()
        assert file.name == 'ADE_train_00000001.jpg.png' and max(Image.open(file).size) == size
    assert '1 of 2 training pictures' in capsys.readouterr().out
    assert run_tool('browse_dataset', CONFIG, *out, tmp_path / 'ours') == 1
    assert 'ours is not an empty folder' in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run_tool('browse_dataset', CONFIG, '--not-show')


def test_browse_dataset_without_a_screen_says_what_to_give(shapes, monkeypatch, capsys):
    import matplotlib.pyplot as plt

    plt.switch_backend('agg')
    assert run_tool('browse_dataset', CONFIG) == 1
    assert 'give --output-dir FOLDER --not-show' in capsys.readouterr().err


def test_get_flops_counts_products_without_weights_data_or_classifier(detector, shapes, capsys):
    assert run_tool('get_flops', CONFIG, '--shape', 64) == 0
    one = capsys.readouterr().out
    assert run_tool('get_flops', CONFIG, '--num-images', 1, '--cfg-options', SMALL[-4]) == 0
    assert one.splitlines()[1:-1] == capsys.readouterr().out.splitlines()[2:-1]
    assert 'Input shape: (64, 64)' in one and 'Params: 5.51 M' in one
    assert run_tool('get_flops', detector, '--shape', 64, 96) == 0
    assert 'Input shape: (64, 96)' in capsys.readouterr().out
    assert run_tool('get_flops', str(ROOT / 'configs/reg_sam/gen_ade20k_classifier.py')) == 1
    assert 'has no model to build' in capsys.readouterr().err


def test_print_config_has_what_follows_from_the_data_set(tmp_path, capsys):
    whole = tmp_path / 'whole.py'
    assert run_tool('print_config', CONFIG, '--save-path', whole, '--cfg-options', 'a.b=1') == 0
    assert 'num_things_classes=10' in capsys.readouterr().out
    kept = read_config(str(whole))
    assert kept.a.b == 1 and kept.model.panoptic_head.num_stuff_classes == 4
    assert run_tool('print_config', CONFIG, '--save-path', whole) == 1
    assert 'whole.py exists' in capsys.readouterr().err
    wrong = 'model.panoptic_head.num_things_classes=9'
    assert run_tool('print_config', CONFIG, '--cfg-options', wrong) == 0
    assert 'warning: numbers of classes are not filled in' in capsys.readouterr().err


def test_analyze_logs_reads_what_our_training_logged(panoptic, tmp_path, capsys):
    work, out = panoptic / 'work', tmp_path / 'c.png'
    assert run_tool('analyze_logs', 'plot_curve', work, '--keys', 'loss', 'PQ', '--out', out) == 0
    assert Image.open(out).size[0] > 300
    assert run_tool('analyze_logs', 'plot_curve', work, '--keys', 'lss', '--out', out) == 1
    assert "the log has no 'lss'; did you mean loss" in capsys.readouterr().err
    assert run_tool('analyze_logs', 'cal_train_time', work) == 1
    assert '--include-outliers counts it' in capsys.readouterr().err
    assert run_tool('analyze_logs', 'cal_train_time', work, '--include-outliers') == 0
    assert 'average ' in capsys.readouterr().out


@pytest.mark.parametrize('package', ['wandb', 'mlflow'])
def test_a_tracker_that_is_not_installed_is_one_line_before_anything(
    package, monkeypatch, tmp_path, capsys
):
    monkeypatch.setitem(sys.modules, package, None)
    work = tmp_path / 'work'
    assert run_tool('train', CONFIG, f'--{package}', '--work-dir', work) == 1
    (error,) = capsys.readouterr().err.splitlines()
    assert error.endswith(f'is not installed; pip install {package}') and not work.exists()


def test_trackers_join_tensorboard_and_a_test_begins_no_run(monkeypatch):
    monkeypatch.setattr('seg.apis.training.trackers.find_spec', lambda name: name)
    monkeypatch.setenv('MLFLOW_TRACKING_URI', 'http://host:5000')
    cfg = Config.fromfile(CONFIG)
    before = len(cfg.visualizer.vis_backends)
    add_trackers(cfg, wandb='mine', mlflow='theirs', run='a')
    wandb, mlflow = cfg.visualizer.vis_backends[before:]
    assert wandb == dict(type='seg.WandbTracker', init_kwargs=dict(project='mine', name='a'))
    assert mlflow.tracking_uri == 'http://host:5000' and mlflow.exp_name == 'theirs'
    drop_trackers(cfg)
    assert len(cfg.visualizer.vis_backends) == before
