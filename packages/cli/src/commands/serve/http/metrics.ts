import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Service } from '../scoring/service.js';
import type { Intake } from './intake.js';

/** Seconds; an image takes 0.02 to 0.2 on two cores, a full queue some seconds. */
const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The measurements of a server. */
export type Metrics = ReturnType<typeof createMetrics>;

/** What `/metrics` reports, under Prometheus' names; the process's own resident memory and event-loop lag are among it. */
export function createMetrics({ service, intake }: { service: Service; intake: Intake }) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  gauge('mint_queue_length', 'Images waiting to be read or scored.', () => service.waiting);
  gauge(
    'mint_shadow_skipped',
    'Images that the shadow model has not scored, since too many were waiting.',
    () => service.skipped,
  );
  gauge(
    'mint_pictures_under_way',
    'Images being received, waiting, being scored or answered; --queue limits them.',
    () => intake.images,
  );
  new Gauge({
    name: 'mint_drift_evidence',
    help: 'Factor by which a fair bet against "the images are as in training" has grown, by class and number; 300 is reported.',
    labelNames: ['class', 'of'],
    registers,
    async collect() {
      const { drift } = await service.state().catch(() => ({ drift: [] }));
      // Another model may have other classes.
      this.reset();
      for (const { class: name, of, evidence } of drift) this.set({ class: name, of }, evidence);
    },
  });
  gauge(
    'mint_bytes_under_way',
    'Bytes of their files and answers; 16 times --max-bytes limits them.',
    () => intake.bytes,
  );
  return {
    registry,
    requests: new Counter({
      name: 'mint_http_requests_total',
      help: 'Requests answered, by path and status.',
      labelNames: ['path', 'status'],
      registers,
    }),
    seconds: new Histogram({
      name: 'mint_http_request_seconds',
      help: 'Seconds from a request to its answer, by path.',
      labelNames: ['path'],
      buckets: BUCKETS,
      registers,
    }),
    images: new Counter({
      name: 'mint_pictures_total',
      help: 'Images scored, by class and decision.',
      labelNames: ['class', 'decision'],
      registers,
    }),
    batches: new Histogram({
      name: 'mint_batch_pictures',
      help: 'Images scored together.',
      buckets: [1, 2, 4, 8, 16, 32],
      registers,
    }),
  };
}
