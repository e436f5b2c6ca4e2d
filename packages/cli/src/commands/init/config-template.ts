import * as z from 'zod';
import { configFileSchema } from '../train/config-file.js';

type Schema = z.core.JSONSchema.JSONSchema;

/**
 * A configuration file for `mint train --config` with the description of each setting from the schema. Settings without a
 * value are commented out, with an example.
 *
 * @param values - Values of the settings; keys that the schema does not have are left out.
 */
export function configTemplate(values: object): string {
  const lines = [
    '// Settings for mint train --config, with the values they have without this file: delete the lines that you do not change.',
    '// A flag of the command overrides this file.',
    ...object(z.toJSONSchema(configFileSchema, { io: 'input' }), values),
  ];
  return `${lines.join('\n')}\n`;
}

/** An object with each setting below its description. Without `values`, every setting has an example. */
function object({ properties = {} }: Schema, values: object | undefined): string[] {
  const inside = Object.entries(properties).flatMap(([key, schema]) => {
    if (typeof schema === 'boolean') return [];
    const value: unknown = values === undefined ? undefined : Reflect.get(values, key);
    const lines = setting(key, schema, value);
    const unset = values !== undefined && value === undefined;
    const about = schema.description === undefined ? [] : [`// ${schema.description}${choices(schema)}`];
    return [...about, ...(unset ? lines.map((line) => `// ${line}`) : lines)];
  });
  return ['{', ...inside.map((line) => `  ${line}`), '}'];
}

function setting(key: string, schema: Schema, value: unknown): string[] {
  const given = typeof value === 'object' && value !== null ? value : undefined;
  const [first = '', ...rest] =
    schema.properties !== undefined
      ? object(schema, given)
      : [JSON.stringify(value ?? exampleOf(key, schema), null, 1).replaceAll(/\n\s*/g, ' ')];
  const lines = [`"${key}": ${first}`, ...rest];
  return [...lines.slice(0, -1), `${lines.at(-1)},`];
}

/** Examples of settings that have no default, where the schema does not give one. */
const EXAMPLES: Readonly<Record<string, unknown>> = {
  backbone: 'efficientnet_b4',
  weights: 'model.safetensors',
  input: 224,
  classes: ['nut', 'bolt'],
  goodWords: ['prima'],
  defectWords: ['murks'],
  root: 'images',
  review: 0.1,
  cache: 'feature-cache',
  microBatchSize: 4,
  emaDecay: 0.999,
  copies: 3,
  rotate: 10,
  brightness: 0.1,
  contrast: 0.1,
  colour: 0.05,
  share: 0.1,
  everyEpochs: 1,
  patience: 4,
};

function exampleOf(key: string, { const: only, enum: some, type }: Schema): unknown {
  const example = EXAMPLES[key] ?? only ?? some?.[0] ?? (type === 'boolean' ? true : undefined);
  if (example === undefined) throw new Error(`the setting '${key}' needs an example in config-template.ts`);
  return example;
}

const choices = ({ enum: some }: Schema): string => (some === undefined ? '' : `: ${some.join(', ')}`);
