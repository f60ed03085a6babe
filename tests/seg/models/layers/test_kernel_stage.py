import torch

from seg.models.layers.kernel_stage import KernelStage, KernelUpdate, hard_mask_pool


def test_pooling_is_the_mean_where_the_mask_is_more_likely_than_not():
    torch.manual_seed(0)
    features, masks = torch.randn(2, 3, 4, 5), torch.randn(2, 6, 4, 5)
    masks[1, 2] = -1
    pooled = hard_mask_pool(features, masks)
    for b in range(2):
        for q in range(6):
            pixels = [
                features[b, :, y, x] for y in range(4) for x in range(5) if masks[b, q, y, x] > 0
            ]
            expected = sum(pixels) / len(pixels) if pixels else torch.zeros(3)
            torch.testing.assert_close(pooled[b, q], expected)


def test_padding_is_not_pooled():
    torch.manual_seed(0)
    features, masks = torch.randn(2, 3, 4, 5), torch.randn(2, 6, 4, 5)
    is_image = torch.ones(2, 1, 4, 5, dtype=torch.bool)
    is_image[1, :, 3:] = is_image[1, :, :, 4:] = False
    pooled = hard_mask_pool(features, masks, is_image)
    cropped = hard_mask_pool(features[1:, :, :3, :4], masks[1:, :, :3, :4])
    torch.testing.assert_close(pooled[1:], cropped)
    torch.testing.assert_close(pooled[:1], hard_mask_pool(features[:1], masks[:1]))


def test_no_gradient_reaches_the_masks_through_pooling():
    masks = torch.randn(1, 2, 4, 4, requires_grad=True)
    features = torch.randn(1, 3, 4, 4, requires_grad=True)
    hard_mask_pool(features, masks).sum().backward()
    assert masks.grad is None and features.grad.abs().sum() > 0


def test_the_update_is_that_of_k_net_written_out_for_one_kernel():
    torch.manual_seed(0)
    update = KernelUpdate(8)
    kernels, pooled = torch.randn(2, 3, 8), torch.randn(2, 3, 8)
    found = update(kernels, pooled)
    k, f = kernels[1, 2], pooled[1, 2]
    feature, kernel = update.feature(f), update.kernel(k)
    gates = update.gates(feature[:8] * kernel[:8])
    feature_gate = torch.sigmoid(update.gate_norms[0](gates[:8]))
    kernel_gate = torch.sigmoid(update.gate_norms[1](gates[8:]))
    mixed = feature_gate * update.value_norms[0](feature[8:])
    mixed = mixed + kernel_gate * update.value_norms[1](kernel[8:])
    torch.testing.assert_close(found[1, 2], update.output(mixed))


def test_queries_exchange_information():
    torch.manual_seed(0)
    stage = KernelStage(8, heads=2)
    kernels, pooled, position = torch.randn(1, 3, 8), torch.randn(1, 3, 8), torch.randn(3, 8)
    before = stage(kernels, pooled, position)
    changed = kernels.clone()
    changed[0, 0] += 1
    assert (stage(changed, pooled, position) - before)[0, 1].abs().max() > 1e-4
