"""What OpenVINO runs faster if its graph is written another way."""

from typing import Any

import numpy as np


def mask_product_as_convolution(model: Any) -> bool:
    """Of one picture, the product of kernels and fused map as a convolution of 1 x 1 with these kernels.

    Convolutions lay the fused map out with its channels last and take it so; a product of matrices has all
    of it copied first. Only a graph for one picture can be written like this: several have kernels each.

    Args:
        model: ``openvino.Model`` of an exported file for one picture, which is changed.

    Returns:
        Whether the product was found; a graph without it stays as it is.
    """
    from openvino import opset13 as ops

    by_name = {own.get_any_name(): own for own in model.outputs}
    if 'masks' not in by_name:
        return False
    node = by_name['masks'].get_node()
    while node.get_type_name() in ('Result', 'Reshape', 'Add'):
        node = node.input_value(0).get_node()
    if node.get_type_name() != 'MatMul':
        return False
    kernels, pixels = node.input_values()
    if pixels.get_node().get_type_name() != 'Reshape':
        return False
    fused = pixels.get_node().input_value(0)
    shape = kernels.get_partial_shape()
    if not shape.is_static or fused.get_partial_shape().rank != 4:
        return False
    _, queries, channels = shape.to_shape()
    weights = ops.reshape(kernels, np.array([queries, channels, 1, 1]), False)
    masks = ops.convolution(fused, weights, [1, 1], [0, 0], [0, 0], [1, 1])
    flat = ops.reshape(masks, np.array([1, queries, -1]), False)
    node.output(0).replace(flat.output(0))
    model.validate_nodes_and_infer_types()
    return True
