import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MintDetector, Prediction } from '@mint/detector';
import { writeFileAtomic } from '@mint/internal/node';
import { proCurve } from '@mint/metrics';
import {
  htmlReport,
  type ImageLayers,
  imagePanels,
  type ReportData,
  type ReportImage,
  shrinkLayers,
  type TrainingPoint,
  worstImages,
} from '@mint/report';
import type { MetricsFile, ScoredImage } from '@mint/trainer';
import { markedRegions } from '../scoring/region-rows.js';
import { marksOf } from './outlines.js';
import { heatScaleOf } from './overlays.js';
import { type ShownSuspect, suspectNote } from './suspects.js';

/** An image and its layers as the report shows them. */
interface Shown extends ImageLayers {
  readonly scale: readonly [number, number];
  readonly marks: ReturnType<typeof marksOf>;
}

type Candidate = ReportImage & { readonly shown: Shown };

/** Longest side of an image in the report, in pixels. */
const SIDE = 800;

/** Points of a PRO curve: nobody could see more of them. */
const CURVE_POINTS = 300;

/** Collects the contents of `report.html` while images are scored: all scores, and the worst images of every class. */
export class ReportWriter {
  readonly #detector: MintDetector;
  readonly #out: string;
  readonly #images: ReportImage[] = [];
  readonly #suspects: ReportImage[] = [];
  readonly #worst = new Map<string, Candidate[]>();
  /** Map and mask of each image whose pixels have labels, by class. The evaluation keeps these maps anyway. */
  readonly #pixels = new Map<string, { map: Float32Array; mask: Uint8Array | undefined }[]>();

  constructor(detector: MintDetector, out: string) {
    this.#detector = detector;
    this.#out = out;
  }

  add(image: ScoredImage): void {
    const { sample, prediction } = image;
    const { id, className, label } = sample;
    const { score, className: predictedClass, anomalyMap } = prediction;
    const entry = {
      id,
      className,
      label,
      score,
      predictedClass,
      note: this.#noteOf(prediction, className),
      unknownClass:
        predictedClass === undefined
          ? undefined
          : this.#detector.decide(prediction).decision === 'unknown class',
    };
    const mask = image.mask?.data;
    // Maps as large as their images are not kept: there is no PRO curve then.
    if (this.#detector.config.input.tiles === undefined && (label === 'normal' || mask !== undefined)) {
      const pixels = this.#pixels.get(className) ?? [];
      this.#pixels.set(className, pixels);
      pixels.push({ map: anomalyMap, mask });
    }
    this.#images.push(entry);
    const key = `${className}/${label}`;
    const candidate = { ...entry, shown: this.#shown(image) };
    this.#worst.set(key, worstImages([...(this.#worst.get(key) ?? []), candidate], className, label));
  }

  addSuspect(suspect: ShownSuspect): void {
    const { sample, className, score, prediction } = suspect;
    const { image, map, scale, marks } = this.#shown({
      image: suspect.image,
      prediction,
      sample,
      mask: undefined,
    });
    this.#suspects.push({
      id: sample.id,
      className,
      label: 'normal',
      score,
      note: suspectNote(suspect),
      panels: imagePanels(image, map, scale, undefined, marks),
    });
  }

  async write(metrics: MetricsFile): Promise<void> {
    const { calibration } = this.#detector;
    const worst = new Map([...this.#worst.values()].flat().map(({ id, shown }) => [id, shown]));
    const html = htmlReport({
      title: `MINT report: ${metrics.protocol.dataset}`,
      metrics,
      protocol: metrics.protocol,
      images: this.#images.map((entry) => {
        const shown = worst.get(entry.id);
        if (shown === undefined) return entry;
        return {
          ...entry,
          panels: imagePanels(shown.image, shown.map, shown.scale, shown.mask, shown.marks),
        };
      }),
      proCurves: this.#proCurves(),
      outcomes: metrics.decisions,
      alpha: calibration?.alpha,
      limits:
        calibration &&
        Object.fromEntries(Object.entries(calibration.thresholds).map(([name, { image }]) => [name, image])),
      suspects: this.#suspects,
      training: await trainingPoints(join(this.#out, 'log.jsonl')),
    });
    await writeFileAtomic(join(this.#out, 'report.html'), html);
  }

  /** The regions above the limit in words. */
  #noteOf(prediction: Prediction, className: string): string | undefined {
    const name = prediction.className ?? className;
    if (!this.#detector.config.classes.includes(name)) return undefined;
    const decision = this.#detector.decide(prediction, name);
    const { regions, smallRegions = [] } = markedRegions(this.#detector, prediction, decision);
    if (regions === undefined) return undefined;
    const area = regions.reduce((sum, region) => sum + region.area, 0);
    const percent = regions.reduce((sum, region) => sum + region.areaPercent, 0);
    const hidden = smallRegions.length === 0 ? '' : `; ${smallRegions.length} smaller than the size rule`;
    return `${decision.decision}; regions above the limit: ${regions.length}, ${Math.round(area)} px (${percent.toPrecision(2)} %)${hidden}`;
  }

  #shown(scored: Pick<ScoredImage, 'image' | 'prediction' | 'sample' | 'mask'>): Shown {
    const { image, prediction, sample } = scored;
    const scale = heatScaleOf(this.#detector, scored);
    const map = prediction.anomalyMap;
    // A good image has no mask file; its mask is empty.
    const mask = scored.mask?.data ?? (sample.label === 'normal' ? new Uint8Array(map.length) : undefined);
    const layers = shrinkLayers({ image, map, mask }, SIDE);
    const marks = marksOf(this.#detector, prediction, sample.className, layers.image);
    // The image is copied because it is a view of its batch, which would stay in memory as a whole.
    return { ...layers, image: { ...layers.image, data: layers.image.data.slice() }, scale, marks };
  }

  #proCurves(): NonNullable<ReportData['proCurves']> {
    const { width, height } = this.#detector.config.input;
    const size = width * height;
    const curves = [...this.#pixels].flatMap(([name, images]) => {
      if (!images.some(({ mask }) => mask?.includes(1))) return [];
      const maps = new Float32Array(images.length * size);
      const masks = new Uint8Array(images.length * size);
      images.forEach(({ map, mask }, i) => {
        maps.set(map, i * size);
        if (mask !== undefined) masks.set(mask, i * size);
      });
      return [[name, proCurve(maps, masks, { width, height }, { maxPoints: CURVE_POINTS })] as const];
    });
    return Object.fromEntries(curves);
  }
}

/** The losses of every step in a run's log; empty when the folder has no log. */
async function trainingPoints(path: string): Promise<TrainingPoint[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const number = (key: string) => {
      const value = new RegExp(`"${key}":([-\\d.e+]+)[,}]`).exec(line)?.[1];
      return value === undefined ? undefined : Number(value);
    };
    const step = number('step');
    // A killed run may have left half a line.
    if (step === undefined || !line.endsWith('}')) return [];
    return [{ step, loss: number('loss'), mse: number('mse'), ce: number('ce'), prior: number('prior') }];
  });
}
