"""Classification of embeddings against a text classifier."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seg.models.vocabulary import EncodedVocabulary

_MAX_LOG_SCALE = 4.6052  # a scale of 100, as CLIP bounds its own


class CosineClassifier(nn.Module):
    """Logit of a class: learned scale times the largest cosine with its candidates; and "no object".

    The scale is learned as a logarithm and bounded by 100, as CLIP's is (arXiv 2103.00020, section
    2.4). "No object" is one more row, learned, of the same kind. The classifier itself is a buffer
    that is not part of the state dict: a trained model takes any vocabulary.

    Args:
        classifier: Tensor[C, K, D], or C tensors [K_c, D], of unit rows.
        scale: First value of the scale. Defaults to 20.
    """

    def __init__(self, classifier: Tensor | Sequence[Tensor], scale: float = 20.0) -> None:
        super().__init__()
        self.register_buffer('rows', torch.empty(0), persistent=False)
        self.register_buffer('owner', torch.empty(0, dtype=torch.long), persistent=False)
        self.num_classes = 0
        self.set_classifier(classifier)
        self.no_object = nn.Parameter(F.normalize(torch.randn(self.embed_dim), dim=0))
        self.log_scale = nn.Parameter(torch.tensor(float(scale)).log())

    @property
    def embed_dim(self) -> int:
        """Size D of the joint image-text space."""
        return self.rows.shape[1]

    def set_classifier(self, classifier: Tensor | Sequence[Tensor]) -> None:
        """Exchange the model's own vocabulary, see the constructor.

        Raises:
            ValueError: If there are no classes, or the embedding size is another one.
        """
        self.rows, self.owner = self.candidate_rows(classifier)
        self.num_classes = len(classifier)

    def use(self, vocabulary: EncodedVocabulary) -> None:
        """Exchange the model's own vocabulary for one that :meth:`candidate_rows` gave the rows of."""
        self.rows, self.owner = vocabulary.rows, vocabulary.owner
        self.num_classes = vocabulary.num_classes

    def candidate_rows(self, classifier: Tensor | Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Rows Tensor[R, D] of all candidates, and the class long Tensor[R] of each.

        Repeated candidates of a class, as padding makes them, are kept once.

        Raises:
            ValueError: If there are no classes, or the embedding size is another one.
        """
        groups = [torch.unique_consecutive(own, dim=0) for own in classifier]
        if not groups or not all(len(own) for own in groups):
            raise ValueError('a classifier needs at least one class, and a candidate for each')
        if hasattr(self, 'no_object') and groups[0].shape[1] != len(self.no_object):
            raise ValueError(
                f'the classifier has embeddings of size {groups[0].shape[1]}, the model was built '
                f'for {len(self.no_object)}; make it with the text model of the training config'
            )
        sizes = torch.tensor([len(own) for own in groups])
        device = self.rows.device
        owner = torch.repeat_interleave(torch.arange(len(groups)), sizes)
        return torch.cat(groups).float().to(device), owner.to(device)

    @property
    def scale(self) -> Tensor:
        """The learned scale of the cosines, at most 100, Tensor[]."""
        return self.log_scale.clamp(max=_MAX_LOG_SCALE).exp()

    def forward(self, embeddings: Tensor, vocabulary: EncodedVocabulary | None = None) -> Tensor:
        """Logits of Tensor[..., D], Tensor[..., C + 1] with "no object" last.

        ``vocabulary`` takes the place of the model's own.
        """
        return self.logits(*self.embed(embeddings), vocabulary)

    def embed(self, embeddings: Tensor) -> tuple[Tensor, Tensor]:
        """Unit embeddings [..., D] and logits of "no object" [...] of Tensor[..., D]."""
        unit = F.normalize(embeddings.float(), dim=-1)
        no_object = F.normalize(self.no_object.float(), dim=0)
        return unit, self.scale * (unit @ no_object[:, None])[..., 0]

    def logits(
        self, unit: Tensor, no_object: Tensor, vocabulary: EncodedVocabulary | None = None
    ) -> Tensor:
        """Logits of what :meth:`embed` gave, Tensor[..., C + 1]."""
        cosine = self.class_cosine(unit, vocabulary)
        return torch.cat([self.scale * cosine, no_object[..., None]], dim=-1)

    def class_cosine(self, unit: Tensor, vocabulary: EncodedVocabulary | None = None) -> Tensor:
        """Largest cosine of unit rows Tensor[..., D] with the candidates of each class, [..., C]."""
        words = vocabulary or self
        cosine = unit @ words.rows.T
        if len(words.rows) == words.num_classes:
            return cosine
        least = cosine.new_full((*cosine.shape[:-1], words.num_classes), -2.0)
        return least.scatter_reduce(-1, words.owner.expand_as(cosine), cosine, 'amax')
