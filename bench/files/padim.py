"""anomalib's PaDiM on image files, decoding included: images a second in batches, and milliseconds of one image at a time.

    python padim.py LIST OUT

LIST holds one path a line. Weights are random (speed does not depend on them). The model learns 30 of the images, its state goes
to OUT. Settings are tried in turn and the fastest counts. Prints one line of JSON.
"""
import importlib.metadata
import json
import os
import resource
import statistics
import sys
import time

import torch
from anomalib.models.image.padim.torch_model import PadimModel
from torch.utils.data import DataLoader, Dataset
from torchvision.io import ImageReadMode, decode_image
from torchvision.transforms.v2 import functional as F

SIDE, FITTED, SINGLES, BATCH = 256, 30, 100, 8
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


class Images(Dataset):
    def __init__(self, paths):
        self.paths = paths

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        image = decode_image(self.paths[index], ImageReadMode.RGB)
        image = F.resize(image, [SIDE, SIDE], antialias=True)
        return F.normalize(F.to_dtype(image, torch.float32, scale=True), MEAN, STD)


def main():
    with open(sys.argv[1]) as file:
        images = Images(file.read().split("\n"))
    torch.set_num_threads(os.cpu_count())
    with torch.inference_mode():
        model = PadimModel("resnet18", ["layer1", "layer2", "layer3"], pre_trained=False)
        model.train()
        model.feature_extractor.eval()
        for start in range(0, FITTED, BATCH):
            model(torch.stack([images[i] for i in range(start, min(FITTED, start + BATCH))]))
        model.fit()
        model.eval()
        torch.save(model.state_dict(), sys.argv[2])
        singles = []
        for i in range(SINGLES + 3):
            start = time.perf_counter()
            float(model(images[i][None]).pred_score)
            singles.append((time.perf_counter() - start) * 1e3)
        singles = sorted(singles[3:])
        rates = {}
        for workers in (0, 2):
            start = time.perf_counter()
            for batch in DataLoader(images, batch_size=BATCH, num_workers=workers):
                model(batch).pred_score.tolist()
            rates[workers] = len(images) / (time.perf_counter() - start)
    answer = {
        "version": importlib.metadata.version("anomalib"),
        "p50": statistics.median(singles),
        "p95": singles[int(0.95 * len(singles))],
        "rate": max(rates.values()),
        "workers": max(rates, key=rates.get),
        "bytes": os.path.getsize(sys.argv[2]),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(answer))


main()
