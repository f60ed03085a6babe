"""The text of a config, formatted once for all that it is written to."""

from mmengine.config import Config

_TEXTS: dict[str, str] = {}  # the last one, by what it says


class OnceFormatted(Config):
    """A config that formats its text anew only when it has changed.

    A run asks for it five times, for its log, its files and each backend of its visualizer; formatting takes a
    quarter of a second.
    """

    @classmethod
    def of(cls, cfg: Config) -> 'OnceFormatted':
        """The same config, with the same content."""
        other = cls.__new__(cls)
        other.__dict__.update(cfg.__dict__)
        return other

    @property
    def pretty_text(self) -> str:
        """Python code of the config."""
        content = repr(self.to_dict())
        if content not in _TEXTS:
            text = super().pretty_text
            _TEXTS.clear()
            _TEXTS[content] = text
        return _TEXTS[content]
