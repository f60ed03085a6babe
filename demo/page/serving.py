"""Serves the page until interrupted, to its own address only."""

from pathlib import Path

import gradio as gr
from starlette.middleware import Middleware

from page.guard import PageGuard
from page.layout import I18N

_STATIC = Path(__file__).with_name('static')
_MAX_WAITING = 64  # presses
_MAX_VISITS = 64  # whose last result is kept, 30 MB each at most
# Neither theme nor style asks another host for anything.
_THEME = gr.themes.Default(
    primary_hue='indigo',
    neutral_hue='slate',
    font=['system-ui', 'sans-serif'],
    font_mono=['monospace'],
).set(  # light and dark: a contrast of 4.5 at least
    button_primary_background_fill='*primary_600',
    button_primary_background_fill_hover='*primary_700',
    body_text_color_subdued='*neutral_500',
    body_text_color_subdued_dark='*neutral_300',
    block_info_text_color='*neutral_500',
    block_info_text_color_dark='*neutral_300',
)


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
    script = (_STATIC / 'page.js').read_text(encoding='utf-8')
    _, address, _ = page.launch(
        app_kwargs={'middleware': [Middleware(PageGuard, host=host, folder=folder)]},
        server_name=host,
        server_port=port,
        quiet=True,
        share=False,
        prevent_thread_lock=True,
        max_file_size='30mb',
        state_session_capacity=_MAX_VISITS,
        allowed_paths=[str(folder)],
        footer_links=[],
        ssr_mode=False,
        theme=_THEME,
        i18n=I18N,
        css_paths=_STATIC / 'page.css',
        head=f'<script>{script}</script>',
    )
    print(f'open {address} in a browser; Ctrl-C ends', flush=True)
    if block:
        try:
            page.block_thread()
        finally:  # else its threads outlive a signal
            page.close(verbose=False)
    return address
