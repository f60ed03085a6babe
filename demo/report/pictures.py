"""Pictures of the page; a press enlarges them."""

import base64
import io
from html import escape

from matplotlib.figure import Figure
from PIL import Image


def chart(figure: Figure, text: str, caption: str, *, wide: bool = False) -> str:
    """A chart as a picture that can be enlarged, see :func:`enlargeable`."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format='png', bbox_inches='tight')
    return enlargeable(buffer.getvalue(), text, caption, wide=wide)


def enlargeable(content: bytes, text: str, caption: str, *, wide: bool = False) -> str:
    """A picture, in a button that the page's script gives its work.

    Args:
        content: A PNG or JPEG file.
        text: What it shows, for those who do not see it.
        caption: Stands below it.
        wide: Whether it opens in full size, to be scrolled where the screen is small. Defaults to False.
    """
    with Image.open(io.BytesIO(content)) as picture:
        kind, (width, height) = str(picture.format).lower(), picture.size
    code = base64.b64encode(content).decode()
    return (
        f'<figure{" data-wide" if wide else ""}><button type="button">'
        f'<img alt="{escape(text)}" width="{width}" height="{height}" '
        f'src="data:image/{kind};base64,{code}"></button>'
        f'<figcaption>{escape(caption)}</figcaption></figure>\n'
    )
