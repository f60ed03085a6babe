"""Our features against ``encode_text`` of open_clip's own model, for every kind of text tower."""

import hashlib
import json
import shutil
import warnings

import open_clip
import pytest
import torch
import torch.nn.functional as F
from open_clip import pretrained

from seg.models.text_encoders import OpenCLIPTextEncoder
from seg.registry import MODELS

TEXTS = [
    'cat',
    'a photo of a traffic light.',
    '',
    '   ',
    'There is the Dog in the scene, on <b>grass</b> &amp; moss!',
    'łódź, 猫 and \U0001f408‍⬛ ﬁg',
    'a photo of many cats, ' * 40,
    'dog',
    ' '.join(f'{i}th' for i in range(150)),
]


def reference(clips, name, texts=TEXTS):
    tokens = open_clip.get_tokenizer(name)(texts)
    with torch.no_grad():
        return F.normalize(clips.model(name).encode_text(tokens), dim=-1)


def encoder_of(clips, name, **kwargs):
    return OpenCLIPTextEncoder(name, clips.init_cfg(name), **kwargs)


def features(encoder, texts=TEXTS):
    return F.normalize(encoder.encode(texts).float(), dim=-1)


def count(module):
    return sum(p.numel() for p in module.parameters())


def test_the_reference_tells_the_texts_apart(clips, text_kind):
    expected = reference(clips, text_kind, ['cat', 'dog', 'a photo of a traffic light.', ''])
    assert F.pdist(expected).min() > 0.03


def test_features_equal_open_clips(clips, text_kind):
    found = features(encoder_of(clips, text_kind))
    torch.testing.assert_close(found, reference(clips, text_kind), atol=1e-5, rtol=0)


def test_batches_and_autocast_change_nothing(clips, text_kind):
    encoder = encoder_of(clips, text_kind)
    expected = encoder.encode(TEXTS)
    heard = []
    batches = encoder.tokenize(TEXTS).split(2)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        found = encoder.encode_batches(batches, heard.append)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)
    assert heard == sorted(heard)


def test_a_feature_does_not_depend_on_the_rest_of_the_batch(clips, text_kind):
    encoder = encoder_of(clips, text_kind)
    alone = torch.cat([features(encoder, [text]) for text in TEXTS])
    torch.testing.assert_close(features(encoder), alone, atol=1e-5, rtol=0)


def test_towers_that_look_back_only_share_prefixes_and_say_how_far_they_look(clips, text_kind):
    encoder = encoder_of(clips, text_kind)
    looks_back = text_kind in ('tiny_plain', 'tiny_quick_gelu', 'tiny_custom_text', 'tiny_eos')
    assert encoder.shares_prefixes is looks_back
    tokens = encoder.tokenize(TEXTS)
    lengths = encoder.lengths(tokens).tolist()
    if not looks_back:
        assert lengths == [tokens.shape[1]] * len(TEXTS)
        return
    assert lengths[TEXTS.index('')] == 2  # start and end of text
    for row, length in enumerate(lengths):
        changed = tokens[row : row + 1].clone()
        changed[:, length:] = 3
        found, expected = encoder(changed), encoder(tokens[row : row + 1])
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def token_counts(encoder, texts):
    """Tokens of each text by the tokenizer's own word, those of start and end included."""
    tokenizer = encoder.tokenizer
    if isinstance(tokenizer, open_clip.tokenizer.HFTokenizer):
        cleaned = [tokenizer.clean_fn(text) for text in texts]
        return [len(ids) for ids in tokenizer.tokenizer(cleaned)['input_ids']]
    return [len(tokenizer.encode(text)) + 2 for text in texts]


def test_texts_longer_than_the_context_are_told(clips, text_kind):
    encoder = encoder_of(clips, text_kind)
    context = encoder.tokenize(['']).shape[1]
    texts = [*TEXTS, *(' '.join(['cat'] * count) for count in range(1, context + 3))]
    counts = token_counts(encoder, texts)
    assert {context - 1, context, context + 1} <= set(counts)
    assert encoder.is_cut(texts) == [count > context for count in counts]
    assert encoder.is_cut([]) == []


def test_features_come_in_the_size_of_the_joint_space_and_not_normalised(clips, text_kind):
    encoder = encoder_of(clips, text_kind)
    found = encoder.encode(['cat', 'dog'])
    assert found.shape == (2, 64)
    assert found.dtype == torch.float32
    assert (found.norm(dim=-1) - 1).abs().min() > 1e-3


@pytest.mark.parametrize(('precision', 'near'), [('bf16', 0.999), ('fp16', 0.9999)])
def test_half_precision_stays_near(clips, text_kind, precision, near):
    encoder = encoder_of(clips, text_kind, precision=precision)
    cosine = (features(encoder) * reference(clips, text_kind)).sum(-1)
    assert cosine.min() > near


@pytest.mark.parametrize('precision', ['bf16', 'fp16'])
def test_half_precision_halves_the_layers(clips, text_kind, precision):
    dtype = {'bf16': torch.bfloat16, 'fp16': torch.float16}[precision]
    tower = encoder_of(clips, text_kind, precision=precision).tower
    linears = [m for m in tower.transformer.modules() if isinstance(m, torch.nn.Linear)]
    assert linears
    assert {layer.weight.dtype for layer in linears} == {dtype}


@pytest.mark.parametrize('name', ['tiny_plain', 'tiny_non_causal_argmax', 'tiny_eos'])
def test_half_precision_casts_what_open_clip_casts(clips, name):
    model = open_clip.create_model(name, precision='bf16')
    state = encoder_of(clips, name, precision='bf16').tower.state_dict()
    assert {value.dtype for value in state.values()} == {torch.float32, torch.bfloat16}
    expected = getattr(model, 'text', model).state_dict()
    for key, value in state.items():
        assert value.dtype == expected[key].dtype, key


def test_unknown_precision_is_refused(clips):
    with pytest.raises(ValueError, match="'int8' is none of fp32, bf16, fp16"):
        OpenCLIPTextEncoder('tiny_plain', precision='int8')


def test_only_the_text_tower_is_held(clips, text_kind):
    model = clips.model(text_kind)
    if hasattr(model, 'text'):
        expected = count(model.text)
    else:
        expected = count(model) - count(model.visual) - model.logit_scale.numel()
    assert count(encoder_of(clips, text_kind)) == expected


def test_the_encoder_is_frozen_and_in_eval_mode(clips, text_kind):
    encoder = encoder_of(clips, text_kind)
    assert not any(p.requires_grad for p in encoder.parameters())
    assert not any(m.training for m in encoder.modules())


def test_everything_has_left_the_meta_device(clips, text_kind):
    encoder = encoder_of(clips, text_kind)
    assert {t.device.type for t in (*encoder.parameters(), *encoder.buffers())} == {'cpu'}


def test_weights_with_the_keys_of_the_other_layout_are_read(clips, tmp_path):
    """open_clip accepts a plain CLIP's file for its custom-text twin; so do we."""
    name = 'tiny_custom_text'
    plain = {
        key.removeprefix('text.'): value for key, value in clips.model(name).state_dict().items()
    }
    torch.save(plain, tmp_path / 'plain.pt')
    encoder = OpenCLIPTextEncoder(name, dict(checkpoint=str(tmp_path / 'plain.pt')))
    torch.testing.assert_close(features(encoder), reference(clips, name), atol=1e-5, rtol=0)


def test_old_hugging_face_weights_with_position_ids_are_read(clips, tmp_path):
    state = dict(clips.model('tiny_roberta').state_dict())
    state['text.transformer.embeddings.position_ids'] = torch.arange(90)[None]
    torch.save(state, tmp_path / 'old.pt')
    encoder = OpenCLIPTextEncoder('tiny_roberta', dict(checkpoint=str(tmp_path / 'old.pt')))
    expected = reference(clips, 'tiny_roberta')
    torch.testing.assert_close(features(encoder), expected, atol=1e-5, rtol=0)


def test_random_weights_warn_and_have_no_name(clips):
    with pytest.warns(UserWarning, match='tiny_plain: random weights'):
        encoder = OpenCLIPTextEncoder('tiny_plain')
    assert encoder.pretrained is None
    assert torch.isfinite(features(encoder)).all()


def test_given_weights_do_not_warn(clips, text_kind):
    with warnings.catch_warnings():
        warnings.simplefilter('error', UserWarning)
        encoder = encoder_of(clips, text_kind)
    assert encoder.pretrained == str(clips.checkpoint(text_kind))


@pytest.mark.parametrize('trained_with', [True, False])
@pytest.mark.parametrize('name', ['tiny_plain', 'tiny_quick_gelu'])
def test_the_tag_decides_about_quick_gelu(clips, monkeypatch, name, trained_with):
    """The file is the same; what it is registered as says which activation it wants."""
    path = str(clips.checkpoint('tiny_quick_gelu'))
    tag = {'file': path, 'quick_gelu': trained_with}
    monkeypatch.setitem(pretrained._PRETRAINED, name, {'mine': tag})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        encoder = OpenCLIPTextEncoder(name, dict(checkpoint='mine'))
    assert encoder.quick_gelu is trained_with
    assert encoder.pretrained == f'{name}:mine'
    disagree = trained_with != (name == 'tiny_quick_gelu')
    messages = [str(w.message) for w in caught if issubclass(w.category, UserWarning)]
    assert len(messages) == disagree
    assert all(f'{name}:mine was trained with quick_gelu={trained_with}' in m for m in messages)
    same = torch.allclose(features(encoder), reference(clips, 'tiny_quick_gelu'), atol=1e-5)
    assert same is trained_with


@pytest.mark.parametrize('trained_with', [True, False])
def test_the_definition_beside_a_local_file_decides_about_quick_gelu(clips, tmp_path, trained_with):
    """As for OpenAI's weights from the hub, given to ``ViT-B-32`` as a file."""
    source = clips.checkpoint('tiny_quick_gelu')
    path = tmp_path / f'open_clip_model{source.suffix}'
    path.write_bytes(source.read_bytes())
    definition = open_clip.get_model_config('tiny_plain')
    definition['quick_gelu'] = trained_with
    (tmp_path / 'open_clip_config.json').write_text(json.dumps({'model_cfg': definition}))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        encoder = OpenCLIPTextEncoder('tiny_plain', dict(checkpoint=str(path)))
    assert encoder.quick_gelu is trained_with
    own = OpenCLIPTextEncoder('tiny_plain', dict(checkpoint=str(source)))
    assert (encoder.weights_digest != own.weights_digest) is trained_with  # other features
    messages = [str(w.message) for w in caught if 'quick_gelu' in str(w.message)]
    assert len(messages) == trained_with
    assert all(m.startswith(f'{path} was trained with quick_gelu=True') for m in messages)
    same = torch.allclose(features(encoder), reference(clips, 'tiny_quick_gelu'), atol=1e-5)
    assert same is trained_with


def test_the_tokenizer_beside_the_weights_comes_first(clips, tmp_path, monkeypatch):
    """The hub's own folder holds its tokenizer; no second name is looked up."""
    definition = open_clip.get_model_config('tiny_siglip')
    definition['text_cfg']['hf_tokenizer_name'] = 'nobody/nothing'
    (tmp_path / 'definitions').mkdir()
    (tmp_path / 'definitions/tiny_elsewhere.json').write_text(json.dumps(definition))
    monkeypatch.setattr(open_clip.factory, '_MODEL_CONFIGS', open_clip.factory._MODEL_CONFIGS)
    monkeypatch.setattr(
        open_clip.factory, '_MODEL_CONFIG_PATHS', [*open_clip.factory._MODEL_CONFIG_PATHS]
    )
    open_clip.add_model_config(tmp_path / 'definitions')
    hub = tmp_path / 'hub'
    hub.mkdir()
    shutil.copy(clips.checkpoint('tiny_siglip'), hub)
    with pytest.raises(OSError, match=r"tokenizer 'nobody/nothing' of tiny_elsewhere") as failure:
        OpenCLIPTextEncoder('tiny_elsewhere', dict(checkpoint=str(hub)))
    assert '\n' not in str(failure.value)

    for file in (clips.folder / 'roberta').glob('tokenizer*'):
        shutil.copy(file, hub)
    (hub / 'open_clip_config.json').write_text(json.dumps({'model_cfg': definition}))
    encoder = OpenCLIPTextEncoder('tiny_elsewhere', dict(checkpoint=str(hub)))
    expected = reference(clips, 'tiny_siglip')
    torch.testing.assert_close(features(encoder), expected, atol=1e-5, rtol=0)


def test_a_missing_hugging_face_configuration_is_named(clips, tmp_path, monkeypatch):
    definition = open_clip.get_model_config('tiny_roberta')
    definition['text_cfg']['hf_model_name'] = 'nobody/nothing'
    configs = {**open_clip.factory._MODEL_CONFIGS, 'tiny_nowhere': definition}
    monkeypatch.setattr(open_clip.factory, '_MODEL_CONFIGS', configs)
    with pytest.raises(OSError, match=r"configuration 'nobody/nothing' of tiny_nowhere") as failure:
        OpenCLIPTextEncoder('tiny_nowhere', clips.init_cfg('tiny_roberta'))
    assert '\n' not in str(failure.value)


@pytest.fixture
def same_weights(clips, tmp_path):
    """Files of the same weights as safetensors, PyTorch and a training checkpoint have them."""
    state = clips.model('tiny_plain').state_dict()
    torch.save(state, tmp_path / 'model.pt')
    torch.save(state, tmp_path / 'legacy.pt', _use_new_zipfile_serialization=False)
    torch.save(state, tmp_path / 'open_clip_pytorch_model.bin')
    training = {
        'epoch': 3,
        'name': 'run',
        'state_dict': {f'module.{key}': value for key, value in state.items()},
        'optimizer': {'state': {}, 'param_groups': [{'lr': 1e-3}]},
    }
    torch.save(training, tmp_path / 'epoch_3.pt')
    return [clips.checkpoint('tiny_plain'), *tmp_path.iterdir()]


def test_the_digest_is_of_the_weights_and_not_of_the_file(same_weights):
    encoders = [OpenCLIPTextEncoder('tiny_plain', dict(checkpoint=str(f))) for f in same_weights]
    assert len(same_weights) == 5
    assert len({hashlib.sha256(f.read_bytes()).hexdigest() for f in same_weights}) > 1
    assert len({e.weights_digest for e in encoders}) == 1
    for encoder in encoders:
        assert torch.equal(features(encoder), features(encoders[0]))


def test_the_digest_does_not_depend_on_the_precision(clips):
    digests = {
        encoder_of(clips, 'tiny_plain', precision=p).weights_digest for p in ('fp32', 'bf16')
    }
    assert len(digests) == 1


@pytest.mark.parametrize('key', ['token_embedding.weight', 'ln_final.bias', 'text_projection'])
def test_the_digest_sees_one_changed_weight(clips, tmp_path, key):
    state = {k: v.clone() for k, v in clips.model('tiny_plain').state_dict().items()}
    state[key].view(-1)[-1] += 1e-4
    torch.save(state, tmp_path / 'other.pt')
    other = OpenCLIPTextEncoder('tiny_plain', dict(checkpoint=str(tmp_path / 'other.pt')))
    assert other.weights_digest != encoder_of(clips, 'tiny_plain').weights_digest


def test_the_digest_does_not_see_the_visual_tower(clips, tmp_path):
    state = dict(clips.model('tiny_plain').state_dict())
    state = {k: v + 1 if k.startswith('visual.') else v for k, v in state.items()}
    torch.save(state, tmp_path / 'other.pt')
    other = OpenCLIPTextEncoder('tiny_plain', dict(checkpoint=str(tmp_path / 'other.pt')))
    assert other.weights_digest == encoder_of(clips, 'tiny_plain').weights_digest


def test_weights_of_another_width_are_refused_with_keys_and_shapes(clips):
    with pytest.raises(ValueError) as failure:
        OpenCLIPTextEncoder('tiny_plain', clips.init_cfg('tiny_custom_text'))
    message = str(failure.value)
    assert 'does not hold the text tower of tiny_plain' in message
    assert 'token_embedding.weight [49408, 96] instead of [49408, 64]' in message
    assert str(clips.checkpoint('tiny_custom_text')) in message
    assert '\n' not in message


def test_weights_of_another_kind_are_refused_with_the_keys(clips):
    with pytest.raises(ValueError, match=r'keys missing \(cls_emb\)'):
        OpenCLIPTextEncoder('tiny_coca', clips.init_cfg('tiny_plain'))
    with pytest.raises(ValueError, match=r'1 keys not expected \(cls_emb\)'):
        OpenCLIPTextEncoder('tiny_plain', clips.init_cfg('tiny_coca'))


def test_a_file_without_a_text_tower_is_refused(clips, tmp_path):
    torch.save(clips.model('tiny_plain').visual.state_dict(prefix='visual.'), tmp_path / 'v.pt')
    with pytest.raises(ValueError, match='keys missing'):
        OpenCLIPTextEncoder('tiny_plain', dict(checkpoint=str(tmp_path / 'v.pt')))


def test_it_is_built_from_our_registry_and_from_mmdets(clips):
    from mmdet.registry import MODELS as MMDET_MODELS

    config = dict(model_name='tiny_plain', init_cfg=clips.init_cfg('tiny_plain'))
    ours = MODELS.build(dict(type='OpenCLIPTextEncoder', **config))
    theirs = MMDET_MODELS.build(dict(type='seg.OpenCLIPTextEncoder', **config))
    assert isinstance(ours, OpenCLIPTextEncoder)
    assert torch.equal(features(ours), features(theirs))


@pytest.mark.parametrize('name', ['RN50', 'ViT-S-32-alt'])
def test_features_of_a_real_definition_equal_open_clips(tmp_path, name):
    torch.manual_seed(0)
    model = open_clip.create_model(name).eval()
    torch.save(model.state_dict(), tmp_path / 'model.pt')
    with torch.no_grad():
        expected = model.encode_text(open_clip.get_tokenizer(name)(TEXTS), normalize=True)
    encoder = OpenCLIPTextEncoder(name, dict(checkpoint=str(tmp_path / 'model.pt')))
    torch.testing.assert_close(features(encoder), expected, atol=1e-5, rtol=0)


def test_a_tower_that_lacks_something_is_said_to_lack_it(tiny_clip):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        encoder = OpenCLIPTextEncoder(tiny_clip)
    del encoder.tower.eos_id
    with pytest.raises(RuntimeError, match=r"tiny_test_clip is not built as.*'eos_id'"):
        encoder.lengths(encoder.tokenize(['a cat']))
