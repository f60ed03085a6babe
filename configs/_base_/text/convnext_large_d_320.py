# The text model and the templates that the text classifier is made with.
from seg.models.text_encoders import OpenCLIPTextEncoder

text_model = dict(
    type=OpenCLIPTextEncoder,
    model_name='convnext_large_d_320',
    init_cfg=dict(type='clip_pretrain', checkpoint='laion2b_s29b_b131k_ft_soup'),
)
templates = 'vild'
