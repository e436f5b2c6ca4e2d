import { fork } from 'node:child_process';
import type { Speed } from './measure.js';
import { AUTO, type NamedDevice } from './names.js';
import type { onnxProviders } from './onnx-runtime.js';

/** Result of trying a device. */
export type ProbeResult =
  | ({
      readonly works: true;
      /** What it is, in a few words. */
      readonly what: string;
      /** Execution providers of ONNX Runtime, for the device `onnx`. */
      readonly providers?: ReturnType<typeof onnxProviders> | undefined;
    } & Speed)
  /** Why it does not work, and what to do. */
  | { readonly works: false; readonly reason: string };

export type SurveyedDevice = { readonly device: NamedDevice } & ProbeResult;

/** Longer than any driver should take to start and to multiply matrices. */
const LIMIT_MS = 60_000;

/** Characters of a child's standard error that are kept, for the last line before a crash. */
const KEPT_TEXT = 10_000;

/** Tries one device after the other, so that they do not disturb each other's measurements. */
export async function surveyDevices(
  devices: readonly NamedDevice[],
  onProgress: (done: number, next: NamedDevice) => void,
): Promise<SurveyedDevice[]> {
  const script = import.meta.url.endsWith('.ts') ? './device-probe.ts' : './device-probe.js';
  const results: SurveyedDevice[] = [];
  for (const device of devices) {
    onProgress(results.length, device);
    results.push({ device, ...(await probeDevice(new URL(script, import.meta.url), device, LIMIT_MS)) });
  }
  return results;
}

/** The device that `--device auto` selects here. */
export function autoOf(results: readonly SurveyedDevice[]): NamedDevice | undefined {
  return AUTO.find((device) => results.some((result) => result.device === device && result.works));
}

/** Runs a probe in a process of its own, because a broken driver may crash or hang it. */
export function probeDevice(script: URL, device: NamedDevice, limitMs: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const child = fork(script, [device], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let answer: ProbeResult | undefined;
    let text = '';
    const timer = setTimeout(() => {
      answer ??= {
        works: false,
        reason: `it did not answer within ${limitMs / 1000} s. Update its driver, or use another device.`,
      };
      child.kill('SIGKILL');
    }, limitMs);
    child.stderr?.setEncoding('utf8').on('data', (more: string) => {
      text = `${text}${more}`.slice(-KEPT_TEXT);
    });
    child.on('message', (message: ProbeResult) => {
      answer ??= message;
    });
    child.on('error', (error) => {
      answer ??= {
        works: false,
        reason: `its process did not start: ${error.message}. Run mint doctor again.`,
      };
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const last = text.trim().split('\n').at(-1) ?? '';
      const end = signal ?? `exit code ${code}`;
      resolve(
        answer ?? {
          works: false,
          reason: `its process crashed (${end})${last === '' ? '' : `: ${last}`}. Update its driver, or use another device.`,
        },
      );
    });
  });
}
