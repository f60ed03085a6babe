"""Pictures in a window, where there is a screen."""

from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
from mmengine.visualization import Visualizer


def require_screen(instead: str) -> None:
    """See that matplotlib can open a window.

    Args:
        instead: The options that write a file, for the message.

    Raises:
        ValueError: If it cannot.
    """
    has_windows = plt.figure().canvas.required_interactive_framework is not None
    plt.close()
    if not has_windows:
        raise ValueError(
            f'there is no screen for a window (matplotlib uses {plt.get_backend()}); give {instead}'
        )


def open_window(interval: float) -> Callable[[np.ndarray, str], None]:
    """What shows one picture after the other, uint8 [H, W, 3] in BGR, with a title.

    Args:
        interval: Seconds that each is shown.

    Raises:
        ValueError: If there is no screen.
    """
    require_screen('--output-dir FOLDER --not-show')
    visualizer = Visualizer()

    def show(picture: np.ndarray, title: str) -> None:
        visualizer.show(picture[..., ::-1], win_name=title, wait_time=interval)

    return show
