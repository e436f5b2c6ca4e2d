"""The networks of rows.ts in PyTorch and OpenVINO, timed on the CPU; weights are random.

    python peers.py WORK BATCH,BATCH REPEAT

PyTorch runs as a careful user would run it: fused attention, fused AdamW, convolutions channels-last. It is tried eager
and compiled (needs g++), with threads that wait busily or passively, each in a process of its own; the fastest is kept.
All use every core. OpenVINO gets the same module and the latency hint, in float32 and in bfloat16. Prints one
line of JSON: for each batch the medians in milliseconds.
"""
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
import warnings

import openvino
import timm
import torch
import torch.nn.functional as F
from torch import nn

CHANNELS, SIDE, WIDTH, HEADS, LAYERS, HIDDEN, DROPOUT = 272, 14, 256, 8, 4, 1024, 0.1
WINDOW, JITTER = 7, 20.0
WARM_UP, LEAST, MOST_SECONDS = 2, 5, 8


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(WIDTH, WIDTH) for _ in range(4))

    def forward(self, q, k, v, mask):
        def split(x):
            return x.view(x.shape[0], -1, HEADS, WIDTH // HEADS).transpose(1, 2)

        dropout = DROPOUT if self.training else 0.0
        y = F.scaled_dot_product_attention(split(self.q(q)), split(self.k(k)), split(self.v(v)), mask, dropout)
        return self.o(y.transpose(1, 2).reshape(q.shape))


class Layer(nn.Module):
    def __init__(self, attentions):
        super().__init__()
        self.attention = nn.ModuleList(Attention() for _ in range(attentions))
        self.norm = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(attentions + 1))
        self.up, self.down = nn.Linear(WIDTH, HIDDEN), nn.Linear(HIDDEN, WIDTH)

    def drop(self, x):
        return F.dropout(x, DROPOUT, self.training)

    def attend(self, i, x, source, position, mask):
        return self.norm[i](x + self.drop(self.attention[i](x + position, source + position, source, mask)))

    def feed(self, x):
        return self.norm[-1](x + self.drop(self.down(self.drop(F.relu(self.up(x))))))


class UniAD(nn.Module):
    """UniAD's transformer (You et al. 2022): features to reconstruction and score."""

    def __init__(self):
        super().__init__()
        tokens = SIDE**2
        self.input, self.output = nn.Linear(CHANNELS, WIDTH), nn.Linear(WIDTH, CHANNELS)
        self.position = nn.Parameter(torch.rand(1, tokens, WIDTH))
        self.encoder = nn.ModuleList(Layer(1) for _ in range(LAYERS))
        self.decoder = nn.ModuleList(Layer(2) for _ in range(LAYERS))
        self.query = nn.ParameterList(torch.randn(1, tokens, WIDTH) for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)
        row, column = torch.arange(tokens) // SIDE, torch.arange(tokens) % SIDE
        near = ((row[:, None] - row).abs() <= WINDOW // 2) & ((column[:, None] - column).abs() <= WINDOW // 2)
        self.register_buffer("mask", torch.zeros(tokens, tokens).masked_fill(near, float("-inf")))

    def forward(self, features):
        x = features
        if self.training:
            x = x + torch.randn_like(x) * x.norm(dim=2, keepdim=True) / CHANNELS * JITTER
        x = self.input(x)
        for layer in self.encoder:
            x = layer.feed(layer.attend(0, x, x, self.position, self.mask))
        y = x
        for layer, query in zip(self.decoder, self.query):
            z = layer.attend(0, query.expand_as(x), x, self.position, self.mask)
            y = layer.feed(layer.attend(1, z, y, self.position, self.mask))
        y = self.output(self.norm(y))
        return y, ((y - features) ** 2).sum(2).sqrt()


class Tokens(nn.Module):
    """Patch tokens after some blocks of a vision transformer."""

    def __init__(self, side):
        super().__init__()
        self.net = timm.create_model("vit_small_patch14_reg4_dinov2", img_size=side)

    def forward(self, images):
        return tuple(self.net.forward_intermediates(images, indices=[2, 5, 8, 11], intermediates_only=True))


def maps(name, stages):
    """Maps of the stages of a convolutional network, which ends at the last of them."""
    return timm.create_model(name, features_only=True, out_indices=stages)


class UniADMap(nn.Module):
    """EfficientNet-B4's maps at one size, side by side, without the stages that are not used."""

    def __init__(self):
        super().__init__()
        self.net = maps("efficientnet_b4", (0, 1, 2, 3))
        self.net.blocks = self.net.blocks[:5]

    def forward(self, images):
        sizes = {"size": (SIDE, SIDE), "mode": "bilinear", "align_corners": True}
        return torch.cat([F.interpolate(x, **sizes) for x in self.net(images)], 1)


WORKS = {  # name in rows.ts: the module, and the shape of one input
    "forward": (UniAD, (SIDE**2, CHANNELS)),
    "efficientnet-b4": (UniADMap, (3, 224, 224)),
    "resnet18": (lambda: maps("resnet18", (1, 2, 3)), (3, 224, 224)),
    "wide-resnet50": (lambda: maps("wide_resnet50_2", (1, 2, 3)), (3, 224, 224)),
    "vit-s14-224": (lambda: Tokens(224), (3, 224, 224)),
    "vit-s14-392": (lambda: Tokens(392), (3, 392, 392)),
}


def median_ms(call, repeat):
    for _ in range(WARM_UP):
        call()
    times = []
    while len(times) < repeat and (len(times) < LEAST or sum(times) < MOST_SECONDS * 1e3):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def training_step(batch, wrap):
    model = UniAD().train()
    run = wrap(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=1e-4, fused=True)
    features = torch.randn(batch, SIDE**2, CHANNELS)

    def step():
        optimizer.zero_grad()
        loss = ((run(features)[0] - features) ** 2).mean()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.1)
        optimizer.step()
        return loss.item()

    return step


def with_pytorch(work, batches, repeat, compiled):
    torch.set_num_threads(os.cpu_count())
    wrap = torch.compile if compiled else lambda module: module
    if work == "train-step":
        return [median_ms(training_step(batch, wrap), repeat) for batch in batches]
    make, shape = WORKS[work]
    layout = torch.channels_last if shape[0] == 3 else torch.preserve_format
    net, times = make().eval().to(memory_format=layout), []
    for batch in batches:
        torch._dynamo.reset()  # compiled for this batch alone
        run, x = wrap(net), torch.randn(batch, *shape).to(memory_format=layout)
        with torch.inference_mode():
            times.append(median_ms(lambda: run(x), repeat))
    return times


def with_openvino(work, batches, repeat, precision):
    make, shape = WORKS[work]
    net, core, times = make().eval(), openvino.Core(), []
    for batch in batches:
        x = torch.randn(batch, *shape)
        model = openvino.convert_model(net, example_input=x, input=[tuple(x.shape)])
        settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
        request = core.compile_model(model, "CPU", settings).create_infer_request()
        times.append(median_ms(lambda: request.infer([x.numpy()]), repeat))
    return times


def in_process(arguments, **settings):
    """The times that one setting gets, or none where it does not work, such as compiling without g++."""
    command = [sys.executable, __file__, *arguments, json.dumps(settings)]
    wait = {"OMP_WAIT_POLICY": "passive"} if settings.get("passive") else {}
    done = subprocess.run(command, env={**os.environ, **wait}, capture_output=True, text=True)
    if done.returncode == 0:
        return json.loads(done.stdout.splitlines()[-1])
    print(f"{settings} failed: {done.stderr[-300:]}", file=sys.stderr)
    return None


def race(work, batches, repeat):
    arguments = [work, ",".join(map(str, batches)), str(repeat)]
    rows = {batch: {} for batch in batches}
    for passive, compiled in itertools.product((False, True), (True, False)):
        times = in_process(arguments, passive=passive, compiled=compiled)
        for row, ms in zip(rows.values(), times or []):
            if ms < row.get("torch", float("inf")):
                setting = f"{'compiled' if compiled else 'eager'}, {'passive' if passive else 'busy'} wait"
                row.update(torch=ms, setting=setting)
    for precision in ("f32", "bf16") if work in WORKS else ():
        times = in_process(arguments, precision=precision)
        for row, ms in zip(rows.values(), times or []):
            row[f"openvino_{precision}"] = ms
    versions = {"torch": torch.__version__, "openvino": openvino.__version__.split("-")[0]}
    print(json.dumps({"versions": versions, "rows": rows}))


def main():
    warnings.simplefilter("ignore")
    work, batches, repeat, *rest = sys.argv[1:]
    batches, repeat = [int(batch) for batch in batches.split(",")], int(repeat)
    if not rest:
        race(work, batches, repeat)
        return
    settings = json.loads(rest[0])
    if "precision" in settings:
        print(json.dumps(with_openvino(work, batches, repeat, **settings)))
        return
    print(json.dumps(with_pytorch(work, batches, repeat, settings["compiled"])))


if __name__ == "__main__":
    main()
