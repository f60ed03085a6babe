"""Whose weights a checkpoint holds: all of this model's, most of them, or another's."""

from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor, nn

#: Of a model's weights, those that a checkpoint to start from must at least have.
LEAST_SHARE = 0.5
EMA, WISE_FT = '--ema', '--wise-ft'
_STATE = ('meta', 'message_hub', 'optimizer')


class Match(NamedTuple):
    """How the weights of a checkpoint fit a model.

    Attributes:
        total: Number of the model's weights.
        missing: Names of those that the checkpoint lacks.
        other: Names of those that have another shape there.
        surplus: Names that the checkpoint alone has.
    """

    total: int
    missing: list[str]
    other: list[str]
    surplus: list[str]

    @property
    def matched(self) -> int:
        """Number of the model's weights that the checkpoint gives."""
        return self.total - len(self.missing) - len(self.other)

    def describe(self) -> str:
        """Numbers, and the first name of what does not fit."""
        parts = [f'of {self.total} weights {self.matched} match']
        for keys, what in (
            (self.missing, 'are missing'),
            (self.other, 'have another shape'),
            (self.surplus, 'are in the checkpoint alone'),
        ):
            if keys:
                parts.append(f'{len(keys)} {what} ({keys[0]})')
        return ', '.join(parts)


def match_weights(model: nn.Module, saved: dict[str, Tensor]) -> Match:
    """Compare names and shapes of a model's weights with saved ones."""
    own = model.state_dict()
    return Match(
        total=len(own),
        missing=sorted(own.keys() - saved.keys()),
        other=sorted(k for k in own.keys() & saved.keys() if own[k].shape != saved[k].shape),
        surplus=sorted(saved.keys() - own.keys()),
    )


def require_weights_of(model: nn.Module, saved: dict[str, Tensor], path: Path) -> None:
    """See that a checkpoint holds the weights of this model, all of them, and of no other.

    mmengine's loading goes on with whatever fits, and with random weights where nothing does.

    Args:
        model: The model of the config.
        saved: The checkpoint's weights.
        path: Its file, for the message.

    Raises:
        ValueError: If not; names what differs.
    """
    match = match_weights(model, saved)
    if match.missing or match.other or match.surplus:
        hint = getattr(model, 'explain_weights', lambda names: '')(saved.keys())
        raise ValueError(f'checkpoint {path} was not made by this config: {match.describe()}{hint}')


def require_most_weights(
    model: nn.Module, saved: dict[str, Tensor], path: Path, *, setting: str
) -> str:
    """See that a training that starts from a checkpoint takes most of its weights from there.

    Args:
        model: The model of the config, or a part of it.
        saved: The checkpoint's weights.
        path: Its file, for the message.
        setting: What in the config names the checkpoint, for the message.

    Returns:
        How many match, in words.

    Raises:
        ValueError: If less than half of the model's weights match; tells how many.
    """
    match = match_weights(model, saved)
    if match.matched < LEAST_SHARE * match.total:
        raise ValueError(f'{setting}: checkpoint {path} is of another model: {match.describe()}')
    return match.describe()


def require_training_state(content: dict[str, Any], path: Path) -> None:
    """See that a checkpoint holds what a training is resumed from.

    Raises:
        ValueError: If it holds weights alone.
    """
    missing = [key for key in _STATE if not isinstance(content.get(key), dict)]
    if missing:
        raise ValueError(
            f'checkpoint {path} holds no state of a training to resume ({", ".join(missing)}); to '
            f'start from its weights, give --load-from {path}'
        )


def require_average(content: dict[str, Any], path: Path, option: str | None) -> None:
    """See that a training is resumed with the average of weights that it had.

    Without it the averages would go on as the trained weights, and with another one from random ones.

    Args:
        content: The checkpoint's.
        path: Its file, for the message.
        option: :data:`EMA`, :data:`WISE_FT`, or None for a training without an average.

    Raises:
        ValueError: If it had another one. ``--ema`` may begin at any time.
    """
    averaged = content.get('ema_state_dict')
    made = None
    if isinstance(averaged, dict):
        made = WISE_FT if any(str(key).startswith('start.') for key in averaged) else EMA
    if made != option and (made is not None or option == WISE_FT):
        raise ValueError(
            f'checkpoint {path} was trained with {made or "no average of weights"}, and is resumed '
            f'with {option or "none"}; resume as it was trained'
        )
