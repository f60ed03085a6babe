"""``tools/gen_cls.py`` as a person uses it, with a tiny CLIP of random weights in a file."""

import importlib.util
import json
import os
import warnings
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from seg.text_classifier.storage import save_classifier

ROOT = Path(__file__).parents[2]
ADE_CONFIG = str(ROOT / 'configs/reg_sam/gen_ade20k_classifier.py')
COCO_CONFIG = str(ROOT / 'configs/reg_sam/regnet_coco.py')
CLASSES = 'cat,kitten; traffic light; apple,red apple,apples'


def load_tool():
    spec = importlib.util.spec_from_file_location('gen_cls', ROOT / 'tools/gen_cls.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def gen_cls(tiny_clip, tiny_checkpoint, tmp_path, capsys):
    """Runs the tool; returns exit code, standard output and standard error."""
    defaults = {'--model': tiny_clip, '--checkpoint': str(tiny_checkpoint), '--templates': 'simple'}
    run = load_tool().run

    def call(*args, **replaced):
        options = {**defaults, '--out-dir': str(tmp_path / 'out')}
        options.update({f'--{key.replace("_", "-")}': value for key, value in replaced.items()})
        flat = [str(x) for pair in options.items() if pair[1] is not None for x in pair]
        try:
            code = run([*args, *flat])
        except SystemExit as stop:  # argparse
            code = stop.code
        out = capsys.readouterr()
        return code, out.out, out.err

    return call


def own_words(**more):
    return {'classes': CLASSES, 'dataset_name': 'Mine', **more}


def made(tmp_path, name='tiny_test_clip_Mine'):
    return tmp_path / 'out' / f'{name}.pth'


def test_the_file_equals_the_definition_written_out_with_open_clip(
    gen_cls, tiny_clip, tiny_checkpoint, tmp_path
):
    import open_clip

    code, _, _ = gen_cls(**own_words(templates='panoptic'))
    assert code == 0
    from ext.templates import PANOPTIC_PROMPT

    model = open_clip.create_model(tiny_clip)
    open_clip.load_checkpoint(model, str(tiny_checkpoint))
    model.eval()
    tokenizer = open_clip.get_tokenizer(tiny_clip)
    classes = [['cat', 'kitten'], ['traffic light'], ['apple', 'red apple', 'apples']]
    expected = torch.zeros(3, 3, 64)
    with torch.no_grad():
        for c, names in enumerate(classes):
            for k in range(3):
                name = names[k] if k < len(names) else names[0]
                rows = [
                    F.normalize(model.encode_text(tokenizer([template.format(name)])), dim=-1)
                    for template in PANOPTIC_PROMPT
                ]
                expected[c, k] = F.normalize(torch.stack(rows).mean(0), dim=-1)[0]
    found = torch.load(made(tmp_path), weights_only=True)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    ('config', 'dataset', 'classes'),
    [(ADE_CONFIG, 'ADE20KPanopticDataset', 150), (COCO_CONFIG, 'CocoPanopticOVDataset', 133)],
)
def test_a_config_gives_the_file_of_its_dataset(gen_cls, tmp_path, config, dataset, classes):
    code, out, _ = gen_cls(config)
    path = made(tmp_path, f'tiny_test_clip_{dataset}')
    assert code == 0 and str(path) in out and 'most confusable' in out
    classifier = torch.load(path, weights_only=True)
    assert classifier.shape[0] == classes and classifier.shape[2] == 64
    torch.testing.assert_close(classifier.norm(dim=-1), torch.ones(classifier.shape[:2]))
    manifest = json.loads(path.with_suffix('.json').read_text())
    assert manifest['shape'] == list(classifier.shape)
    assert manifest['pretrained'].endswith('.safetensors')


def test_classes_whose_prompts_are_cut_to_the_same_are_refused_after_a_warning(gen_cls, tmp_path):
    long = ' '.join(['very'] * 80)
    words = {'classes': f'{long} red ball; {long} blue ball; cat', 'dataset_name': 'Mine'}
    for turn in range(2):  # the second time from the cache
        warnings.resetwarnings()  # as in a process of its own
        code, _, err = gen_cls(**words)
        assert code == 1 and not made(tmp_path).exists()
        (warning,) = (line for line in err.splitlines() if 'prompts' in line)
        error = err.splitlines()[-1]
        assert warning.startswith('warning: 2 of 3 prompts are longer than the 77 tokens that')
        assert error.startswith('error: classes 0 and 1 cannot be told apart: ')
        assert 'red ball' in error and max(len(warning), len(error)) < 400
        assert error.endswith('--no-cache encodes them again') == bool(turn)


def test_an_up_to_date_file_is_left_alone(gen_cls, tmp_path):
    gen_cls(**own_words())
    before = made(tmp_path).stat().st_mtime_ns
    code, out, _ = gen_cls(**own_words())
    assert code == 0 and 'up to date' in out
    assert made(tmp_path).stat().st_mtime_ns == before


def test_a_file_that_differs_is_replaced_only_by_force(gen_cls, tmp_path):
    gen_cls(**own_words())
    before = made(tmp_path).read_bytes()
    code, _, err = gen_cls(**own_words(templates='panoptic'))
    assert code == 1 and 'differs in templates (1 in the file, 14 now)' in err and '--force' in err
    assert made(tmp_path).read_bytes() == before
    assert gen_cls('--force', **own_words(templates='panoptic'))[0] == 0
    assert made(tmp_path).read_bytes() != before


def test_other_weights_are_noticed(gen_cls, tiny_checkpoint, tmp_path):
    gen_cls(**own_words())
    state = torch.load(tiny_checkpoint) if tiny_checkpoint.suffix == '.pt' else None
    from safetensors.torch import load_file, save_file

    state = load_file(tiny_checkpoint)
    key = next(key for key in state if key.endswith('ln_final.weight'))
    state[key] = state[key] + 0.5
    other = tmp_path / 'other.safetensors'
    save_file(state, other)
    code, _, err = gen_cls(**own_words(checkpoint=other))
    assert code == 1 and 'differs in weights' in err


def test_the_same_weights_under_another_name_are_up_to_date(gen_cls, tiny_checkpoint, tmp_path):
    from safetensors.torch import load_file

    gen_cls(**own_words())
    other = tmp_path / 'other.pt'
    torch.save({'state_dict': load_file(tiny_checkpoint)}, other)
    code, out, _ = gen_cls(**own_words(checkpoint=other))
    assert code == 0 and 'up to date' in out


def test_words_without_a_config_need_weights(gen_cls, tmp_path):
    words = 'ViT-B-16 needs weights, given with --checkpoint; its tags: openai, '
    assert_refused(gen_cls(**own_words(model='ViT-B-16', checkpoint=None)), words, tmp_path)


def test_random_weights_that_a_config_asks_for_are_never_silent(gen_cls, tmp_path):
    config = broken_config(tmp_path, TEXT_MODEL.replace('RN50', 'tiny_test_clip'))
    code, _, err = gen_cls(config, **own_words(checkpoint=None))
    assert code == 0 and 'random weights' in err
    manifest = json.loads(made(tmp_path).with_suffix('.json').read_text())
    assert manifest['pretrained'] is None


def test_verify_prints_what_it_checked(gen_cls):
    gen_cls(**own_words())
    code, out, _ = gen_cls('--verify', **own_words(templates=None, checkpoint=None))
    assert code == 0
    for words in ('shape:      [3, 3, 64]', 'norms:', 'sha256:', 'classes:    3, 6 candidates'):
        assert words in out


def test_verify_deep_encodes_rows_anew(gen_cls, tmp_path):
    gen_cls(**own_words())
    arguments = own_words(templates=None)
    code, out, _ = gen_cls('--verify', 'deep', **arguments)
    assert code == 0 and 'rows:       6 re-encoded' in out
    path = made(tmp_path)
    manifest = json.loads(path.with_suffix('.json').read_text())
    rows = torch.load(path, weights_only=True)
    rows[0, 0] = torch.eye(64)[0]  # another unit vector, as a poisoned cache gives it
    save_classifier(path, rows, manifest)
    assert gen_cls('--verify', **own_words(templates=None, checkpoint=None))[0] == 0
    code, _, err = gen_cls('--verify', 'deep', **arguments)
    assert code == 1 and 'is not its feature' in err and err.count('\n') == 1


def test_verify_deep_names_a_device_that_there_is_not(gen_cls):
    gen_cls(**own_words())
    code, _, err = gen_cls('--verify', 'deep', **own_words(templates=None, device='toaster'))
    assert code == 1 and 'toaster' in err and err.count('\n') == 1


def test_standard_error_is_quiet_when_all_is_well(gen_cls):
    assert gen_cls(**own_words())[2] == ''


def test_precision_is_part_of_the_manifest(gen_cls, tmp_path):
    assert gen_cls(**own_words(precision='bf16'))[0] == 0
    assert json.loads(made(tmp_path).with_suffix('.json').read_text())['precision'] == 'bf16'


def broken_config(folder, text):
    file = folder / 'broken.py'
    file.write_text(text)
    return str(file)


BASE = "_base_ = []\ndefault_scope = 'seg'\n"
TEXT_MODEL = "text_model = dict(type='OpenCLIPTextEncoder', model_name='RN50', init_cfg=None)\n"
NO_CLASSES = "train_dataloader = dict(dataset=dict(type='mmdet.BaseDetDataset', ann_file='x'))\n"


@pytest.mark.parametrize(
    ('config', 'words'),
    [
        ('no_such_config.py', 'config no_such_config.py does not exist'),
        (TEXT_MODEL, r'has no train_dataloader.dataset'),
        (TEXT_MODEL + NO_CLASSES, "has no metainfo['classes']"),
        ('this is no python', 'cannot read config'),
        ("train_dataloader = dict(dataset=dict(type='NoSuchDataset'))\n", 'NoSuchDataset'),
    ],
)
def test_a_bad_config_is_one_clear_line(gen_cls, tmp_path, config, words):
    if not config.endswith('.py'):
        config = broken_config(tmp_path, "default_scope = 'seg'\n" + config)
    assert_refused(gen_cls(config), words, tmp_path)


def test_a_config_without_a_text_model_is_one_clear_line(gen_cls, tmp_path):
    config = broken_config(
        tmp_path, "train_dataloader = dict(dataset=dict(type='mmdet.CocoDataset'))"
    )
    assert_refused(gen_cls(config, model=None), 'has no text model', tmp_path)


def assert_refused(result, words, tmp_path):
    code, out, err = result
    assert code == 1
    assert words in err
    assert err.count('\n') == 1 and err.startswith('error: ') and not out
    assert not list((tmp_path / 'out').glob('*')) if (tmp_path / 'out').is_dir() else True


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (dict(classes='cat;_'), "class 2 of 2: the class name '_' has no word"),
        (dict(classes='cat;dog;cat'), "'cat' is given twice"),
        (dict(classes=';'), "';' has no word; give e.g. cat; dog, puppy"),
        (dict(classes='no_such_file.txt'), 'no_such_file.txt does not exist'),
        (dict(classes='animals'), 'classes file animals does not exist'),
        (dict(dataset_name='a/b'), 'cannot be the dataset name'),
        (dict(templates='vilt'), "unknown template set 'vilt'"),
        (dict(model='convnext_larg_d_320'), 'did you mean convnext_large_d_320'),
        (dict(checkpoint='no_such_tag'), "unknown checkpoint 'no_such_tag'"),
        (dict(checkpoint='/no/such.pt'), '/no/such.pt does not exist'),
        (dict(batch_size=0), 'batch size 0; expected at least 1'),
        (dict(device='cuda:99'), 'cuda:99'),
        (dict(device='toaster'), 'toaster'),
    ],
)
def test_a_bad_option_is_one_clear_line_and_no_file(gen_cls, tmp_path, options, words):
    assert_refused(gen_cls(**own_words(**options)), words, tmp_path)


@pytest.mark.parametrize(
    ('args', 'words'),
    [
        ([], 'give a config, or --model together with --classes'),
        (['--classes', 'cat;dog'], '--classes and --dataset-name must be given together'),
        ([ADE_CONFIG, '--precision', 'fp8'], 'fp8'),
        ([ADE_CONFIG, '--verify'], '--verify takes no --templates'),
        ([ADE_CONFIG, '--verify', 'twice'], '--verify takes nothing or deep, got twice'),
        ([ADE_CONFIG, '--batch-size', 'many'], 'many'),
    ],
)
def test_options_that_do_not_fit_together_are_explained(gen_cls, args, words):
    code, _, err = gen_cls(*args)
    assert code == 2 and words in err


def test_a_template_without_a_place_for_the_name_is_refused(gen_cls, tmp_path):
    text = "templates = ['a photo']\n" + NO_CLASSES
    config = broken_config(tmp_path, text)
    result = gen_cls(config, **own_words(templates=None))
    assert_refused(result, "template 0 has no '{}'", tmp_path)


def test_cfg_options_change_the_config(gen_cls, tmp_path):
    code, _, _ = gen_cls(ADE_CONFIG, '--cfg-options', 'templates=panoptic', templates=None)
    assert code == 0
    path = made(tmp_path, 'tiny_test_clip_ADE20KPanopticDataset').with_suffix('.json')
    assert len(json.loads(path.read_text())['templates']) == 14


@pytest.mark.parametrize('option', ['templates', '=3', 'templates.0.x=3'])
def test_a_cfg_option_that_does_not_fit_is_refused(gen_cls, tmp_path, option):
    assert_refused(gen_cls(ADE_CONFIG, '--cfg-options', option), repr(option), tmp_path)


@pytest.mark.parametrize('kind', ['truncated', 'pickled', 'other architecture', 'text'])
def test_a_bad_checkpoint_is_one_clear_line(gen_cls, tiny_checkpoint, tmp_path, kind):
    file = tmp_path / 'bad.pt'
    if kind == 'truncated':
        file = tmp_path / 'bad.safetensors'
        file.write_bytes(tiny_checkpoint.read_bytes()[:-1000])
    elif kind == 'pickled':
        torch.save({'a': Path('/')}, file)
    elif kind == 'text':
        file.write_text('<html>404</html>')
    else:
        torch.save(
            {'positional_embedding': torch.zeros(77, 32), 'ln_final.weight': torch.zeros(1)}, file
        )
    words = {
        'truncated': 'is truncated',
        'pickled': 'pickled objects',
        'text': 'not a checkpoint',
        'other architecture': 'positional_embedding [77, 32] instead of [77, 64]',
    }[kind]
    assert_refused(gen_cls(**own_words(checkpoint=file)), words, tmp_path)


def test_weights_that_are_not_finite_are_refused(gen_cls, tiny_checkpoint, tmp_path):
    from safetensors.torch import load_file, save_file

    state = load_file(tiny_checkpoint)
    key = next(key for key in state if key.endswith('ln_final.weight'))
    state[key] = state[key] * float('nan')
    save_file(state, tmp_path / 'nan.safetensors')
    result = gen_cls(**own_words(checkpoint=tmp_path / 'nan.safetensors'))
    assert_refused(result, 'not finite', tmp_path)


def test_an_output_folder_that_cannot_be_is_refused_before_the_work(gen_cls, tmp_path):
    (tmp_path / 'file').write_text('')
    result = gen_cls(**own_words(out_dir=tmp_path / 'file' / 'sub'))
    assert_refused(result, 'cannot write', tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason='root may write everywhere')
def test_an_unwritable_output_folder_is_refused(gen_cls, tmp_path):
    (tmp_path / 'locked').mkdir(mode=0o500)
    assert_refused(gen_cls(**own_words(out_dir=tmp_path / 'locked')), 'cannot write', tmp_path)


def damage(path, kind):
    manifest = path.with_suffix('.json')
    if kind == 'truncated':
        path.write_bytes(path.read_bytes()[:-100])
    elif kind == 'pickled':
        torch.save(Path('/'), path)
    elif kind == 'shape':
        torch.save(torch.ones(3, 64), path)
    elif kind == 'norms':
        torch.save(torch.ones(3, 3, 64), path)
    elif kind == 'manifest missing':
        manifest.unlink()
    else:
        manifest.write_text(manifest.read_text().replace('kitten', 'pussy cat'))


@pytest.mark.parametrize(
    ('kind', 'words'),
    [
        ('truncated', 'truncated'),
        ('pickled', 'pickled object'),
        ('shape', 'shape [3, 64]'),
        ('norms', 'norms from 8 to 8'),
        ('manifest missing', 'is missing'),
        ('other classes', "class 0 is 'cat,pussy cat' there and 'cat,kitten' here"),
    ],
)
def test_verify_refuses_a_damaged_file_and_force_replaces_it(gen_cls, tmp_path, kind, words):
    gen_cls(**own_words())
    good = made(tmp_path).read_bytes()
    damage(made(tmp_path), kind)
    code, out, err = gen_cls('--verify', **own_words(templates=None, checkpoint=None))
    assert (code, out, err.count('\n')) == (1, '', 1) and words in err
    code, _, err = gen_cls(**own_words())
    assert code == 1 and '--force' in err
    assert gen_cls('--force', **own_words())[0] == 0
    assert made(tmp_path).read_bytes() == good


def test_verify_of_a_missing_file_names_the_command(gen_cls, tmp_path):
    result = gen_cls('--verify', ADE_CONFIG, templates=None, checkpoint=None)
    assert_refused(result, './gen_ade20k_classifier.sh --model tiny_test_clip', tmp_path)


def test_a_changed_class_costs_its_own_prompts_alone(gen_cls, tmp_path):
    gen_cls(**own_words(templates='panoptic'))
    changed = CLASSES.replace('apples', 'pears')
    code, out, _ = gen_cls('--force', **own_words(classes=changed, templates='panoptic'))
    assert code == 0 and 'prompts:    14 in' in out and '5 candidates from the cache' in out
    code, out, _ = gen_cls(
        '--force',
        '--no-cache',
        **own_words(classes=changed, templates='panoptic', out_dir=tmp_path / 'b'),
    )
    assert code == 0 and 'prompts:    84 in' in out and 'cache' not in out
    expected = torch.load(tmp_path / 'b' / made(tmp_path).name, weights_only=True)
    torch.testing.assert_close(torch.load(made(tmp_path)), expected, atol=1e-6, rtol=0)


def test_without_cache_nothing_is_kept(gen_cls):
    gen_cls('--no-cache', **own_words())
    assert not (Path(os.environ['HOME']) / '.cache/embd/features.sqlite').exists()
