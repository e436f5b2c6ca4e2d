import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MintError, oneLine } from '@mint/internal';
import { readFileOf, writeFileAtomic } from '@mint/internal/node';
import { z } from 'zod';

/** A version of a model: its folder is `<name>/<version>` in the folder of models. */
export interface Version {
  readonly name: string;
  readonly version: string;
}

/** What was in service, and when: so that the last change can be taken back, also after a restart. */
export interface Activations {
  /** Name of the model in service. */
  readonly active?: string | undefined;
  /** Versions of each model that were in service, the newest first. */
  readonly versions: Readonly<Record<string, readonly string[]>>;
}

/** Versions of a model that can be gone back to. */
const MOST_BACK = 20;
const FILE = 'active.json';
const MAX_BYTES = 1_000_000;
/** One part of a path, which is not hidden and leads nowhere else. */
const PART = /^[^./\\\p{Cc}][^/\\\p{Cc}]*$/u;

const ACTIVATIONS = z.object({
  active: z.string().optional(),
  versions: z.record(z.string(), z.array(z.string())),
});

/** `parts/3`, as records and messages say it. */
export const titleOf = ({ name, version }: Version): string => `${name}/${version}`;

/** A folder of models. */
export interface ModelStore {
  /** Every version there is, by name and version in the order of people: 2 before 10. */
  readonly list: () => Promise<Version[]>;
  /** @throws MintError `NOT_FOUND` when there is no such version. */
  readonly folderOf: (version: Version) => Promise<string>;
  readonly read: () => Promise<Activations>;
  readonly write: (activations: Activations) => Promise<void>;
}

/** Opens a folder of models. @throws MintError `NOT_FOUND` when it has none. */
export async function openModels(folder: string): Promise<ModelStore> {
  const store: ModelStore = {
    list: () => listVersions(folder),
    folderOf: async (version) => {
      const path = join(folder, version.name, version.version);
      const isThere = PART.test(version.name) && PART.test(version.version) && (await isModel(path));
      if (isThere) return path;
      const known = (await listVersions(folder)).map(titleOf).join(', ');
      throw new MintError('NOT_FOUND', `there is no model ${titleOf(version)}; there are ${known}.`);
    },
    read: () => readActivations(join(folder, FILE)),
    write: (activations) =>
      writeFileAtomic(join(folder, FILE), `${JSON.stringify(activations, undefined, 2)}\n`),
  };
  if ((await store.list()).length > 0) return store;
  const message = `${folder}: expected models as <name>/<version>/model.json, found none.`;
  throw new MintError('NOT_FOUND', message);
}

async function listVersions(folder: string): Promise<Version[]> {
  const found: Version[] = [];
  for (const name of await partsIn(folder))
    for (const version of await partsIn(join(folder, name)))
      if (await isModel(join(folder, name, version))) found.push({ name, version });
  return found;
}

async function partsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const { compare } = new Intl.Collator('en', { numeric: true });
  return names.filter((name) => PART.test(name)).sort(compare);
}

const isModel = (folder: string): Promise<boolean> =>
  stat(join(folder, 'model.json')).then(
    (info) => info.isFile(),
    () => false,
  );

async function readActivations(path: string): Promise<Activations> {
  const bytes = await readFileOf('list of models in service', path, MAX_BYTES).catch((error) => {
    if (MintError.isInstance(error) && error.code === 'NOT_FOUND') return undefined;
    throw error;
  });
  if (bytes === undefined) return { versions: {} };
  try {
    return ACTIVATIONS.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    const message = `${path}: expected what mint serve wrote about models in service: ${oneLine(cause)}. Delete it to start with the newest version.`;
    throw new MintError('CORRUPT_FILE', message, { cause });
  }
}

/** The version that was last in service, else the newest of the only model. */
export async function firstVersion(store: ModelStore): Promise<Version> {
  const { active, versions } = await store.read();
  const last = active === undefined ? undefined : versions[active]?.[0];
  if (active !== undefined && last !== undefined) return { name: active, version: last };
  const all = await store.list();
  const names = [...new Set(all.map(({ name }) => name))];
  const newest = all.at(-1);
  if (names.length === 1 && newest !== undefined) return newest;
  const message = `there are several models, ${names.join(', ')}: say which one begins with --active <name>/<version>.`;
  throw new MintError('INVALID_ARGUMENT', message);
}

/** With a version put into service. */
export function activated({ versions }: Activations, { name, version }: Version): Activations {
  const before = versions[name] ?? [];
  const rest = before[0] === version ? before.slice(1) : before;
  return { active: name, versions: { ...versions, [name]: [version, ...rest].slice(0, MOST_BACK) } };
}

/** With the last version of a model taken back. @throws MintError `INVALID_ARGUMENT` when there is none before it. */
export function rolledBack({ versions }: Activations, name: string): Activations & { readonly to: Version } {
  const [last, before, ...older] = versions[name] ?? [];
  if (last === undefined || before === undefined) {
    const message = `no other version of ${name} was in service before, so there is none to go back to.`;
    throw new MintError('INVALID_ARGUMENT', message);
  }
  const to = { name, version: before };
  return { active: name, versions: { ...versions, [name]: [before, ...older] }, to };
}
