"""What the words of the command line found in one picture."""

import json
from html import escape
from pathlib import Path

from report.pictures import enlargeable
from seg.text_classifier.candidates import split_classes
from seg.text_classifier.class_list import read_classes
from seg.text_classifier.vocabulary import Vocabulary


def found_with_words(out: Path, picture: Path, words: tuple[str, str]) -> str:
    """The picture with its segments, and the list of them.

    Args:
        out: The demo's folder, which has the result of ``image_demo.py``.
        picture: The picture that was segmented.
        words: Words for things and for stuff.
    """
    result = json.loads((out / f'{picture.name}.json').read_text())
    things, stuff = (list(read_classes(own)) for own in words)
    trained = were_trained([*things, *stuff])
    rows = ''.join(
        f'<tr><th scope="row"><bdi>{escape(own["name"])}</bdi></th>'
        f'<td>{"thing" if own["is_thing"] else "stuff"}</td>'
        f'<td>{"yes" if trained[own["label"]] else "no"}</td><td>{own["score"]:.2f}</td></tr>'
        for own in result['segments']
    )
    table = (
        '<table><thead><tr><th scope="col">Segment</th><th scope="col">Kind</th>'
        '<th scope="col">In training</th><th scope="col">Score</th></tr></thead>'
        f'<tbody>{rows}</tbody></table>'
    )
    nothing = (
        '<p class="note">No segment was found. The model that comes with RPS knows drawn shapes alone: '
        'ask for a colour and a shape, such as <em>crimson ball</em>.</p>'
    )
    asked = ''.join(
        f'<dt>{kind}</dt><dd>{escape("; ".join(own))}</dd>'
        for kind, own in (('Things', things), ('Stuff', stuff))
    )
    shown = enlargeable(
        (out / f'{picture.name}.png').read_bytes(),
        f'{picture.name} with {len(result["segments"])} segments and their names',
        picture.name,
    )
    return (
        '<p>The model that comes with RPS, asked for words. Its training had '
        f'{sum(trained) or "none"} of these {len(trained)} classes. For others it relies on its CLIP, '
        'which has learned the words for drawn shapes and backgrounds alone.</p>'
        f'<div class="found">{shown}<div>{table if rows else nothing}'
        f'<details><summary>All words that were asked for</summary><dl class="asked">{asked}</dl></details>'
        '</div></div>'
    )


def were_trained(classes: list[str]) -> list[bool]:
    """Whether the model that comes with RPS was trained on one of a class's words, for each class."""
    base = split_classes(Vocabulary.of('shapes_base').classes)
    trained = {word for candidates in base for word in candidates}
    return [not trained.isdisjoint(candidates) for candidates in split_classes(classes)]
