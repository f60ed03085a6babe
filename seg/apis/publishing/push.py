"""Send a published model to the Hugging Face hub, by its own client."""

from pathlib import Path

from seg.apis.published.hub import LOGIN, address, explaining_hub_errors


def require_token(repository: str) -> None:
    """See that a model can be sent, before the work of making it.

    Args:
        repository: ``org/name``.

    Raises:
        ValueError: If the name cannot be one.
        PermissionError: If there is no token.
    """
    from huggingface_hub import get_token
    from huggingface_hub.utils import validate_repo_id

    with explaining_hub_errors(f'send to {repository}'):
        validate_repo_id(repository)
    if repository.count('/') != 1:
        raise ValueError(f'cannot send to {repository}: expected ORG/NAME')
    if not get_token():
        raise PermissionError(
            f'cannot send to {repository}: there is no token for {address()}; run {LOGIN}'
        )


def push_folder(folder: Path, repository: str, *, private: bool = False) -> str:
    """Make the repository where it is missing, and commit the folder to it.

    Args:
        folder: A published model.
        repository: ``org/name``.
        private: Whether a new repository is shown to its owners alone. Defaults to False.

    Returns:
        The address of the model.

    Raises:
        PermissionError: If the token may not write there.
        OSError: If the hub cannot be reached.
    """
    from huggingface_hub import HfApi

    api = HfApi(library_name='rps-seg')
    with explaining_hub_errors(f'send to {repository}'):
        api.create_repo(repository, private=private, exist_ok=True)
        api.upload_folder(repo_id=repository, folder_path=folder, commit_message='A model of RPS')
    return f'{address()}/{repository}'
