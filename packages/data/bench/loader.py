"""Pictures a second, and milliseconds of processor time each, of torchvision's usual loader: Pillow, Resize, uint8 tensors, DataLoader with worker processes.

    python3 loader.py <file with a path a line> <size> <workers> [draft]

With `draft`, Pillow decodes JPEG files at 1/2, 1/4 or 1/8.
"""
import resource
import sys
import time

from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms


class Pictures(Dataset):
    def __init__(self, paths, size, draft):
        self.paths = paths
        self.draft = (size, size) if draft else None
        self.transform = transforms.Compose([transforms.Resize((size, size)), transforms.PILToTensor()])

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, i):
        with Image.open(self.paths[i]) as picture:
            if self.draft:
                picture.draft("RGB", self.draft)
            return self.transform(picture.convert("RGB"))


paths = open(sys.argv[1]).read().split("\n")
pictures = Pictures(paths, int(sys.argv[2]), sys.argv[4:] == ["draft"])
loader = DataLoader(pictures, batch_size=32, num_workers=int(sys.argv[3]))


def cpu():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


began, worked = time.perf_counter(), cpu()
count, total = 0, 0
for batch in loader:
    count += len(batch)
    total += int(batch.sum())
seconds = time.perf_counter() - began
# The workers' time counts once they have ended: with the loop's iterator.
print(f"{count / seconds:.1f} {1000 * (cpu() - worked) / count:.2f} {total}")
