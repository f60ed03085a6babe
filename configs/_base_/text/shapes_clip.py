# The embedded CLIP of the shapes world: the text model and the templates of the text classifier.
from seg.models.text_encoders import OpenCLIPTextEncoder

text_model = dict(
    type=OpenCLIPTextEncoder,
    model_name='shapes_clip',
    init_cfg=dict(type='clip_pretrain', checkpoint='embedded'),
)
templates = 'vild'
