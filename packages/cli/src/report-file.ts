import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MintDetector } from '@mint/detector';
import { writeFileAtomic } from '@mint/internal/node';
import { htmlReport, type ReportPicture, worstPictures } from '@mint/report';
import type { MetricsFile, ScoredPicture } from '@mint/trainer';
import { overlayOf } from './overlays.js';

type Candidate = ReportPicture & { readonly picture: ScoredPicture };

/** Collects what `report.html` needs while pictures are scored: all scores, and the worst pictures of every class. */
export class ReportWriter {
  readonly #detector: MintDetector;
  readonly #out: string;
  readonly #pictures: ReportPicture[] = [];
  readonly #worst = new Map<string, Candidate[]>();

  constructor(detector: MintDetector, out: string) {
    this.#detector = detector;
    this.#out = out;
  }

  add(picture: ScoredPicture): void {
    const { sample, prediction, image } = picture;
    const { id, className, label } = sample;
    const { score, className: predictedClass } = prediction;
    const entry = {
      id,
      className,
      label,
      score,
      ...(predictedClass === undefined ? {} : { predictedClass }),
    };
    this.#pictures.push(entry);
    const key = `${className}/${label}`;
    // The picture is copied: it is a part of its batch, which would stay in memory as a whole.
    const candidate = { ...entry, picture: { ...picture, image: image.slice() } };
    this.#worst.set(key, worstPictures([...(this.#worst.get(key) ?? []), candidate], className, label));
  }

  async write(metrics: MetricsFile): Promise<void> {
    const { calibration } = this.#detector;
    const worst = new Map([...this.#worst.values()].flat().map(({ id, picture }) => [id, picture]));
    const html = htmlReport({
      title: `MINT report: ${metrics.protocol.dataset}`,
      metrics,
      protocol: metrics.protocol,
      pictures: this.#pictures.map((entry) => {
        const picture = worst.get(entry.id);
        return picture === undefined ? entry : { ...entry, overlay: overlayOf(this.#detector, picture) };
      }),
      ...(calibration === undefined
        ? {}
        : {
            alpha: calibration.alpha,
            limits: Object.fromEntries(
              Object.entries(calibration.thresholds).map(([name, { image }]) => [name, image]),
            ),
          }),
      training: await trainingLoss(join(this.#out, 'log.jsonl')),
    });
    await writeFileAtomic(join(this.#out, 'report.html'), html);
  }
}

/** L_MSE of every step in a run's log; nothing when the folder has no log. */
async function trainingLoss(path: string): Promise<{ step: number; value: number }[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    // A run that was killed may have left half a line.
    const [, step, value] = /"step":(\d+),.*"mse":([\d.e+-]+)/.exec(line) ?? [];
    return step === undefined || value === undefined ? [] : [{ step: Number(step), value: Number(value) }];
  });
}
