import { workerData } from 'node:worker_threads';
import type { Preprocessing } from '@mint/data';
import { MintDetector, preprocessingOf, readProbe, selfTest } from '@mint/detector';
import { useDevice } from '../../../devices/device.js';
import { warmUp } from '../../../scoring/score-images.js';
import type { DeviceFlags } from '../../../shell/flags.js';
import type { EngineState, ModelFacts, NewLimit, Outcome, ScoreTask } from '../scoring/engine.js';
import { writeLimit } from '../scoring/limits.js';
import { factsOf } from '../scoring/local-engine.js';
import { createScoring } from '../scoring/score-tasks.js';
import { answerCalls, say } from './messages.js';

/** What the thread that scores is made with. */
export interface ScoreSettings extends DeviceFlags {
  readonly model: string;
  readonly batchSize: number;
}

/** Images to be scored, a limit to be set, the self-test, or what the limits are. */
export type ScoreCall =
  | { readonly tasks: readonly ScoreTask[] }
  | { readonly limit: NewLimit }
  | 'test'
  | 'state';

/** Outcomes of the images, the limits in force, or what the self-test was passed with. */
export type ScoreAnswer =
  | { readonly outcomes: readonly Outcome[] }
  | { readonly state: EngineState }
  | { readonly facts: Omit<ModelFacts, 'id'>; readonly preprocessing: Preprocessing };

const settings = workerData as ScoreSettings;

async function load() {
  await useDevice(settings, { say });
  const detector = await MintDetector.load(settings.model);
  const probe = await readProbe(settings.model);
  if (probe === undefined) {
    say(
      `note: ${settings.model} has no probe image, so the self-test can only check that scores are finite; \`mint calibrate\` adds one.`,
    );
  }
  await warmUp(detector, settings.batchSize);
  return { detector, probe, scoring: createScoring(detector, settings.batchSize, say) };
}

let loading: ReturnType<typeof load> | undefined;

/** The model, loaded by the first call; a failure is tried again by the next. */
function loaded(): ReturnType<typeof load> {
  loading ??= load().catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

answerCalls<ScoreCall, ScoreAnswer>(async (call) => {
  const { detector, probe, scoring } = await loaded();
  if (call === 'test') {
    await selfTest(detector, probe);
    const result = { facts: factsOf(detector), preprocessing: preprocessingOf(detector.config) };
    return { result, moved: [] };
  }
  if (call !== 'state' && 'tasks' in call) {
    const outcomes = await scoring.score(call.tasks);
    return { result: { outcomes }, moved: outcomes.flatMap(memoryOf) };
  }
  if (call !== 'state') scoring.decideBy(await writeLimit(settings.model, call.limit));
  return { result: { state: scoring.state() }, moved: [] };
});

/** What is moved and not copied. */
function memoryOf(outcome: Outcome): ArrayBuffer[] {
  if (!('decision' in outcome)) return [];
  const { heatmap, picture } = outcome;
  return [heatmap?.buffer as ArrayBuffer | undefined, picture.pixels.buffer, picture.heat?.buffer].filter(
    (memory) => memory !== undefined,
  );
}
