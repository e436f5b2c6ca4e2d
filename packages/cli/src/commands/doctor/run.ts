import { basename } from 'node:path';
import { type Machine, machine } from '../../devices/machine.js';
import { NAMED_DEVICES } from '../../devices/names.js';
import { autoOf, type SurveyedDevice, surveyDevices } from '../../devices/survey.js';
import type { CommandContext } from '../../shell/context.js';

/** Devices that work everywhere but are slow everywhere. */
const SLOW: readonly string[] = ['wasm', 'cpu'];

/** `mint doctor`: tries every device in a process of its own. Returns 0 when a fast one works, else 1. */
export async function runDoctor(version: string, { progress, print }: CommandContext): Promise<number> {
  const facts = await machine(process.cwd());
  progress.start('trying', NAMED_DEVICES.length, 'devices');
  const devices = await surveyDevices(NAMED_DEVICES, (done, next) => progress.update(done, next));
  progress.update(devices.length);
  progress.stop();
  const auto = autoOf(devices);
  print(
    [
      `mint ${version}, Node ${facts.node}, ${facts.system}`,
      ...factLines(facts, devices),
      '',
      ...devices.map(deviceLine),
      '',
      `--device auto selects ${auto ?? 'none of them'}`,
    ].join('\n'),
    { mint: version, ...facts, devices, auto },
  );
  return devices.some(({ device, works }) => works && !SLOW.includes(device)) ? 0 : 1;
}

function factLines(
  { cpu, memory, disk, onnxRuntime, graphics }: Machine,
  devices: readonly SurveyedDevice[],
): string[] {
  const { version, bundled, cuda, installFlag } = onnxRuntime;
  const providers = devices
    .flatMap((result) => (result.works ? (result.providers ?? []) : []))
    .map(({ name, bundled }) => (bundled ? name : `${name} (library not in the package)`));
  const drivers = [
    ...graphics.vulkan.map((file) => `Vulkan ${basename(file, '.json')}`),
    ...(graphics.nvidia === undefined ? [] : [`NVIDIA ${graphics.nvidia}`]),
  ];
  return [
    `CPU: ${cpu.model}, ${cpu.threads} threads${cpu.features.length === 0 ? '' : `, ${cpu.features.join(' ')}`}`,
    `memory: ${gigabytes(memory.available)} of ${gigabytes(memory.total)} free; disk: ${gigabytes(disk.free)} free in ${disk.folder}`,
    `onnxruntime-node ${version}: ${bundled ? providers.join(', ') || 'does not load' : 'has no build for this system'}`,
    `CUDA library of onnxruntime-node: ${cuda}; ONNXRUNTIME_NODE_INSTALL is ${installFlag ?? 'not set'}${
      cuda === 'none for this system'
        ? ' and does not matter'
        : '; it matters only while installing, and only for onnx:cuda'
    }`,
    ...(process.platform === 'linux' ? [`graphics drivers: ${drivers.join(', ') || 'none'}`] : []),
  ];
}

function deviceLine(result: SurveyedDevice): string {
  const name = result.device.padEnd(12);
  if (!result.works) return `${name}${'no'.padEnd(15)}${result.reason}`;
  const speed = `${result.gflops < 10 ? result.gflops.toFixed(1) : result.gflops.toFixed(0)} GFLOP/s`;
  return `${name}${speed.padEnd(15)}${result.what}; products of ${result.size} × ${result.size} matrices`;
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
