import type { SizeRule } from '@mint/detector';
import { MintError } from '@mint/internal';
import { InvalidArgumentError } from 'commander';

/** Size rules by class; `''` stands for all classes. */
export type SizeRules = Readonly<Record<string, Omit<SizeRule, 'mmPerPixel'>>>;

/** Reads `nut=20px`, `nut=0.5%`, `nut=1.5mm2` or, for all classes, `20px`, one after the other. */
export function parseSizeRule(text: string, before: SizeRules = {}): SizeRules {
  // The class may hold any character, an equals sign among them.
  const [, name = '', area = '', unit = ''] = /^(?:(.*)=)?(\d+(?:\.\d+)?)(px|%|mm2|mm²)$/s.exec(text) ?? [];
  if (!(Number(area) > 0)) {
    throw new InvalidArgumentError('expected an area such as 20px, 0.5%, 1.5mm2, nut=20px or nut=1.5mm2.');
  }
  const kind = unit === 'mm²' ? 'mm2' : (unit as SizeRule['unit']);
  return { ...before, [name]: { area: Number(area), unit: kind } };
}

/**
 * The rules of the classes of a model.
 *
 * @param mmPerPixel - Side of a pixel, for rules in mm².
 * @throws MintError `INVALID_ARGUMENT` for a class that the model does not have, or an area in mm² without `mmPerPixel`.
 */
export function sizeRulesFor(
  rules: SizeRules,
  classes: readonly string[],
  mmPerPixel: number | undefined,
): Record<string, SizeRule> {
  const unknown = Object.keys(rules).find((name) => name !== '' && !classes.includes(name));
  if (unknown !== undefined) {
    const message = `--min-area: the model has no class '${unknown}'; it has ${classes.join(', ')}.`;
    throw new MintError('INVALID_ARGUMENT', message);
  }
  const { '': all, ...named } = rules;
  const byClass = { ...(all && Object.fromEntries(classes.map((name) => [name, all]))), ...named };
  return Object.fromEntries(
    Object.entries(byClass).map(([name, rule]) => {
      if (rule.unit !== 'mm2') return [name, rule];
      if (mmPerPixel !== undefined) return [name, { ...rule, mmPerPixel }];
      const message = `--min-area ${name}=${rule.area}mm2: an area in mm² needs --mm-per-pixel as well.`;
      throw new MintError('INVALID_ARGUMENT', message);
    }),
  );
}
