import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csv, jsonLines, type Row, spreadsheetCsv, table } from './rows.js';

const region = (area: number) => ({
  box: [0, 0, 5, 5] as const,
  area,
  areaPercent: 1,
  extent: 7,
  peak: 3,
  mean: 2,
  outline: [],
});
const good: Row = {
  picture: 'new/1.png',
  score: 1.5,
  class: 'nut',
  probability: 0.75,
  classP: 0.5,
  p: 0.04,
  decision: 'alarm',
  regions: [region(20.5), region(10)],
  smallRegions: [],
};
const broken: Row = { picture: 'b,"x".png', decision: 'unreadable', error: 'truncated\nhere' };

test('CSV has a column for each value, quotes where needed, and writes numbers in full', () => {
  expect([csv.header, csv.line(good), csv.line(broken)]).toEqual([
    'picture,score,class,probability,classP,p,decision,error,regions,regionArea,smallRegions',
    'new/1.png,1.5,nut,0.75,0.5,0.04,alarm,,2,30.5,0',
    '"b,""x"".png",,,,,,unreadable,"truncated\nhere",,,',
  ]);
});

test('no name is a formula in CSV for spreadsheets; numbers stay numbers', () => {
  const line = (picture: string) =>
    spreadsheetCsv.line({ picture, score: -1.5, class: '@nut', decision: 'ok' });
  expect(line('=HYPERLINK("http://x","y").png')).toBe(
    `"'=HYPERLINK(""http://x"",""y"").png",-1.5,'@nut,,,,ok,,,,`,
  );
  for (const start of ['=', '+', '-', '@', '\t', '\r']) expect(line(`${start}1`)).toContain(`'${start}1`);
  expect(line('a=1.png')).toMatch(/^a=1\.png,/);
  expect(spreadsheetCsv.header).toBe(csv.header);
});

/** RFC 4180, as a spreadsheet reads it. */
function fieldsOf(line: string): string[] {
  const fields = [''];
  let quoted = false;
  for (const [i, char] of [...line].entries()) {
    const last = fields.length - 1;
    if (char === ',' && !quoted) fields.push('');
    else if (char !== '"') fields[last] += char;
    else {
      // A quote that ends a quoted part and starts the next at once stands for itself.
      if (!quoted && [...line][i - 1] === '"' && fields[last] !== undefined) fields[last] += char;
      quoted = !quoted;
    }
  }
  return fields;
}

test('any name survives CSV', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (image, error) => {
      const fields = fieldsOf(csv.line({ picture: image, decision: 'unreadable', error }));
      expect([fields[0], fields[7]]).toEqual([image, error]);
      expect(fields).toHaveLength(11);
    }),
  );
});

test('JSON Lines hold one row per line and no unknown values', () => {
  expect(jsonLines.header).toBeUndefined();
  expect(jsonLines.line(broken)).not.toContain('\n');
  expect(JSON.parse(jsonLines.line(broken))).toEqual(broken);
  expect(JSON.parse(jsonLines.line(good))).toEqual(good);
});

test('a table is aligned whatever its rows contain', () => {
  const { header = '', line } = table(['new/1.png', 'b,"x".png'], ['nut', 'left bracket']);
  const lines = [header, line(good), line({ ...good, class: 'left bracket', score: 12.25 }), line(broken)];
  expect(lines.join('\n')).toBe(`\
image          score  class         probability  class p      p  decision
new/1.png     1.5000  nut                 0.750    0.500  0.040  alarm
new/1.png    12.2500  left bracket        0.750    0.500  0.040  alarm
b,"x".png          –  –                       –        –      –  unreadable`);
});
