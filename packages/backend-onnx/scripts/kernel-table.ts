import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-webgpu';
import '../src/index.js';

// Writes docs/onnx-kernels.md from the kernel registries of tfjs and its backends.

const BACKENDS = ['cpu', 'wasm', 'webgpu', 'onnx'] as const;

/** Prefix of our own kernels. */
const OWN = 'Mint';

/** Why a kernel that another backend has is not registered here. */
const ABSENT: Record<string, readonly string[]> = {
  'Complex numbers: ONNX Runtime has no such tensors.': [
    'Complex',
    'ComplexAbs',
    'FFT',
    'IFFT',
    'Imag',
    'Real',
  ],
  'Text: string tensors are refused.': [
    'StaticRegexReplace',
    'StringNGrams',
    'StringSplit',
    'StringToHashBucketFast',
  ],
  'Ragged tensors, which only `cpu` has.': ['RaggedGather', 'RaggedRange', 'RaggedTensorToTensor'],
  'Canvas and video elements of a browser; `tf.browser.fromPixels({ data, width, height })` needs no kernel.':
    ['Draw', 'FromPixels'],
  'Never called: tfjs-core composes the operation from other operations.': ['LogicalXor'],
};

const registered = BACKENDS.map(
  (backend) => new Set(tf.getKernelsForBackend(backend).map(({ kernelName }) => kernelName)),
);

/** The page as Markdown. */
export function kernelTable(): string {
  const all = [...new Set(registered.flatMap((set) => [...set]))].sort();
  const names = all.filter((name) => !name.startsWith(OWN));
  const own = all.filter((name) => name.startsWith(OWN));
  const onnx = registered[BACKENDS.indexOf('onnx')] ?? new Set();
  const missing = names.filter((name) => !onnx.has(name));
  const explained = Object.values(ABSENT).flat().sort();
  if (missing.join() !== explained.join())
    throw new Error(`kernels not registered: ${missing}; those with a reason in this script: ${explained}`);
  const header = ['kernel', ...BACKENDS];
  const rows = names.map((name) => [name, ...registered.map((set) => (set.has(name) ? 'yes' : ''))]);
  const counted = registered.map((set) => names.filter((name) => set.has(name)).length);
  const counts = [`**${names.length} kernels**`, ...counted.map((count) => `**${count}**`)];
  const table = [header, ...rows, counts];
  const widths = header.map((_, i) => Math.max(...table.map((cells) => (cells[i] ?? '').length)));
  const line = (cells: string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  const reasons = Object.entries(ABSENT).map(
    ([reason, kernels]) => `- ${kernels.map((name) => `\`${name}\``).join(', ')}. ${reason}`,
  );
  return `# Kernels of @mint/backend-onnx

Which kernels of TensorFlow.js ${tf.version_core} each backend registers. Written by
\`npx pnpm --filter @mint/backend-onnx kernel-table\`; a test fails when this page is out of date. A call that needs an
unregistered kernel fails at once with tfjs' own message.

Not registered here:

${reasons.join('\n')}

Our own kernels, for packages that check whether the current backend has them and otherwise compose them from tfjs'
operations: ${own.map((name) => `\`${name}\``).join(', ')}.

${[line(header), rule, ...rows.map(line), line(counts)].join('\n')}
`;
}

const page = fileURLToPath(new URL('../../../docs/onnx-kernels.md', import.meta.url));

/** The current text of docs/onnx-kernels.md. */
export const writtenTable = (): string => readFileSync(page, 'utf8');

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(page, kernelTable());
