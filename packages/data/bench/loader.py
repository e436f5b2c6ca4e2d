"""Pictures a second of torchvision's usual loader: Pillow, Resize, uint8 tensors, DataLoader with worker processes.

    python3 loader.py <file with a path a line> <size> <workers>
"""
import sys
import time

from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms


class Pictures(Dataset):
    def __init__(self, paths, size):
        self.paths = paths
        self.transform = transforms.Compose([transforms.Resize((size, size)), transforms.PILToTensor()])

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, i):
        with Image.open(self.paths[i]) as picture:
            return self.transform(picture.convert("RGB"))


paths = open(sys.argv[1]).read().split("\n")
loader = DataLoader(Pictures(paths, int(sys.argv[2])), batch_size=32, num_workers=int(sys.argv[3]))
began = time.perf_counter()
count, total = 0, 0
for batch in loader:
    count += len(batch)
    total += int(batch.sum())
print(f"{count / (time.perf_counter() - began):.1f} {total}")
