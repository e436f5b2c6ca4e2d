import { spawnSync } from 'node:child_process';

const ip = (...args: readonly string[]): boolean => spawnSync('ip', args).status === 0;

/** Whether tests can make a network of their own here: root on Linux may, where the package iproute2 is. */
export const hasNetwork = (() => {
  const name = `mint-${process.pid}`;
  return ip('netns', 'add', name) && ip('netns', 'delete', name);
})();

/** Title of a test that needs a network of its own. It shows that the test is skipped if there is none. */
export const needsNetwork = (title: string): string =>
  hasNetwork ? title : `${title} (skipped: no network namespaces)`;

/** Another machine, as far as the network goes: a cable leads to this one. */
export interface Network {
  /** Address of this machine at the cable. */
  readonly here: string;
  /** Arguments with which a program runs on the other machine: `spawn(command, args)` of `run('node', 'a.js')`. */
  readonly run: (...command: readonly string[]) => readonly [command: string, args: string[]];
  /** Takes the cable out: packets are lost, and nobody is told. */
  readonly cut: () => void;
  readonly mend: () => void;
  readonly remove: () => void;
}

/** Makes a network namespace and a pair of interfaces to it. @throws Error when it cannot be made. */
export function otherMachine(): Network {
  const name = `mint-${process.pid}`;
  // Of the block for documentation: nobody has these addresses.
  const block = `198.51.100.${4 * (process.pid % 64)}`.split('.').map(Number);
  const at = (offset: number) => [...block.slice(0, 3), (block[3] ?? 0) + offset].join('.');
  const [near, far] = [`mn${process.pid}`, `mf${process.pid}`];
  const must = (...args: readonly string[]) => {
    if (!ip(...args)) throw new Error(`ip ${args.join(' ')}: failed`);
  };
  must('netns', 'add', name);
  must('link', 'add', near, 'type', 'veth', 'peer', 'name', far);
  must('link', 'set', far, 'netns', name);
  must('address', 'add', `${at(1)}/30`, 'dev', near);
  must('link', 'set', near, 'up');
  must('-n', name, 'address', 'add', `${at(2)}/30`, 'dev', far);
  must('-n', name, 'link', 'set', far, 'up');
  return {
    here: at(1),
    run: (...command) => ['ip', ['netns', 'exec', name, ...command]],
    cut: () => must('-n', name, 'link', 'set', far, 'down'),
    mend: () => must('-n', name, 'link', 'set', far, 'up'),
    remove: () => {
      ip('link', 'delete', near);
      ip('netns', 'delete', name);
    },
  };
}
