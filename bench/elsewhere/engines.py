"""Runs an exported detector, one image after the other, in an engine other than ONNX Runtime for Node.js.

    python engines.py MODEL.onnx IMAGES.u8 SIDE OUT ENGINE      onnxruntime, openvino-f32 or openvino-bf16

Writes the maps to OUT (float32) and prints one line of JSON: scores, class probabilities where the model has some, the median
milliseconds of an image and the engine's version.
"""
import json
import statistics
import sys
import time

import numpy as np

WARM_UP = 3


def with_onnxruntime(path):
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return onnxruntime.__version__, lambda image: dict(zip(names, session.run(None, {"images": image})))


def with_openvino(path, precision):
    import openvino

    settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
    model = openvino.compile_model(path, "CPU", settings)
    request = model.create_infer_request()

    def run(image):
        results = request.infer([image])
        # An output may have several names.
        return {name: np.array(results[output]) for output in model.outputs for name in output.get_names()}

    return openvino.__version__.split("-")[0], run


def main():
    path, images, side, out, engine = sys.argv[1:]
    side = int(side)
    pixels = np.fromfile(images, np.uint8).reshape(-1, 1, side, side, 3)
    version, run = (
        with_onnxruntime(path) if engine == "onnxruntime" else with_openvino(path, engine.split("-")[1])
    )
    for image in pixels[:WARM_UP]:
        run(image)
    times, results = [], []
    for image in pixels:
        start = time.perf_counter()
        results.append(run(image))
        times.append((time.perf_counter() - start) * 1e3)
    np.concatenate([result["map"] for result in results]).astype(np.float32).tofile(out)
    answer = {
        "version": version,
        "ms": statistics.median(times),
        "scores": [float(result["score"][0]) for result in results],
        "posteriors": [result["posterior"][0].tolist() for result in results if "posterior" in result],
    }
    print(json.dumps(answer))


main()
