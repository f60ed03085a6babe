"""The interactive page: a picture and words in, labelled segments out. Works without a network."""

import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

os.environ['GRADIO_ANALYTICS_ENABLED'] = 'False'  # read as gradio is imported

try:
    import gradio as gr
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f'Not installed: {error.name}. Run: pip install gradio',
        name=error.name,
    ) from None

from page.answer import Found, answer, hint, refusal
from page.examples import Example
from page.introduction import introduction
from page.result import Shown, show
from page.sharing import words_in
from page.texts import LABELS, Texts, texts_for
from page.words import chips
from seg.apis.segmenter import Segmenter

#: The labels, chosen by the browser's language.
I18N = gr.I18n(en=LABELS['en'], **dict.fromkeys(('zh', 'zh-CN', 'zh-TW'), LABELS['zh']))
_UNREADABLE = 'unreadable'  # no file has this path
_QUIET: dict[str, Any] = dict(show_progress='hidden', api_name=False)
_DELETE = (60, 3600)  # every minute, the files that are older than an hour


class _Parts:
    """The components of the page, in the order in which they are read."""

    def __init__(self, things: str, stuff: str, examples: Sequence[tuple[Path, Example]]) -> None:
        self.introduction = gr.HTML()
        with gr.Row():
            with gr.Column(elem_id='given'):
                self.picture = _picture(str(examples[0][0]) if examples else None)
                with gr.Row(elem_id='examples', visible=bool(examples)):
                    gr.Markdown(I18N('try'), container=False)
                    self.examples = [
                        gr.Button(I18N(example.title), size='sm', min_width=60)
                        for _, example in examples
                    ]
                self.things = _words('things', things, 'red circle, disc; zebra')
                self.stuff = _words('stuff', stuff, 'grass, meadow; sky')
                self.chips = gr.HTML(elem_id='chips', apply_default_css=False)
                self.button = gr.Button(I18N('segment'), variant='primary', elem_id='segment')
            with gr.Column(elem_id='found'):
                self.message = gr.HTML(elem_id='message', apply_default_css=False)
                self.result = gr.HTML(elem_id='result', apply_default_css=False)
                with gr.Group(visible=False) as self.view:
                    self.least = gr.Slider(
                        0,
                        1,
                        0,
                        step=0.05,
                        label=I18N('least_score'),
                        info=I18N('least_score_info'),
                        elem_id='least',
                    )
                    self.outlines = gr.Checkbox(label=I18N('outlines'), elem_id='outlines')
                self.details = gr.HTML(elem_id='details', apply_default_css=False)
        self.found = gr.State(None, time_to_live=_DELETE[1])


def build_page(
    segmenter: Segmenter,
    folder: Path,
    things: str = '',
    stuff: str = '',
    examples: Sequence[tuple[Path, Example]] = (),
) -> gr.Blocks:
    """The page around a model.

    Args:
        segmenter: The model.
        folder: Where the files of its answers are laid.
        things: Words that the page begins with, where it has no examples.
        stuff: The same for stuff.
        examples: Pictures with words to try; the page begins with the first one.
    """
    if examples:
        _, things, stuff = _filled(*examples[0])

    def greet(request: gr.Request) -> tuple[str, str, str, str]:
        say = _texts(request)
        words = words_in(dict(request.query_params)) or (things, stuff)
        return introduction(segmenter.trained_on, bool(examples), say), hint(say), *words

    def understand(things: str, stuff: str, request: gr.Request) -> str:
        return chips(segmenter, things, stuff, _texts(request))

    def press(
        picture: str | None,
        things: str,
        stuff: str,
        least: float,
        only_outlines: bool,
        request: gr.Request,
    ) -> Iterator[tuple[str, str, str, Found | None, Any]]:
        say = _texts(request)
        file = Path(picture) if picture else None
        for message, found in answer(segmenter, file, things, stuff, say):
            shown = show(found, least, only_outlines, folder, say) if found else Shown('', '')
            yield message, *shown, found, gr.update(visible=found is not None)

    def redraw(
        found: Found | None, least: float, only_outlines: bool, request: gr.Request
    ) -> Shown:
        say = _texts(request)
        if found is None:
            return Shown(refusal(say['forgotten'], say), '')
        return show(found, least, only_outlines, folder, say)

    with gr.Blocks(
        title='RPS: segmentation by words', analytics_enabled=False, delete_cache=_DELETE
    ) as page:
        parts = _Parts(things, stuff, examples)
        words = [parts.things, parts.stuff]
        view = [parts.least, parts.outlines]
        page.load(None, js='() => window.rps.ready()')
        page.load(greet, None, [parts.introduction, parts.message, *words], **_QUIET)
        gr.on(
            [page.load, parts.things.change, parts.stuff.change],
            understand,
            words,
            parts.chips,
            trigger_mode='always_last',
            **_QUIET,
        )
        for button, example in zip(parts.examples, examples, strict=True):
            fill = partial(_filled, *example)
            button.click(fill, None, [parts.picture, *words], **_QUIET)
        gr.on(
            [parts.button.click, parts.things.submit, parts.stuff.submit],
            press,
            [parts.picture, *words, *view],
            [parts.message, parts.result, parts.details, parts.found, parts.view],
            concurrency_limit=1,  # one press at a time, so that memory is bounded
            show_progress='minimal',
            show_progress_on=parts.message,
            api_name=False,
        ).then(None, js='() => window.rps.arrived()')
        gr.on(
            [parts.least.change, parts.outlines.change],
            redraw,
            [parts.found, *view],
            [parts.result, parts.details],
            trigger_mode='always_last',
            **_QUIET,
        ).then(None, js='() => window.rps.drawn()')
    return page


def _texts(request: gr.Request) -> Texts:
    return texts_for(request.headers.get('accept-language', ''))


def _picture(file: str | None) -> gr.Image:
    picture = gr.Image(
        file,
        label=I18N('picture'),
        type='filepath',  # not decoded before its size is known
        image_mode=None,
        sources=['upload', 'webcam', 'clipboard'],
        # A phone's camera looks at what its owner looks at.
        webcam_options=gr.WebcamOptions(
            mirror=False, constraints={'video': {'facingMode': 'environment'}}
        ),
        height=280,
        elem_id='picture',
    )
    _take_any_file(picture)
    return picture


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


def _words(name: str, typed: str, placeholder: str) -> gr.Textbox:
    return gr.Textbox(
        typed,
        label=I18N(name),
        info=I18N('separators') if name == 'things' else None,
        placeholder=placeholder,
        lines=2,
        elem_id=name,
    )


def _filled(file: Path, example: Example) -> list[str]:
    return [str(file), example.things, example.stuff]
