import type { AuditEntry } from '@mint/history';
import { MintError, oneLine } from '@mint/internal';
import type { ModelVersion } from '@mint/station-page';
import { type ModelId, versionOf } from '../../../scoring/model-id.js';
import type { Recorder } from '../../../scoring/recorder.js';
import { noModels, noSuchModel, notLoaded, recordFailed } from '../errors.js';
import type { Engine } from '../scoring/engine.js';
import type { Service } from '../scoring/service.js';
import { type Activations, activated, type ModelStore, rolledBack, titleOf, type Version } from './store.js';

/** Models that can be put into service. */
export interface Models {
  readonly store: ModelStore;
  /** Loads a model, warms it up and tests it. @throws MintError when it does not pass. */
  readonly load: (folder: string, version: Version) => Promise<Engine>;
}

/** What {@link createSwitch} works with. */
export interface SwitchParts {
  /** Undefined under `--model`: there is one model, and it stays. */
  readonly models: Models | undefined;
  readonly service: Service;
  readonly recorder: Recorder | undefined;
  readonly say: (text: string) => void;
}

/** Changes which models are in service. One change at a time; a model that does not load or pass its self-test changes nothing. */
export interface ModelSwitch {
  readonly list: () => Promise<ModelVersion[]>;
  readonly activate: (version: Version, person: string) => Promise<Version>;
  /** Back to the version of the model that was in service before. */
  readonly rollBack: (name: string, person: string) => Promise<Version>;
  /** Scores a version beside the one that decides; undefined: none. */
  readonly setShadow: (version: Version | undefined, person: string) => Promise<void>;
}

export function createSwitch({ models, service, recorder, say }: SwitchParts): ModelSwitch {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work);
    last = next.catch(() => {});
    return next;
  };
  const known = (): Models => {
    if (models === undefined) throw noModels();
    return models;
  };
  const note = async (
    action: AuditEntry['action'],
    person: string,
    from: string | undefined,
    to: string | undefined,
  ) => {
    if (recorder === undefined) return;
    const { station, history } = recorder;
    await history
      .addAudit({ time: Date.now(), station, person, action, details: { from, to } })
      .catch((error) => {
        throw recordFailed(error);
      });
  };
  const ready = async (version: Version): Promise<Engine> => {
    const { store, load } = known();
    const folder = await store.folderOf(version).catch((error) => {
      throw MintError.isInstance(error) ? noSuchModel(error.message) : error;
    });
    return await load(folder, version).catch((error) => {
      say(`${titleOf(version)} was not put into service: ${oneLine(error)}`);
      throw notLoaded(error);
    });
  };
  const put = async (to: Version, after: Activations, person: string): Promise<Version> => {
    const { store } = known();
    const began = performance.now();
    const next = await ready(to);
    const from = versionOf(service.id);
    try {
      await note('model', person, from, titleOf(to));
      await store.write(after);
    } catch (error) {
      await next.close();
      throw error;
    }
    service.replace(next);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    say(`${person} has put ${titleOf(to)} in place of ${from}; it was ready after ${seconds} s`);
    return to;
  };
  return {
    list: async () => listed((await models?.store.list()) ?? [], service),
    activate: (to, person) => inTurn(async () => put(to, activated(await known().store.read(), to), person)),
    rollBack: (name, person) =>
      inTurn(async () => {
        const { to, ...after } = rolledBack(await known().store.read(), name);
        return put(to, after, person);
      }),
    setShadow: (to, person) =>
      inTurn(async () => {
        const next = to && (await ready(to));
        const from = service.shadowId && versionOf(service.shadowId);
        await note('shadow model', person, from, to && titleOf(to)).catch(async (error) => {
          await next?.close();
          throw error;
        });
        service.setShadow(next);
        say(`${person} has ${to ? `set ${titleOf(to)} as` : 'ended the'} shadow model`);
      }),
  };
}

/** Each version and what it does; the model in service is listed even where it is alone. */
function listed(versions: readonly Version[], { id, shadowId }: Service): ModelVersion[] {
  const is = (version: Version, model: ModelId | undefined) =>
    model !== undefined && versionOf(model) === titleOf(version);
  if (versions.length === 0) return [{ name: id.name ?? 'model', version: id.version, state: 'active' }];
  return versions.map((version) => ({
    ...version,
    state: is(version, id) ? 'active' : is(version, shadowId) ? 'shadow' : 'ready to load',
  }));
}
