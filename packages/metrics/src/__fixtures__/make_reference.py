"""Makes reference.json: metrics by straight numpy/scipy/scikit-learn code, independent of the TypeScript.

    python3 make_reference.py > reference.json        (Debian: python3-numpy python3-scipy python3-sklearn)

Inputs come from `draw`, which the test repeats, so only results are stored.
"""
import json
import numpy as np
import scipy
import sklearn
from scipy.integrate import quad
from scipy.ndimage import label
from scipy.special import expit, logit
from scipy.stats import norm
from sklearn.metrics import precision_recall_curve, roc_curve


def draw(seed, i, n):
    """Number from 0 to n − 1, by Knuth's multiplicative hash."""
    h = (i + 1) * 2654435761 + seed * 40503
    h = ((h & 0xFFFFFFFF) * 2246822519) & 0xFFFFFFFF
    return (h >> 8) % n


def samples(seed, count, levels, lift):
    labels = np.array([draw(seed, i, 3) == 0 for i in range(count)], int)
    scores = np.array([draw(seed + 1, i, levels) for i in range(count)]) + lift * labels
    return scores.astype(float), labels


def stack(seed, pictures, width, height, levels, lift):
    """Two of three pictures have two blocks that may touch or overlap; scores are multiples of 1/8."""
    masks = np.zeros((pictures, height, width), int)
    blocks = []
    for n in range(pictures):
        if n % 3 == 0:
            continue
        for b in range(2):
            k = 10 * n + b
            y, x = draw(seed, k, height - 3), draw(seed + 1, k, width - 4)
            h, w = 2 + draw(seed + 2, k, 3), 2 + draw(seed + 3, k, 4)
            block = np.zeros((height, width), int)
            block[y:y + h, x:x + w] = 1
            masks[n] |= block
            blocks.append((n, block))
    values = np.array([draw(seed + 4, i, levels) for i in range(masks.size)]).reshape(masks.shape)
    return (values + lift * masks) / 8, masks, blocks


# --- DeLong, by the definition: all pairs ---
def placements(scores, labels):
    x, y = scores[labels == 1], scores[labels == 0]
    psi = (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])
    return psi.mean(), psi.mean(axis=1), psi.mean(axis=0)


def delong(a, b, labels):
    (auc_a, v10a, v01a), (auc_b, v10b, v01b) = placements(a, labels), placements(b, labels)
    s = np.cov(np.stack([v10a, v10b])) / len(v10a) + np.cov(np.stack([v01a, v01b])) / len(v01a)
    z = (auc_a - auc_b) / np.sqrt(s[0, 0] + s[1, 1] - 2 * s[0, 1])
    half = norm.ppf(0.975) * np.sqrt(s[0, 0] + s[1, 1] - 2 * s[0, 1])
    return {
        'aurocs': [auc_a, auc_b],
        'standardErrors': [float(np.sqrt(s[0, 0])), float(np.sqrt(s[1, 1]))],
        'intervals': [
            list(expit(logit(a) + norm.ppf([0.025, 0.975]) * np.sqrt(v) / (a * (1 - a))))
            for a, v in ((auc_a, s[0, 0]), (auc_b, s[1, 1]))
        ],
        'interval': [auc_a - auc_b - half, auc_a - auc_b + half],
        'pValue': 2 * norm.sf(abs(z)),
    }


# --- curves by a sweep over all thresholds ---
def sweep(maps, normal, overlap):
    """(false-positive rate, mean overlap) for every distinct score from the highest down, from (0, 0)."""
    points = [(0.0, 0.0)]
    for t in np.unique(maps)[::-1]:
        points.append(((maps[normal] >= t).mean(), overlap(maps >= t)))
    x, y = np.array(points).T
    return x, y


def area(x, y, limit):
    """Trapezoids from 0 to the limit, divided by the limit."""
    j = np.flatnonzero(x >= limit)[0]
    at = y[j - 1] + (y[j] - y[j - 1]) * (limit - x[j - 1]) / (x[j] - x[j - 1])
    return np.trapz(np.append(y[:j], at), np.append(x[:j], limit)) / limit


def spro(maps, blocks, saturations, limit):
    defective = np.zeros(maps.shape, bool)
    for n, block in blocks:
        defective[n] |= block == 1
    overlap = lambda found: np.mean([min((found[n] & (b == 1)).sum() / s, 1) for (n, b), s in zip(blocks, saturations)])
    return area(*sweep(maps, ~defective, overlap), limit)


def pro(maps, masks, limit):
    regions = []
    for n, mask in enumerate(masks):
        numbered, count = label(mask, np.ones((3, 3)))
        regions += [(n, numbered == k) for k in range(1, count + 1)]
    overlap = lambda found: np.mean([(found[n] & r).sum() / r.sum() for n, r in regions])
    return area(*sweep(maps, masks == 0, overlap), limit)


def pimo(maps, masks, low, high):
    """Numerical integral of each picture's recall over ln(rate), piece by piece of the curve."""
    normal = np.array([m.max() == 0 for m in masks])
    scores = []
    for m, mask in zip(maps[~normal], masks[~normal]):
        points = [(0.0, 0.0)]
        for t in np.unique(maps)[::-1]:
            points.append(((maps[normal] >= t).mean(), (m[mask == 1] >= t).mean()))
        total = 0.0
        for (x0, y0), (x1, y1) in zip(points[:-1], points[1:]):
            a, b = max(x0, low), min(x1, high)
            if a < b:
                recall = lambda u: y0 + (y1 - y0) * (np.exp(u) - x0) / (x1 - x0)
                total += quad(recall, np.log(a), np.log(b), epsabs=1e-14, epsrel=1e-13)[0]
        scores.append(total / np.log(high / low))
    return scores


# --- ADer's metrics, written as there ---
def ader(scores, labels):
    eps = 1e-8
    stretched = (scores - scores.min()) / (scores.max() - scores.min())
    gt = labels.astype(bool)
    rows = []
    for t in np.arange(0.2, 0.8 + 1e-3, 0.1):
        pr = stretched > t
        both = (gt & pr).sum()
        precision, recall = both / (pr.sum() + eps), both / (gt.sum() + eps)
        rows.append((2 * precision * recall / (precision + recall + eps), recall, both / ((gt | pr).sum() + eps)))
    return dict(zip(('mF1', 'mAcc', 'mIou'), np.mean(rows, axis=0)))


def main():
    result = {'versions': {'numpy': np.__version__, 'scipy': scipy.__version__, 'sklearn': sklearn.__version__}}
    result['delong'] = []
    for seed, count, levels, lift in [(1, 60, 1000, 300), (2, 83, 6, 2), (3, 400, 50, 20), (4, 31, 20, 0)]:
        a, labels = samples(seed, count, levels, lift)
        b = samples(seed + 100, count, levels, 0)[0] + lift * labels / 2
        result['delong'].append({'input': [seed, count, levels, lift], **delong(a, b, labels)})
    result['curves'] = []
    for seed, count, levels, lift in [(11, 50, 8, 2), (12, 120, 1000, 200)]:
        scores, labels = samples(seed, count, levels, lift)
        fpr, tpr, _ = roc_curve(labels, scores, drop_intermediate=False)
        precision, recall, thresholds = precision_recall_curve(labels, scores)
        result['curves'].append({
            'input': [seed, count, levels, lift],
            'roc': [list(fpr), list(tpr)],
            'pr': [list(precision[:-1][::-1]), list(recall[:-1][::-1]), list(thresholds[::-1])],
        })
    result['stacks'] = []
    for seed, pictures, width, height, levels, lift in [(21, 5, 11, 7, 40, 12), (22, 7, 13, 9, 5, 2), (23, 4, 17, 8, 3000, 900)]:
        maps, masks, blocks = stack(seed, pictures, width, height, levels, lift)
        saturations = [max(1, b.sum() // (1 + k % 3)) for k, (_, b) in enumerate(blocks)]
        result['stacks'].append({
            'input': [seed, pictures, width, height, levels, lift],
            'saturations': [int(s) for s in saturations],
            'spro': {limit: spro(maps, blocks, saturations, float(limit)) for limit in ('0.05', '0.3', '1')},
            'pro': {limit: pro(maps, masks, float(limit)) for limit in ('0.05', '0.3', '1')},
            'pimo': {f'{low} {high}': pimo(maps, masks, low, high) for low, high in ((0.02, 0.3), (0.001, 0.9))},
            'ader': ader(maps.ravel(), masks.ravel()),
        })
    print(json.dumps(result))


if __name__ == '__main__':
    main()
