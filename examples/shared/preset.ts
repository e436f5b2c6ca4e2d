import { flags } from './flags.js';

/** The preset of all settings. */
export const preset = presetOf(flags.preset);

function presetOf(name: string): 'cpu' | 'paper' {
  if (name === 'cpu' || name === 'paper') return name;
  throw new Error(`--preset ${name}: expected cpu or paper.`);
}
