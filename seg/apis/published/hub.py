"""Models on the Hugging Face hub, by its own client: ``HF_ENDPOINT``, ``HF_HOME`` and the like hold."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seg.apis.published.layout import CARD, CONFIG, MANIFEST, PICTURES, READ

PREFIX = 'hf-hub:'
LOGIN = 'hf auth login'


def is_on_hub(name: str) -> bool:
    """Whether a name is that of a model on the hub."""
    return name.startswith(PREFIX)


def download(name: str) -> Path:
    """The folder of a model on the hub, in the client's cache; its newest version where one can ask.

    Args:
        name: ``hf-hub:org/name``, or ``hf-hub:org/name@REVISION``.

    Raises:
        FileNotFoundError: If there is no such model or revision, or it needs a token.
        ValueError: If the name is none.
        OSError: If the hub cannot be reached and the cache has not got it.
    """
    from huggingface_hub import snapshot_download

    repository, _, revision = name.removeprefix(PREFIX).partition('@')
    with explaining_hub_errors(f'get {name}'):
        folder = snapshot_download(
            repository,
            revision=revision or None,
            allow_patterns=[*READ, MANIFEST, CARD, *PICTURES],
        )
    if not (Path(folder) / CONFIG).is_file():
        raise FileNotFoundError(f'{name} is no published model: it has no {CONFIG}')
    return Path(folder)


def address() -> str:
    """Where the hub is."""
    from huggingface_hub import constants

    return constants.ENDPOINT


@contextmanager
def explaining_hub_errors(what: str) -> Iterator[None]:
    """Give what the client raises in a block as one line, with what mends it.

    Args:
        what: What the block does, such as ``get hf-hub:org/name``.

    Raises:
        FileNotFoundError: For a model or a revision that is not there.
        ValueError: For a name that cannot be one.
        OSError: For all else.
    """
    from huggingface_hub import constants, errors

    try:
        yield
    except errors.HFValidationError as error:
        raise ValueError(f'cannot {what}: {_line(error)}') from None
    except errors.RevisionNotFoundError:
        raise FileNotFoundError(f'cannot {what}: there is no such revision') from None
    except errors.RepositoryNotFoundError:
        raise FileNotFoundError(
            f'cannot {what}: {address()} has no such model, or shows it to its owners alone; see to '
            f'the name, and to the token of {LOGIN}'
        ) from None
    except Exception as error:  # the client, its transport and the disk each raise their own
        status = getattr(getattr(error, 'response', None), 'status_code', None)
        if status in (401, 403):
            reason = f'{address()} does not allow it; run {LOGIN} with a token that may write'
            raise PermissionError(f'cannot {what}: {reason}') from None
        if status is not None:
            raise OSError(f'cannot {what}: {address()} answered: {_line(error)}') from None
        offline = constants.HF_HUB_OFFLINE
        hint = 'unset HF_HUB_OFFLINE' if offline else 'see to the network, or set HF_ENDPOINT'
        reason = f'{address()} cannot be reached: {_line(error)}; {hint}'
        raise OSError(f'cannot {what}: {reason}') from None


def _line(error: Exception) -> str:
    return ' '.join(str(error).split()).partition('. ')[0][:200]
