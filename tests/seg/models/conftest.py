"""Tiny CLIPs of every kind in open_clip's registry, with files of their random weights."""

import json
from functools import cache

import pytest

BYTE_PAIRS = {'context_length': 77, 'vocab_size': 49408, 'width': 64, 'heads': 2, 'layers': 2}
HUGGING_FACE_TOKENS = {**BYTE_PAIRS, 'context_length': 24, 'vocab_size': 400}

# Every kind of text tower: what it is called here, and beside it whose definition it follows.
TEXT_TOWERS = {
    'plain': {},  # ViT-B-32
    'quick_gelu': {'quick_gelu': True},  # ViT-B-32-quickgelu
    'custom_text': {'custom_text': True, 'text_cfg': {**BYTE_PAIRS, 'width': 96}},  # EVA02-B-16
    'non_causal_argmax': {  # MobileCLIP-S1
        'custom_text': True,
        'text_cfg': {**BYTE_PAIRS, 'no_causal_mask': True},
    },
    'eos': {  # ViT-H-14-worldwide
        'text_cfg': {
            **HUGGING_FACE_TOKENS,
            'hf_tokenizer_name': '{roberta}',
            'pool_type': 'eos',
            'eos_id': 2,
        },
    },
    'clipa': {  # ViT-L-14-CLIPA
        'text_cfg': {
            **HUGGING_FACE_TOKENS,
            'hf_tokenizer_name': '{roberta}',
            'tokenizer_kwargs': {'strip_sep_token': True},
            'pool_type': 'last',
            'no_causal_mask': True,
        },
    },
    'siglip': {  # ViT-B-16-SigLIP2
        'custom_text': True,
        'init_logit_bias': -10,
        'text_cfg': {
            **HUGGING_FACE_TOKENS,
            'hf_tokenizer_name': '{roberta}',
            'tokenizer_kwargs': {'clean': 'canonicalize'},
            'mlp_ratio': 3.5,
            'no_causal_mask': True,
            'proj_bias': True,
            'pool_type': 'last',
            'norm_kwargs': {'eps': 1e-6},
            'act_kwargs': {'approximate': 'tanh'},
        },
    },
    'no_projection': {  # ViT-SO400M-16-SigLIP-i18n-256
        'custom_text': True,
        'text_cfg': {
            **BYTE_PAIRS,
            'no_causal_mask': True,
            'pool_type': 'last',
            'proj_type': 'none',
        },
    },
    'coca': {  # coca_ViT-B-32
        'custom_text': True,
        'vision_cfg': {'attentional_pool': True, 'attn_pooler_heads': 2, 'output_tokens': True},
        'text_cfg': {**BYTE_PAIRS, 'context_length': 76, 'embed_cls': True, 'output_tokens': True},
        'multimodal_cfg': {**BYTE_PAIRS, 'context_length': 76, 'attn_pooler_heads': 2},
    },
    'coca_roberta': {  # coca_roberta-ViT-B-32
        'custom_text': True,
        'vision_cfg': {'attentional_pool': True, 'attn_pooler_heads': 2, 'output_tokens': True},
        'text_cfg': {
            'hf_model_name': '{roberta}',
            'hf_tokenizer_name': '{roberta}',
            'hf_proj_type': 'linear',
            'width': 64,
            'output_tokens': True,
        },
        'multimodal_cfg': {**BYTE_PAIRS, 'vocab_size': 400, 'attn_pooler_heads': 2},
    },
    'roberta': {  # roberta-ViT-B-32
        'quick_gelu': True,
        'text_cfg': {
            'hf_model_name': '{roberta}',
            'hf_tokenizer_name': '{roberta}',
            'hf_pooler_type': 'mean_pooler',
        },
    },
    'mt5': {  # mt5-base-ViT-B-32
        'text_cfg': {
            'hf_model_name': '{mt5}',
            'hf_tokenizer_name': '{roberta}',
            'hf_pooler_type': 'mean_pooler',
        },
    },
    'nllb': {  # nllb-clip-base
        'text_cfg': {
            'hf_model_name': '{nllb}',
            'hf_tokenizer_name': '{roberta}',
            'hf_pooler_type': 'cls_pooler',
            'hf_proj_type': 'linear',
        },
    },
}

VISUAL_TOWERS = {
    'convnext_mlp': {'timm_proj': 'mlp'},  # convnext_large_d
    'convnext_linear': {'timm_proj': 'linear'},  # convnext_base_w
    'resnet': {'layers': [1, 2, 1, 1], 'width': 16, 'image_size': 64},  # RN50
}
VIT = {'layers': 1, 'width': 64, 'head_width': 32, 'patch_size': 32, 'image_size': 64}
CONVNEXT = {
    'timm_model_name': 'test_convnext',
    'timm_model_pretrained': False,
    'timm_pool': '',
    'timm_drop': 0.0,
    'timm_drop_path': 0.1,
    'image_size': 64,
}


class Clips:
    """Registered definitions ``tiny_{kind}``, and the models and files that go with them."""

    def __init__(self, folder, paths):
        import open_clip

        self.folder = folder
        definitions = folder / 'definitions'
        definitions.mkdir()
        for kind, parts in TEXT_TOWERS.items():
            vision = {**VIT, **parts.get('vision_cfg', {})}
            definition = {'embed_dim': 64, 'text_cfg': BYTE_PAIRS, **parts, 'vision_cfg': vision}
            text = json.dumps(definition)
            for name, path in paths.items():
                text = text.replace(f'{{{name}}}', str(path))
            (definitions / f'tiny_{kind}.json').write_text(text)
        for kind, vision in VISUAL_TOWERS.items():
            vision = vision if kind == 'resnet' else {**CONVNEXT, **vision}
            definition = {'embed_dim': 64, 'text_cfg': BYTE_PAIRS, 'vision_cfg': vision}
            (definitions / f'tiny_{kind}.json').write_text(json.dumps(definition))
        open_clip.add_model_config(definitions)
        self.model = cache(self._model)
        self.checkpoint = cache(self._checkpoint)

    def _model(self, name):
        """open_clip's model, its parameters and statistics far from their initial values."""
        import open_clip
        import torch

        with torch.random.fork_rng():
            torch.manual_seed(0)
            model = open_clip.create_model(name, pretrained_hf=False).eval()
            for key, value in model.state_dict().items():
                if key.endswith('running_var'):
                    value.uniform_(0.5, 2)
                elif value.is_floating_point():
                    value.add_(torch.randn_like(value), alpha=0.1)
        return model

    def _checkpoint(self, name):
        """A file with the weights of :meth:`model`."""
        from safetensors.torch import save_model

        folder = self.folder / name
        folder.mkdir()
        save_model(self.model(name), folder / 'open_clip_model.safetensors')
        return folder / 'open_clip_model.safetensors'

    def init_cfg(self, name):
        return dict(type='clip_pretrain', checkpoint=str(self.checkpoint(name)))


@pytest.fixture(scope='session')
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp('clips')
    paths = {name: folder / name for name in ('roberta', 'mt5', 'nllb')}
    _write_hugging_face_models(paths)
    return Clips(folder, paths)


@pytest.fixture(params=TEXT_TOWERS)
def text_kind(request, clips):
    """Name of a registered model, one of each kind of text tower."""
    return f'tiny_{request.param}'


@pytest.fixture(params=VISUAL_TOWERS)
def visual_kind(request, clips):
    """Name of a registered model, one of each kind of visual tower that gives maps."""
    return f'tiny_{request.param}'


def _write_hugging_face_models(paths):
    from transformers import M2M100Config, MT5Config, RobertaConfig

    RobertaConfig(
        vocab_size=400,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=96,
        max_position_embeddings=90,
        type_vocab_size=1,
    ).save_pretrained(paths['roberta'])
    MT5Config(
        vocab_size=400, d_model=64, d_kv=32, d_ff=96, num_layers=2, num_heads=2, pad_token_id=1
    ).save_pretrained(paths['mt5'])
    M2M100Config(
        vocab_size=400,
        d_model=64,
        encoder_layers=2,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=96,
        decoder_ffn_dim=96,
        max_position_embeddings=90,
    ).save_pretrained(paths['nllb'])
    _write_tokenizer(paths['roberta'])


def _write_tokenizer(folder):
    """Byte pairs with RoBERTa's special tokens: <s> 0, <pad> 1, </s> 2."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        ['a photo of a cat', 'a photo of a traffic light', 'there is a dog in the scene'] * 10,
        trainers.BpeTrainer(
            vocab_size=400,
            special_tokens=['<s>', '<pad>', '</s>', '<unk>'],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    tokenizer.post_processor = processors.BertProcessing(('</s>', 2), ('<s>', 0))
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token='<s>',
        eos_token='</s>',
        sep_token='</s>',
        cls_token='<s>',
        pad_token='<pad>',
        unk_token='<unk>',
    ).save_pretrained(folder)
