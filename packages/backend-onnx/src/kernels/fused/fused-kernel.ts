import {
  type AttributeSlots,
  type AttributesOf,
  type KernelContract,
  listOutputs,
  nameInputs,
  type OutputSlots,
  type TensorSlots,
  type TensorsOf,
} from '@mint/internal/nn';
import type { KernelConfig, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { Value } from '../../graph/value.js';
import { kernel } from '../kernel.js';

/** The registration of a kernel that tfjs does not have, by the contract that its callers share. */
export function fusedKernel<I extends TensorSlots, A extends AttributeSlots, O extends OutputSlots>(
  { name, inputs, outputs }: KernelContract<I, A, O>,
  run: (inputs: TensorsOf<I, Value>, attributes: AttributesOf<A>) => TensorsOf<O, Value>,
): KernelConfig {
  return kernel<NamedTensorInfoMap, AttributesOf<A>>(name, (backend, given, attributes): TensorInfo[] => {
    const values = Object.entries(given).map(([name, info]) => [name, backend.plain(info)] as const);
    const results = run(nameInputs(inputs, Object.fromEntries(values)), attributes);
    return listOutputs(outputs, results).map((value) => backend.make(value));
  });
}
