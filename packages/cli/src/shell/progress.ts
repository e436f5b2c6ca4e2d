import { Presets, SingleBar } from 'cli-progress';

/** Shows users what happens; standard output is kept for results. */
export interface Progress {
  /** Starts a bar of `total` units, in place of the running one; `unit` is a plural such as "images". */
  start(title: string, total: number, unit: string): void;
  /** Sets the units done so far, and an optional remark such as the loss. */
  update(done: number, remark?: string): void;
  /** Ends the running bar, if there is one, and says how long it took. A running bar keeps the process alive. */
  stop(): void;
  /** Prints one line of text, without damage to the bar. */
  say(text: string): void;
}

/** Progress on standard error: at a terminal a bar during each stage, and one line after it. */
export function terminalProgress(): Progress {
  const tty = process.stderr.isTTY === true;
  let bar: SingleBar | undefined;
  let stage: Stage | undefined;
  const draw = (shown: Stage) => {
    const { title, unit, total, done } = shown;
    bar = new SingleBar(
      {
        format: `${title} {bar} {value}/{total} ${unit} · {rate}/s · {left} left {remark}`,
        hideCursor: true,
        clearOnComplete: true,
        gracefulExit: false, // it would swallow the signal
        fps: 5,
      },
      Presets.shades_classic,
    );
    bar.start(total, done, payload(shown));
  };
  const erase = () => {
    bar?.stop();
    bar = undefined;
  };
  const say = (text: string) => {
    erase();
    process.stderr.write(`${text}\n`);
    if (tty && stage !== undefined) draw(stage);
  };
  return {
    start(title, total, unit) {
      erase();
      stage = { title, unit, total, done: 0, remark: '', began: performance.now() };
      if (tty) draw(stage);
    },
    update(done, remark = '') {
      if (stage === undefined) return;
      stage.done = done;
      stage.remark = remark;
      bar?.update(done, payload(stage));
    },
    stop() {
      erase();
      if (stage === undefined) return;
      const { title, done, unit, began } = stage;
      stage = undefined;
      say(`${title}: ${done} ${unit} in ${clock((performance.now() - began) / 1000)}`);
    },
    say,
  };
}

interface Stage {
  readonly title: string;
  readonly unit: string;
  readonly total: number;
  readonly began: number;
  done: number;
  remark: string;
}

/** What a bar shows beside its counts. */
function payload({ done, total, began, remark }: Stage) {
  const rate = (1000 * done) / (performance.now() - began);
  return {
    rate: done === 0 ? '–' : rate < 100 ? rate.toPrecision(3) : rate.toFixed(0),
    left: done === 0 ? '–' : clock((total - done) / rate),
    remark: remark === '' ? '' : `· ${remark}`,
  };
}

/** `75` → `1 min 15 s`. */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
