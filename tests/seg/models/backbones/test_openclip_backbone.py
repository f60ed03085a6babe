"""Our maps and pooled features against open_clip's own visual towers."""

import copy
import hashlib
import warnings

import open_clip
import pytest
import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import nn

from seg.models.backbones import OpenCLIPBackbone
from seg.models.text_encoders import OpenCLIPTextEncoder
from seg.registry import MODELS


def backbone_of(clips, name, **kwargs):
    return OpenCLIPBackbone(name, init_cfg=clips.init_cfg(name), **kwargs)


def images(*size, seed=1):
    return torch.randn(*size, generator=torch.Generator().manual_seed(seed))


def stage_outputs(model, x):
    """What the four stages of open_clip's tower give, seen from outside."""
    visual = model.visual
    stages = visual.trunk.stages if hasattr(visual, 'trunk') else None
    stages = stages or [visual.layer1, visual.layer2, visual.layer3, visual.layer4]
    seen = []
    hooks = [s.register_forward_hook(lambda _, __, out: seen.append(out)) for s in stages]
    with torch.no_grad():
        visual.forward_intermediates(x, intermediates_only=True)
    for hook in hooks:
        hook.remove()
    return seen


@pytest.mark.parametrize('size', [(64, 64), (96, 160), (65, 97), (71, 64), (127, 33)])
def test_maps_are_open_clips_stages(clips, visual_kind, size):
    x = images(2, 3, *size)
    maps = backbone_of(clips, visual_kind)(x)
    expected = stage_outputs(clips.model(visual_kind), x)
    assert isinstance(maps, tuple)
    assert len(maps) == len(expected) == 4
    for found, wanted in zip(maps, expected, strict=True):
        torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-5)


def test_maps_come_at_strides_4_8_16_and_32_with_the_channels_they_promise(clips, visual_kind):
    backbone = backbone_of(clips, visual_kind)
    maps = backbone(images(2, 3, 64, 128))
    assert [tuple(m.shape) for m in maps] == [
        (2, channels, 64 // stride, 128 // stride)
        for channels, stride in zip(backbone.output_channels, (4, 8, 16, 32), strict=True)
    ]


@pytest.mark.parametrize(
    'name', ['RN50', 'RN50x4', 'convnext_base_w', 'convnext_xxlarge', 'MobileCLIP2-S0']
)
def test_channels_of_real_definitions(name, monkeypatch):
    """On the meta device: only the definition matters."""
    wanted = {
        'RN50': [256, 512, 1024, 2048],
        'RN50x4': [320, 640, 1280, 2560],
        'convnext_base_w': [128, 256, 512, 1024],
        'convnext_xxlarge': [384, 768, 1536, 3072],
        'MobileCLIP2-S0': [64, 128, 256, 512],
    }
    with torch.device('meta'), pytest.warns(UserWarning, match='random weights'):
        backbone = OpenCLIPBackbone(name)
    assert backbone.output_channels == wanted[name]
    assert backbone.embed_dim == open_clip.get_model_config(name)['embed_dim']


def test_pooling_everything_equals_encode_image(clips, visual_kind):
    x = images(3, 3, 64, 64)
    backbone = backbone_of(clips, visual_kind)
    with torch.no_grad():
        expected = clips.model(visual_kind).encode_image(x)
        found = backbone.mask_pool(backbone(x)[-1])
    assert found.shape == (3, 1, 64)
    assert backbone.embed_dim == 64
    torch.testing.assert_close(found[:, 0], expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize('name', ['tiny_convnext_mlp', 'tiny_convnext_linear'])
def test_pooling_everything_equals_encode_image_at_any_size_of_a_convnext(clips, name):
    x = images(2, 3, 97, 130)
    backbone = backbone_of(clips, name)
    with torch.no_grad():
        expected = clips.model(name).encode_image(x)
        found = backbone.mask_pool(backbone(x)[-1])[:, 0]
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def test_a_fastvit_pools_after_its_last_convolution():
    with pytest.warns(UserWarning, match='random weights'):
        backbone = OpenCLIPBackbone('MobileCLIP2-S0')
    x = images(1, 3, 64, 96)
    masks = random_masks(1, 3, 2, 3)
    trunk = backbone.visual.trunk
    with torch.no_grad():
        maps = backbone(x)
        assert [tuple(m.shape[1:]) for m in maps] == [
            (64, 16, 24),
            (128, 8, 12),
            (256, 4, 6),
            (512, 2, 3),
        ]
        everything = backbone.mask_pool(maps[-1])[:, 0]
        torch.testing.assert_close(everything, backbone.visual(x), atol=1e-5, rtol=1e-4)
        found = backbone.mask_pool(maps[-1], masks)
        features = trunk.forward_features(x)
        for index, mask in enumerate(masks[0]):
            mean = torch.stack([features[0, :, i, j] for i, j in mask.nonzero().tolist()]).mean(0)
            expected = trunk.head.fc(mean[None])
            torch.testing.assert_close(found[:, index], expected, atol=1e-5, rtol=1e-4)


def random_masks(*size):
    """Masks with at least one pixel each, the first of a single pixel."""
    masks = images(*size, seed=2) > 0.5
    masks[:, 0] = False
    masks[..., 0, 0] = True
    return masks


@pytest.mark.parametrize('kind', ['bool', 'hard', 'soft'])
@pytest.mark.parametrize('name', ['tiny_convnext_mlp', 'tiny_convnext_linear'])
def test_a_convnext_averages_inside_each_mask(clips, name, kind):
    backbone, visual = backbone_of(clips, name), clips.model(name).visual
    last_map = images(2, 64, 5, 7)
    masks = random_masks(2, 4, 5, 7)
    weights = masks * (torch.rand(2, 4, 5, 7) if kind == 'soft' else 1.0)
    norm = visual.trunk.head.norm
    found = backbone.mask_pool(last_map, masks if kind == 'bool' else weights)
    assert found.shape == (2, 4, 64)
    for b in range(2):
        for q in range(4):
            pixels = [(i, j) for i in range(5) for j in range(7) if masks[b, q, i, j]]
            total = sum(weights[b, q, i, j] for i, j in pixels)
            mean = sum(weights[b, q, i, j] * last_map[b, :, i, j] for i, j in pixels) / total
            normed = F.layer_norm(mean, (64,), norm.weight, norm.bias, norm.eps)
            if name == 'tiny_convnext_mlp':
                mlp = visual.head.mlp
                hidden = F.gelu(mlp.fc1.weight @ normed + mlp.fc1.bias)
                expected = mlp.fc2.weight @ hidden
            else:
                expected = visual.head.proj.weight @ normed
            torch.testing.assert_close(found[b, q], expected, atol=1e-5, rtol=1e-4)


def attend(pool, query, tokens, prior=None):
    """PyTorch's attention with the weights of CLIP's pooling: Tensor[C], Tensor[L, C] to Tensor[D]."""
    out, _ = F.multi_head_attention_forward(
        query[None, None],
        tokens[:, None],
        tokens[:, None],
        embed_dim_to_check=len(query),
        num_heads=pool.num_heads,
        in_proj_weight=None,
        in_proj_bias=torch.cat([pool.q_proj.bias, pool.k_proj.bias, pool.v_proj.bias]),
        bias_k=None,
        bias_v=None,
        add_zero_attn=False,
        dropout_p=0.0,
        out_proj_weight=pool.c_proj.weight,
        out_proj_bias=pool.c_proj.bias,
        attn_mask=prior,
        use_separate_proj_weight=True,
        q_proj_weight=pool.q_proj.weight,
        k_proj_weight=pool.k_proj.weight,
        v_proj_weight=pool.v_proj.weight,
    )
    return out[0, 0]


def test_a_resnet_attends_to_the_positions_inside_each_mask(clips):
    """The slow definition: drop the positions outside, then pool."""
    backbone, pool = backbone_of(clips, 'tiny_resnet'), clips.model('tiny_resnet').visual.attnpool
    last_map = images(2, 512, 2, 2)
    masks = random_masks(2, 3, 2, 2)
    masks[:, 2] = torch.tensor([[True, False], [True, True]])
    found = backbone.mask_pool(last_map, masks)
    mean_position, positions = pool.positional_embedding.split([1, 4])
    for b in range(2):
        for q in range(3):
            inside = masks[b, q].flatten()
            pixels = last_map[b].flatten(1).T[inside]
            query = pixels.mean(0) + mean_position[0]
            tokens = torch.cat([query[None], pixels + positions[inside]])
            expected = attend(pool, query, tokens)
            torch.testing.assert_close(found[b, q], expected, atol=1e-4, rtol=1e-4)


def test_a_resnet_takes_soft_weights_as_a_prior_over_the_positions(clips):
    backbone, pool = backbone_of(clips, 'tiny_resnet'), clips.model('tiny_resnet').visual.attnpool
    last_map = images(1, 512, 2, 2)
    weights = torch.tensor([0.9, 0.5, 0.01, 0.3])
    found = backbone.mask_pool(last_map, weights.view(1, 1, 2, 2))[0, 0]
    pixels = last_map[0].flatten(1).T
    query = weights @ pixels / weights.sum() + pool.positional_embedding[0]
    tokens = torch.cat([query[None], pixels + pool.positional_embedding[1:]])
    prior = torch.cat([torch.zeros(1), weights.log()])[None]
    torch.testing.assert_close(found, attend(pool, query, tokens, prior), atol=1e-4, rtol=1e-4)


def test_a_resnet_resizes_its_position_embedding_to_the_map(clips):
    """open_clip's own pooling, built for the larger map with the embedding resized beforehand."""
    pool = copy.deepcopy(clips.model('tiny_resnet').visual.attnpool)
    embedding = pool.positional_embedding.detach()
    grid = embedding[1:].T.reshape(1, -1, 2, 2)
    grid = F.interpolate(grid, (3, 5), mode='bicubic', align_corners=False)
    grid = grid.reshape(-1, 15).T
    pool.positional_embedding = nn.Parameter(torch.cat([embedding[:1], grid]))
    last_map = images(2, 512, 3, 5)
    found = backbone_of(clips, 'tiny_resnet').mask_pool(last_map)[:, 0]
    torch.testing.assert_close(found, pool(last_map), atol=1e-4, rtol=1e-4)


def test_an_empty_mask_gives_finite_features_and_gradients(clips, visual_kind):
    backbone = backbone_of(clips, visual_kind)
    last_map = images(1, backbone.output_channels[-1], 2, 2)
    masks = torch.zeros(1, 2, 2, 2, requires_grad=True)
    pooled = backbone.mask_pool(last_map, masks)
    pooled.sum().backward()
    assert pooled.isfinite().all()
    assert masks.grad.isfinite().all()


def test_fixed_means_eval_mode_and_no_gradients_whatever_the_parent_does(clips, visual_kind):
    parent = nn.ModuleDict({'backbone': backbone_of(clips, visual_kind), 'bn': nn.BatchNorm2d(3)})
    parent.train()
    x = images(2, 3, 64, 64).requires_grad_()
    maps = parent['backbone'](x)
    assert parent['bn'].training
    assert not any(m.training for m in parent['backbone'].modules())
    assert not any(p.requires_grad for p in parent['backbone'].parameters())
    assert not any(m.requires_grad for m in maps)
    torch.testing.assert_close(parent['backbone'](x), maps)


def test_fixed_leaves_the_statistics_alone(clips):
    backbone = backbone_of(clips, 'tiny_resnet').train()
    before = copy.deepcopy(backbone.state_dict())
    backbone(images(4, 3, 64, 64))
    assert all(torch.equal(value, before[key]) for key, value in backbone.state_dict().items())


def test_not_fixed_trains_every_parameter_and_not_the_file(clips, visual_kind):
    path = clips.checkpoint(visual_kind)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    backbone = backbone_of(clips, visual_kind, fix=False).train()
    assert all(m.training for m in backbone.modules())
    before = copy.deepcopy(dict(backbone.named_parameters()))
    torch.manual_seed(0)  # else a block's path is dropped for both images now and then
    maps = backbone(images(2, 3, 64, 64))
    weight = torch.linspace(0, 1, 64)
    (
        sum(m.square().mean() for m in maps) + (backbone.mask_pool(maps[-1]) @ weight).sum()
    ).backward()
    without = [n for n, p in backbone.named_parameters() if p.grad is None or not p.grad.any()]
    # A key's bias moves all logits of a softmax alike.
    assert without in ([], ['visual.attnpool.k_proj.bias'])
    torch.optim.SGD(backbone.parameters(), lr=0.1).step()
    same = [n for n, p in backbone.named_parameters() if torch.equal(p, before[n])]
    assert set(same) <= {'visual.attnpool.k_proj.bias'}
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    again = backbone_of(clips, visual_kind)
    for name, value in again.named_parameters():
        assert torch.equal(value, before[name])


@pytest.mark.parametrize('name', ['tiny_plain', 'tiny_coca'])
def test_a_vit_gives_no_maps_but_its_text_model(clips, name):
    backbone = backbone_of(clips, name)
    assert backbone.embed_dim == 64
    for ask in (
        lambda: backbone(images(1, 3, 64, 64)),
        lambda: backbone.mask_pool(images(1, 64, 2, 2)),
        lambda: backbone.output_channels,
    ):
        with pytest.raises(ValueError, match=f'{name} gives no maps at strides 4, 8, 16, 32'):
            ask()
    text_model = backbone.get_text_model()
    expected = OpenCLIPTextEncoder(name, clips.init_cfg(name))
    assert torch.equal(text_model.encode(['cat']), expected.encode(['cat']))


def test_the_text_model_is_of_the_same_model_and_weights(clips, visual_kind):
    text_model = backbone_of(clips, visual_kind).get_text_model()
    assert isinstance(text_model, OpenCLIPTextEncoder)
    texts = ['cat', 'a photo of a traffic light']
    with torch.no_grad():
        tokens = open_clip.get_tokenizer(visual_kind)(texts)
        expected = clips.model(visual_kind).encode_text(tokens)
    torch.testing.assert_close(text_model.encode(texts), expected, atol=1e-5, rtol=1e-4)


def test_only_the_visual_tower_is_held(clips, visual_kind):
    backbone = backbone_of(clips, visual_kind)
    visual = clips.model(visual_kind).visual
    assert backbone.visual.state_dict().keys() == visual.state_dict().keys()
    assert all(key.startswith('visual.') for key in backbone.state_dict())
    tensors = (*backbone.parameters(), *backbone.buffers())
    assert {t.device.type for t in tensors} == {'cpu'}


def test_it_is_built_from_our_registry_and_from_mmdets(clips):
    from mmdet.registry import MODELS as MMDET_MODELS

    init_cfg = clips.init_cfg('tiny_convnext_mlp')
    config = dict(model_name='tiny_convnext_mlp', init_cfg=init_cfg)
    ours = MODELS.build(dict(type='OpenCLIPBackbone', **config))
    scoped = MODELS.build(dict(type='seg.OpenCLIPBackbone', **config))
    theirs = MMDET_MODELS.build(dict(type='seg.OpenCLIPBackbone', fix=False, **config))
    assert {type(b) for b in (ours, scoped, theirs)} == {OpenCLIPBackbone}
    assert [b.fix for b in (ours, scoped, theirs)] == [True, True, False]


def test_the_name_is_forgiving(clips):
    backbone = OpenCLIPBackbone('Tiny-ConvNeXt-MLP', init_cfg=clips.init_cfg('tiny_convnext_mlp'))
    assert backbone.architecture == 'tiny_convnext_mlp'


def test_random_weights_warn(clips, visual_kind):
    with pytest.warns(UserWarning, match=f'{visual_kind}: random weights for the visual tower'):
        backbone = OpenCLIPBackbone(visual_kind)
    assert all(m.isfinite().all() for m in backbone(images(1, 3, 64, 64)))


def test_given_weights_do_not_warn(clips, visual_kind):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        backbone_of(clips, visual_kind)
    assert [w for w in caught if issubclass(w.category, UserWarning)] == []


def test_the_init_weights_of_mmengine_change_nothing(clips, visual_kind):
    class Detector(BaseModule):
        def __init__(self, backbone):
            super().__init__(init_cfg=dict(type='Normal', layer=['Conv2d', 'Linear'], std=0.5))
            self.neck = nn.Conv2d(3, 3, 1)
            self.backbone = backbone

    detector = Detector(backbone_of(clips, visual_kind, fix=False))
    neck, expected = detector.neck.weight.clone(), clips.model(visual_kind).visual.state_dict()
    own = backbone_of(clips, visual_kind)
    own.init_weights()
    for key, value in own.visual.state_dict().items():
        assert torch.equal(value, expected[key])
    detector.init_weights()
    assert not torch.equal(detector.neck.weight, neck)
    for key, value in detector.backbone.visual.state_dict().items():
        assert torch.equal(value, expected[key]), key


def test_a_copy_is_equal_and_apart(clips, visual_kind):
    backbone = backbone_of(clips, visual_kind)
    x = images(1, 3, 64, 64)
    before = backbone(x)
    twin = copy.deepcopy(backbone)
    torch.testing.assert_close(twin(x), before, atol=0, rtol=0)
    assert twin.fix
    for parameter in twin.parameters():
        parameter.zero_()
    torch.testing.assert_close(backbone(x), before, atol=0, rtol=0)


def test_the_state_dict_makes_a_round_trip(clips, visual_kind, tmp_path):
    backbone = backbone_of(clips, visual_kind)
    torch.save(backbone.state_dict(), tmp_path / 'backbone.pth')
    with pytest.warns(UserWarning, match='random weights'):
        other = OpenCLIPBackbone(visual_kind)
    x = images(1, 3, 64, 64)
    assert not torch.allclose(other(x)[-1], backbone(x)[-1])
    other.load_state_dict(torch.load(tmp_path / 'backbone.pth', weights_only=True))
    torch.testing.assert_close(other(x), backbone(x), atol=0, rtol=0)


def test_weights_of_another_tower_are_refused(clips):
    with pytest.raises(ValueError, match='does not hold the visual tower of tiny_convnext_mlp'):
        OpenCLIPBackbone('tiny_convnext_mlp', init_cfg=clips.init_cfg('tiny_resnet'))


def test_a_file_without_a_visual_tower_is_refused(clips, tmp_path):
    state = clips.model('tiny_resnet').state_dict()
    torch.save({k: v for k, v in state.items() if not k.startswith('visual.')}, tmp_path / 't.pt')
    with pytest.raises(ValueError, match='keys missing'):
        OpenCLIPBackbone('tiny_resnet', init_cfg=dict(checkpoint=str(tmp_path / 't.pt')))
