"""The frame of the page: head, links to the sections, and the dialog that shows a picture large."""

from base64 import b64encode
from datetime import datetime
from hashlib import sha256

from report.style import SCRIPT, STYLE


def whole_page(content: str) -> str:
    """The page of HTML around its sections. Nothing but its own script runs, nothing is fetched."""
    digest = b64encode(sha256(SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>RPS demo</title>\n<style>{STYLE}</style></head>\n<body>\n'
        '<header><h1>RPS: panoptic segmentation with words as classes</h1>\n'
        f'<p class="quiet">What <code>make demo</code> found, {datetime.now():%Y-%m-%d %H:%M}. '
        'Every picture can be enlarged.</p>\n'
        '<nav aria-label="Sections"><a href="#words">Words</a><a href="#next">Next</a>'
        '<a href="#classes">Classes</a><a href="#pictures">Predictions</a>'
        '<a href="#training">Training</a><a href="#classifier">Classifier</a>'
        f'<a href="#commands">Commands</a></nav></header>\n<main>\n{content}</main>\n'
        '<dialog aria-label="Picture, enlarged"><div class="place" tabindex="0"></div>'
        '<p class="caption" aria-live="polite"></p><div class="controls">'
        '<button type="button" data-step="-1">Previous</button>'
        '<button type="button" data-step="1">Next</button>'
        '<button type="button" data-size>Zoom</button>'
        '<button type="button" data-close autofocus>Close</button></div></dialog>\n'
        f'<script>{SCRIPT}</script>\n</body></html>\n'
    )
