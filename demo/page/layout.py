"""The interactive page: a picture and words in, labelled segments out. Works without a network."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ['GRADIO_ANALYTICS_ENABLED'] = 'False'  # read as gradio is imported

try:
    import gradio as gr
    from starlette.middleware import Middleware
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f'Not installed: {error.name}. Run: pip install gradio',
        name=error.name,
    ) from None

from page.answer import answer, read_picture, refusal
from page.examples import Example
from page.guard import PageGuard
from seg.apis.segmenter import MAX_CLASSES, Segmenter

_INTRODUCTION = """# Panoptic segmentation by words
Drop a picture, name what to look for, press **Segment**. Separate classes with semicolons or line breaks, and
the synonyms of a class by commas: `red circle, disc; zebra`."""
_HINT = '<div class="rps-hint">Press <b>Segment</b>.</div>'
# Neither theme nor style asks another host for anything.
_THEME = gr.themes.Default(font=['system-ui', 'sans-serif'], font_mono=['monospace'])
_STYLE = """
.rps-hint {padding: .7em 1em; border-left: 4px solid #9e9e9e}
.rps-refused {padding: .7em 1em; border-left: 4px solid #c62828; background: #fdecea; color: #7f1d1d}
.rps-empty {padding: .7em 1em; border-left: 4px solid #b26a00; background: #fff4e0; color: #5f3700}
.rps-done {padding: .7em 1em; border-left: 4px solid #2e7d32; background: #edf7ed; color: #1b4620}
.rps-segments {width: 100%; border-collapse: collapse; border: 0 !important}
.rps-segments tr {border: 0 !important}
.rps-segments th, .rps-segments td {padding: .3em .6em; text-align: left; border: 0 !important;
  border-bottom: 1px solid #8884 !important}
.rps-colour {display: inline-block; width: 1.1em; height: 1.1em; border-radius: 3px}
"""
_UNREADABLE = 'unreadable'  # no file has this path
_DELETE = (60, 3600)  # every minute, the files that are older than an hour
_MAX_WAITING = 64  # presses


def build_page(
    segmenter: Segmenter,
    things: str = '',
    stuff: str = '',
    examples: Sequence[tuple[Path, Example]] = (),
) -> gr.Blocks:
    """The page around a model.

    Args:
        segmenter: The model.
        things: Words that the page begins with, where it has no examples.
        stuff: The same for stuff.
        examples: Pictures with words to try; the page begins with the first one.
    """

    def press(image: str | None, things: str, stuff: str) -> tuple:
        try:
            pixels = None if image is None else read_picture(Path(image))
        except ValueError as error:
            return tuple(refusal(str(error)))
        return tuple(answer(segmenter, pixels, things, stuff))

    first = None
    if examples:
        first, things, stuff = _filled(*examples[0])
    with gr.Blocks(
        title='RPS: segmentation by words', analytics_enabled=False, delete_cache=_DELETE
    ) as page:
        gr.Markdown(_INTRODUCTION)
        with gr.Row():
            with gr.Column():
                image = gr.Image(
                    first,
                    label='Picture',
                    type='filepath',  # not decoded before its size is known
                    image_mode=None,
                    sources=['upload', 'clipboard'],
                    height=320,
                    elem_id='picture',
                )
                _take_any_file(image)
                thing_words = gr.Textbox(
                    things,
                    label='Things',
                    info=f'countable objects; at most {MAX_CLASSES} classes with stuff',
                    placeholder='red circle, disc; zebra',
                    lines=2,
                    elem_id='things',
                )
                stuff_words = gr.Textbox(
                    stuff,
                    label='Stuff',
                    info='what has no number: grass, sky, ...',
                    placeholder='grass, meadow; sky',
                    lines=1,
                    elem_id='stuff',
                )
                button = gr.Button('Segment', variant='primary', elem_id='segment')
            with gr.Column():
                message = gr.HTML(_HINT, elem_id='message')
                overlay = gr.Image(
                    label='Segments',
                    interactive=False,
                    format='png',
                    buttons=['download', 'fullscreen'],
                    elem_id='overlay',
                )
                table = gr.HTML(elem_id='segments')
        outputs = [overlay, table, message]
        inputs = [image, thing_words, stuff_words]
        if examples:
            gr.Examples(
                [_filled(*example) for example in examples],
                inputs,
                label='Examples',
            )
        # One press at a time, so that memory is bounded.
        button.click(press, inputs, outputs, concurrency_limit=1, api_name=False)
    return page


def _take_any_file(image: gr.Image) -> None:
    """Make a file that is no picture an input like any other: ``_UNREADABLE`` in place of its path.

    A subclass would say it better, but gradio writes a stub file beside the source of each.
    """
    read = image.preprocess

    def preprocess(payload: Any) -> Any:
        try:
            return read(payload)
        except Exception:  # decoders raise all kinds
            return _UNREADABLE

    image.preprocess = preprocess


def _filled(file: Path, example: Example) -> list[str]:
    return [str(file), example.things, example.stuff]


def serve(
    page: gr.Blocks, folder: Path, host: str, port: int | None = None, *, block: bool = True
) -> str:
    """Serve a page until interrupted.

    Args:
        page: The page.
        folder: Where its uploads and answers are, see :class:`PageGuard`.
        host: Address to listen on.
        port: Defaults to the first free one from 7860.
        block: Wait until interrupted, and not return at once.

    Returns:
        The page's address.

    Raises:
        OSError: If the port is taken or the address is not this machine's.
    """
    page.queue(max_size=_MAX_WAITING, api_open=False)  # no call passes the queue by
    _, address, _ = page.launch(
        app_kwargs={'middleware': [Middleware(PageGuard, host=host, folder=folder)]},
        server_name=host,
        server_port=port,
        quiet=True,
        share=False,
        prevent_thread_lock=True,
        max_file_size='30mb',
        footer_links=[],
        ssr_mode=False,
        theme=_THEME,
        css=_STYLE,
    )
    print(f'open {address} in a browser; Ctrl-C ends', flush=True)
    if block:
        try:
            page.block_thread()
        finally:  # else its threads outlive a signal
            page.close(verbose=False)
    return address
