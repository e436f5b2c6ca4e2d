"""What the other tool does: one .npz file a class. These are made up; put your own arrays in their place."""
import sys

import numpy as np

out = sys.argv[1] if len(sys.argv) > 1 else "maps"
random = np.random.default_rng(0)
for name, strength in (("bolt", 3), ("fabric", 1.5)):
    masks = np.zeros((20, 29, 31), np.uint8)
    for mask in masks[10:]:
        y, x = random.integers(0, 24, 2)
        mask[y : y + 5, x : x + 4] = 1
    maps = random.normal(size=masks.shape).astype(np.float32) + strength * masks
    np.savez_compressed(
        f"{out}/{name}.npz",
        maps=maps.astype(np.float16),  # [pictures, height, width], larger is more anomalous
        masks=masks,  # the same shape, 0 where normal; an empty mask is a good picture
        scores=maps.max((1, 2)),  # optional, [pictures]; without it the largest value of each map
    )
