import { Presets, SingleBar } from 'cli-progress';

/** Where the command tells people what happens; standard output is kept for results. */
export interface Progress {
  /** Starts a bar of `total` units, in place of the one that runs; `unit` as in "pictures". */
  start(title: string, total: number, unit: string): void;
  /** Units done so far, and an optional remark such as the loss. */
  update(done: number, remark?: string): void;
  /** Ends the bar, if one runs, and says how long it took. A bar that runs keeps the process alive. */
  stop(): void;
  /** One line of text; breaks into no bar. */
  say(text: string): void;
}

/** Progress on standard error: bars on a terminal, one line a stage elsewhere. */
export function terminalProgress(): Progress {
  const tty = process.stderr.isTTY === true;
  let bar: SingleBar | undefined;
  let stage: { title: string; unit: string; began: number; done: number } | undefined;
  const say = (text: string) => process.stderr.write(`${text}\n`);
  return {
    start(title, total, unit) {
      stage = { title, unit, began: performance.now(), done: 0 };
      if (!tty) return;
      bar?.stop();
      bar = new SingleBar(
        {
          format: `${title} {bar} {value}/{total} ${unit} · {rate}/s · {left} left {remark}`,
          hideCursor: true,
          gracefulExit: false, // it would swallow the signal
          fps: 5,
        },
        Presets.shades_classic,
      );
      bar.start(total, 0, { rate: '–', left: '–', remark: '' });
    },
    update(done, remark = '') {
      if (stage === undefined) return;
      stage.done = done;
      if (bar === undefined) return;
      const seconds = (performance.now() - stage.began) / 1000;
      const rate = done / seconds;
      const left = rate > 0 ? clock((bar.getTotal() - done) / rate) : '–';
      bar.update(done, { rate: rate.toPrecision(3), left, remark: remark === '' ? '' : `· ${remark}` });
    },
    stop() {
      bar?.stop();
      bar = undefined;
      if (stage === undefined) return;
      const seconds = (performance.now() - stage.began) / 1000;
      if (!tty) say(`${stage.title}: ${stage.done} ${stage.unit} in ${clock(seconds)}`);
      stage = undefined;
    },
    say(text) {
      say(text);
    },
  };
}

/** `75` → `1 min 15 s`. */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
