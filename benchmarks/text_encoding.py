"""Seconds, memory and difference of ways to encode a vocabulary, side by side on the same weights.

Every way runs in a process of its own, so that its peak memory is its own. Weights are random, from
a fixed seed: speed does not depend on them, and differences are measured on the same ones.

    python benchmarks/text_encoding.py                       # ADE20K, 14 templates
    python benchmarks/text_encoding.py --vocabulary names:5000 --model ViT-S-32-alt --ways ours
    python benchmarks/text_encoding.py --record docs/performance/text_encoding.jsonl
"""

import argparse
import json
import logging
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

WAYS = {
    'zero_shot': "open_clip's build_zero_shot_classifier",
    'plain': 'batches over all positions',
    'cut': 'batches cut to the longest prompt',
    'ours': 'prefix tree, fp32',
    'ours_bf16': 'prefix tree, bf16',
    'floor': 'bare matrix products of the distinct prefixes',
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--model', default='convnext_large_d_320')
    parser.add_argument('--vocabulary', default='ade20k', help='ade20k, coco or names:COUNT')
    parser.add_argument('--templates', default='panoptic')
    parser.add_argument('--ways', nargs='+', default=list(WAYS), choices=WAYS)
    parser.add_argument('--device', default=None, help='default: a GPU if there is one')
    parser.add_argument('--batch-size', type=int, default=256)
    parser.add_argument('--record', type=Path, help='file to append the results to, as JSON lines')
    parser.add_argument('--measure', choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument('--folder', help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        print(json.dumps(measure(args)))
        return
    with tempfile.TemporaryDirectory() as folder:
        args.folder = folder
        write_weights(args.model, Path(folder))
        results = [run_alone(args, way) for way in args.ways]
        print_table(args, results)
    if args.record:
        with args.record.open('a') as file:
            for found in results:
                file.write(json.dumps(found) + '\n')


def run_alone(args: argparse.Namespace, way: str) -> dict:
    options = ['--measure', way, '--folder', args.folder, '--model', args.model]
    options += ['--vocabulary', args.vocabulary, '--templates', args.templates]
    options += ['--batch-size', str(args.batch_size)]
    options += ['--device', args.device] if args.device else []
    print(f'running: {WAYS[way]} ...', file=sys.stderr)
    done = subprocess.run(
        [sys.executable, __file__, *options], stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def print_table(args: argparse.Namespace, results: list[dict]) -> None:
    import torch

    reference = load_features(args.folder, args.ways[0])
    slowest = results[0]['seconds']
    print(
        f'{args.model}, {args.vocabulary}, {args.templates}: {results[0]["candidates"]:,} candidates, '
        f'{results[0]["prompts"]:,} prompts, {torch.get_num_threads()} threads, {results[0]["device"]}'
    )
    print(f'{"":48}{"seconds":>9}{"prompts/s":>11}{"speed":>8}{"peak MB":>9}{"difference":>12}')
    for way, found in zip(args.ways, results, strict=True):
        features = load_features(args.folder, way)
        same = reference is not None and features is not None
        difference = f'{(features - reference).abs().max():.1e}' if same else ''
        print(
            f'{WAYS[way]:48}{found["seconds"]:9.1f}{found["prompts"] / found["seconds"]:11,.0f}'
            f'{slowest / found["seconds"]:7.1f}x{found["peak_mb"]:9,.0f}{difference:>12}'
        )


def load_features(folder: str, way: str):
    import torch

    file = Path(folder) / f'{way}.pt'
    return torch.load(file, weights_only=True) if file.exists() else None


def write_weights(model: str, folder: Path) -> None:
    import open_clip
    import torch
    from safetensors.torch import save_file

    logging.disable(logging.WARNING)
    torch.manual_seed(0)
    save_file(open_clip.create_model(model).state_dict(), folder / 'weights.safetensors')


def vocabulary(name: str) -> list[str]:
    """Distinct candidates of a data set, or COUNT synthetic names of one to three words."""
    from seg.text_classifier.candidates import split_classes
    from seg.text_classifier.classifier import distinct_candidates

    if name.startswith('names:'):
        return synthetic_names(int(name.removeprefix('names:')))
    from ext.class_names import ade20k_panoptic, coco_panoptic

    module = {'ade20k': ade20k_panoptic, 'coco': coco_panoptic}[name]
    return distinct_candidates(split_classes(module.CLASSES))


def synthetic_names(count: int) -> list[str]:
    """Names such as LVIS has: words of ADE20K and COCO, combined."""
    import itertools
    import random

    words = sorted({w for d in ('ade20k', 'coco') for name in vocabulary(d) for w in name.split()})
    pairs = [' '.join(pair) for pair in itertools.product(words, words)]
    return (words + random.Random(0).sample(pairs, len(pairs)))[:count]


def measure(args: argparse.Namespace) -> dict:
    import torch
    from mmengine.device import get_device

    logging.disable(logging.WARNING)
    from ext.templates import get_templates

    device = args.device or get_device()
    names, templates = vocabulary(args.vocabulary), get_templates(args.templates)
    run = prepare(args, names, templates, device)
    start = time.perf_counter()
    features = run()
    if device.startswith('cuda'):
        torch.cuda.synchronize()
    seconds = time.perf_counter() - start
    if features is not None:
        torch.save(features.float().cpu(), Path(args.folder) / f'{args.measure}.pt')
    peak = (
        torch.cuda.max_memory_allocated() / 1e6
        if device.startswith('cuda')
        else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    )
    return dict(
        way=WAYS[args.measure],
        model=args.model,
        vocabulary=args.vocabulary,
        templates=len(templates),
        candidates=len(names),
        prompts=len(names) * len(templates),
        seconds=round(seconds, 2),
        peak_mb=round(peak),
        device=device,
        threads=torch.get_num_threads(),
        torch=torch.__version__,
        date=time.strftime('%Y-%m-%d'),
    )


def prepare(args: argparse.Namespace, names: list[str], templates: tuple[str, ...], device: str):
    """What is to be timed, with everything loaded."""
    import torch

    checkpoint = str(Path(args.folder) / 'weights.safetensors')
    if args.measure in ('zero_shot', 'plain', 'cut'):
        import open_clip

        model = open_clip.create_model(args.model, pretrained=checkpoint).eval().to(device)
        tokenizer = open_clip.get_tokenizer(args.model)
        if args.measure == 'zero_shot':
            from ext.templates import fill_template

            makers = [lambda name, t=t: fill_template(t, name) for t in templates]
            return lambda: (
                open_clip.build_zero_shot_classifier(
                    model, tokenizer, names, makers, device=device
                ).T
            )
        cut = args.measure == 'cut'
        return lambda: encode_plainly(
            model, tokenizer, names, templates, args.batch_size, device, cut=cut
        )

    from seg.models.text_encoders import OpenCLIPTextEncoder
    from seg.text_classifier.prompts.features import candidate_features

    encoder = OpenCLIPTextEncoder(
        args.model,
        dict(type='clip_pretrain', checkpoint=checkpoint),
        precision='bf16' if args.measure == 'ours_bf16' else 'fp32',
    ).to(device)
    if args.measure == 'floor':
        return prepare_floor(encoder, names, templates, device)

    def run():
        found = {}
        for block, features in candidate_features(
            encoder, names, templates, batch_size=args.batch_size
        ):
            found.update(zip(block, features, strict=True))
        return torch.stack([found[name] for name in names])

    return run


def encode_plainly(model, tokenizer, names, templates, batch_size, device, *, cut: bool):
    """Every prompt by itself, in batches; with ``cut`` only up to the longest of the batch."""
    import torch
    import torch.nn.functional as F

    from ext.templates import fill_template

    prompts = [fill_template(t, name) for name in names for t in templates]
    rows = []
    full_mask = model.attn_mask if cut else None
    with torch.inference_mode():
        for start in range(0, len(prompts), batch_size):
            tokens = tokenizer(prompts[start : start + batch_size]).to(device)
            if cut:
                length = int(tokens.argmax(dim=1).max()) + 1
                features = encode_cut(model, tokens[:, :length], full_mask[:length, :length])
            else:
                features = model.encode_text(tokens)
            rows.append(F.normalize(features, dim=-1))
    return F.normalize(torch.cat(rows).unflatten(0, (len(names), len(templates))).mean(1), dim=-1)


def encode_cut(model, tokens, mask):
    x = model.token_embedding(tokens) + model.positional_embedding[: tokens.shape[1]]
    x = model.ln_final(model.transformer(x, attn_mask=mask))
    return x[range(len(x)), tokens.argmax(dim=-1)] @ model.text_projection


def prepare_floor(encoder, names, templates, device):
    """The four products a layer, one row a distinct prefix, in pieces of 2,048 rows."""
    import torch
    import torch.nn.functional as F

    from ext.templates import fill_template
    from seg.text_classifier.prompts.prefix_tree import sort_prompts

    tokens = encoder.tokenize([fill_template(t, name) for name in names for t in templates])
    nodes = int(sort_prompts(tokens.numpy(), encoder.lengths(tokens).numpy()).added.sum())
    blocks = encoder.tower.transformer.resblocks
    width = encoder.tower.width
    x = torch.randn(2048, width, device=device)
    hidden = torch.randn(2048, blocks[0].mlp.c_fc.out_features, device=device)

    @torch.inference_mode()
    def run():
        for start in range(0, nodes, 2048):
            rows = min(2048, nodes - start)
            for block in blocks:
                F.linear(x[:rows], block.attn.in_proj_weight)
                F.linear(x[:rows], block.attn.out_proj.weight)
                F.linear(x[:rows], block.mlp.c_fc.weight)
                F.linear(hidden[:rows], block.mlp.c_proj.weight)

    return run


if __name__ == '__main__':
    main()
