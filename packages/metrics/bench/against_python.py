"""Times scikit-learn and MVTec's AUPRO algorithm; called by against-python.ts with: maps.f32 masks.u8 height width runs.

Prints JSON: the shortest time of each, and the values.
"""
import json
import sys
import time

import numpy as np
import scipy
import sklearn
from scipy.ndimage import label
from sklearn.metrics import average_precision_score, roc_auc_score


def aupro(maps, masks, limit=0.3):
    """As MVTec's evaluation script: every pixel's change of FPR and of PRO, sorted by score, summed up."""
    fp_changes = np.zeros(maps.shape, np.uint32)
    pro_changes = np.zeros(maps.shape, np.float64)
    normal_pixels = regions = 0
    for n, mask in enumerate(masks):
        numbered, count = label(mask, np.ones((3, 3), int))
        regions += count
        normal = numbered == 0
        normal_pixels += normal.sum()
        fp_changes[n][normal] = 1
        for k in range(1, count + 1):
            region = numbered == k
            pro_changes[n][region] = 1 / region.sum()
    scores = maps.ravel()
    order = np.argsort(scores).astype(np.uint32)[::-1]
    fprs = np.cumsum(fp_changes.ravel()[order], dtype=np.uint64) / normal_pixels
    pros = np.cumsum(pro_changes.ravel()[order]) / regions
    keep = np.append(np.diff(scores[order]) != 0, True)
    fprs, pros = np.append(0, fprs[keep]), np.append(0, pros[keep])
    inside = fprs < limit
    at = np.interp(limit, fprs, pros)
    return np.trapz(np.append(pros[inside], at), np.append(fprs[inside], limit)) / limit


def timed(work, runs):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        value = work()
        times.append(time.perf_counter() - start)
    return min(times), value


def main():
    maps_path, masks_path, height, width, runs = sys.argv[1:]
    shape = (-1, int(height), int(width))
    maps = np.fromfile(maps_path, np.float32).reshape(shape)
    masks = np.fromfile(masks_path, np.uint8).reshape(shape)
    ranking = timed(
        lambda: (roc_auc_score(masks.ravel(), maps.ravel()), average_precision_score(masks.ravel(), maps.ravel())),
        int(runs),
    )
    overlap = timed(lambda: aupro(maps, masks), int(runs))
    versions = f'Python {sys.version.split()[0]}, numpy {np.__version__}, scipy {scipy.__version__}, scikit-learn {sklearn.__version__}'
    print(json.dumps({
        'versions': versions,
        'ranking': {'seconds': ranking[0], 'auroc': ranking[1][0], 'ap': ranking[1][1]},
        'aupro': {'seconds': overlap[0], 'value': overlap[1]},
    }))


main()
