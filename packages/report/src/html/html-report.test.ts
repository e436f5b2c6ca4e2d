import { createHash } from 'node:crypto';
import { JSDOM } from 'jsdom';
import { describe, expect, test } from 'vitest';
import { htmlReport, imagePanels, type ReportData, type ReportImage } from '../index.js';

const image = (
  id: string,
  label: ReportImage['label'],
  score: number,
  more: Partial<ReportImage> = {},
): ReportImage => ({ id, className: 'nut', label, score, predictedClass: 'nut', ...more });

const data: ReportData = {
  title: 'MINT report: parts',
  metrics: {
    perClass: { nut: { imageAuroc: 0.75, normal: 3, anomalous: 2 } },
    classMean: { imageAuroc: 0.75 },
    pooled: { imageAuroc: 0.75, normal: 3, anomalous: 2 },
  },
  protocol: { dataset: 'parts', seed: 0, classes: ['nut', 'bolt'] },
  images: [
    image('nut/test/good/0', 'normal', 1),
    image('nut/test/good/1', 'normal', 2),
    image('nut/test/good/2', 'normal', 4, { predictedClass: 'bolt' }),
    image('nut/test/hole/0', 'anomalous', 3),
    image('nut/test/hole/1', 'anomalous', 5),
  ],
  alpha: 0.1,
  limits: { nut: 3.5 },
  training: [
    { step: 1, loss: 3, mse: 2 },
    { step: 2, loss: 1, mse: 0.5 },
  ],
};

const panels = (size: number) => ({
  image: new Uint8Array(size - 2),
  heat: new Uint8Array(1),
  layer: new Uint8Array(1),
  scale: [1, 2] as const,
});
const open = (report: ReportData) => {
  const { document, Event } = new JSDOM(htmlReport(report), { runScripts: 'dangerously' }).window;
  const part = (name: string) => {
    const found = document.querySelector(`[data-part="${name}"]`);
    if (found === null) throw new Error(`no ${name}`);
    return found;
  };
  return {
    document,
    text: (...names: string[]) => names.map((name) => part(name).textContent),
    slide: (name: string, value: number) => {
      (part(name) as HTMLInputElement).value = String(value);
      part(name).dispatchEvent(new Event('input'));
    },
    click: (name: string) => part(name).dispatchEvent(new Event('click')),
  };
};
const COUNTS = ['hits', 'misses', 'alarms', 'quiet', 'recall', 'false-alarm-rate', 'f1', 'cost'];

describe('the alarm limit', () => {
  test("starts at the model's own, and counts what is above it", () => {
    expect(open(data).text(...COUNTS)).toEqual(['1', '1', '1', '2', '0.500', '0.333', '0.500', '2']);
  });

  test('moves counts, rates and the line, and back', () => {
    const page = open(data);
    const x = () => Number(page.document.querySelector('line.limit')?.getAttribute('x1'));
    const before = x();
    page.slide('limit', 2.5);
    expect(page.text(...COUNTS)).toEqual(['2', '0', '1', '2', '1.000', '0.333', '0.800', '1']);
    expect(x()).toBeCloseTo((320 * (2.5 - 1)) / (5 - 1));
    page.click('reset');
    expect(x()).toBe(before);
    expect(page.text('hits')).toEqual(['1']);
  });

  test('follows the price of a miss to the cheapest limit', () => {
    const page = open({ ...data, limits: { nut: 5 } });
    expect(page.text('cost')).toEqual(['2']);
    // At 1 : 1 the best is one false alarm and no miss, or one miss and none: the lower limit comes first.
    page.slide('price', 10);
    expect(page.text('hits', 'misses', 'alarms', 'cost')).toEqual(['2', '0', '1', '1']);
    const dear = open({
      ...data,
      images: [image('a', 'anomalous', 1), image('b', 'normal', 2), image('c', 'normal', 3)],
    });
    dear.slide('price', 1);
    expect(dear.text('misses', 'alarms')).toEqual(['1', '0']);
    dear.slide('price', 3);
    expect(dear.text('misses', 'alarms')).toEqual(['0', '2']);
  });

  test('is the highest score for a class with too few good images, and the text says so', () => {
    const page = open({ ...data, limits: {} });
    expect(page.text('hits', 'alarms')).toEqual(['0', '0']);
    expect(page.document.body.textContent).toContain('no alarm limit: too few held-out good images');
  });
});

test('counts classes that have no test images of their own as columns', () => {
  const rows = [...open(data).document.querySelectorAll('[aria-label="Class confusion"] tr')];
  expect(rows.map((row) => [...row.children].map((cell) => cell.textContent))).toEqual([
    ['', 'nut', 'bolt'],
    ['nut', '4', '1'],
  ]);
});

test('an image of an unknown class counts in the last column', () => {
  const images = data.images.map((p) => ({ ...p, unknownClass: p.label === 'anomalous' }));
  const rows = [...open({ ...data, images }).document.querySelectorAll('[aria-label="Class confusion"] tr')];
  expect(rows.map((row) => [...row.children].map((cell) => cell.textContent))).toEqual([
    ['', 'nut', 'bolt', 'unknown class'],
    ['nut', '2', '1', '2'],
  ]);
});

test('shows intervals under metrics, and decisions beside the promise', () => {
  const decisions = {
    normal: 3,
    falseAlarms: 1,
    falseUnknown: 0,
    falseAlarmRate95: [0.06, 0.79] as const,
    anomalous: 2,
    misses: 1,
    undecided: 0,
  };
  const { document } = open({
    ...data,
    metrics: {
      ...data.metrics,
      perClass: {
        nut: { imageAuroc: 0.75, intervals: { imageAuroc: [0.5, 0.912] }, normal: 3, anomalous: 2 },
      },
    },
    decisions: { alpha: 0.1, perClass: { nut: decisions } },
  });
  const cells = (label: string) =>
    [...document.querySelectorAll(`[aria-label="${label}"] tbody tr:first-child > *`)].map(
      (c) => c.textContent,
    );
  expect(cells('Metrics').slice(0, 5)).toEqual(['nut', '3', '2', '0.7500.50–0.91', '–']);
  expect(cells('Decisions of the model')).toEqual(['nut', '1 of 30.06–0.79', '0 of 3', '1 of 2', '0']);
  expect(document.body.textContent).toContain('at most 0.1 false alarms per good image');
});

test('draws ROC, PRO to its limit, and each loss that was logged', () => {
  const proCurves = {
    nut: { fpr: Float64Array.from([0, 0.15, 0.25, 0.35, 1]), pro: Float64Array.from([0, 0.5, 0.5, 0.75, 1]) },
  };
  const { document } = open({ ...data, proCurves });
  const points = (label: string) =>
    document.querySelector(`[aria-label="${label}"] polyline`)?.getAttribute('points');
  // 3 good at 1, 2, 4 and 2 anomalous at 3, 5: found, false alarm, found, and the rest.
  expect(points('ROC curve of nut')).toBe('0,130 0,65 106.67,65 106.67,0 320,0');
  expect(points('PRO curve of nut')).toBe('0,130 160,65 266.67,65 320,48.75');
  expect(points('Training: whole loss')).toBe('0,0 320,130');
  expect(points('Training: L_CE, classes')).toBeUndefined();
});

test('leaves out sections without data', () => {
  const { training: _, ...rest } = data;
  const images = data.images.map(({ predictedClass: _class, ...p }) => p);
  const text = open({ ...rest, images }).document.body.textContent;
  expect(text).not.toContain('Training');
  expect(text).not.toContain('recognised');
});

test('names of files and classes can neither end an element nor run as script', () => {
  const hostile = '<img src=x onerror="window.harmed = 1"></script><script>window.harmed = 1</script>';
  const html = htmlReport({
    ...data,
    title: hostile,
    protocol: { [hostile]: hostile },
    metrics: { ...data.metrics, perClass: { [hostile]: { normal: 1, anomalous: 1 } } },
    images: [
      image(hostile, 'normal', 1, {
        className: hostile,
        predictedClass: hostile,
        panels: panels(3),
      }),
      image(hostile, 'anomalous', 2, { className: hostile, predictedClass: hostile }),
    ],
  });
  const { window } = new JSDOM(html, { runScripts: 'dangerously' });
  expect('harmed' in window).toBe(false);
  expect(window.document.querySelectorAll('[onerror]')).toHaveLength(0);
  expect(window.document.querySelectorAll('script')).toHaveLength(2);
  expect(window.document.querySelector('h1')?.textContent).toBe(hostile);
  expect(window.document.querySelector('li figcaption')?.textContent).toBe(`${hostile}, score 1.000`);
});

test('the page allows only its own script, and nothing from a network', () => {
  const html = htmlReport(data);
  const { document } = new JSDOM(html).window;
  const policy = document.querySelector('meta[http-equiv]')?.getAttribute('content') ?? '';
  const script = document.querySelector('script:not([type])')?.textContent ?? '';
  const hash = createHash('sha256').update(script).digest('base64');
  expect(policy).toBe(
    `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`,
  );
  expect(html).not.toMatch(/(src|href)="(?!#)|url\((?!data:)/);
});

test('embeds the worst images of every class first, within 10 MB', () => {
  const classes = ['nut', 'bolt'];
  const images = classes.flatMap((className) =>
    Array.from({ length: 9 }, (_, i) =>
      image(`${className}/${i}`, 'normal', i, { className, panels: panels(1_300_000) }),
    ),
  );
  const perClass = Object.fromEntries(classes.map((name) => [name, { normal: 9, anomalous: 0 }]));
  const html = htmlReport({ ...data, images, metrics: { ...data.metrics, perClass } });
  const captions = [...new JSDOM(html).window.document.querySelectorAll('li figcaption')].map(
    (p) => p.textContent,
  );
  expect(captions).toEqual([
    ...[8, 7, 6, 5].map((i) => `nut/${i}, score ${i}.000`),
    ...[8, 7, 6].map((i) => `bolt/${i}, score ${i}.000`),
  ]);
  expect(html.length).toBeLessThan(15e6);
});

test('the limit on the colour bar, outlines over the overlay in the proportions of the image, and what they say', () => {
  const shown = { width: 30, height: 20, data: new Uint8Array(1800) };
  const ring = [
    [3, 2],
    [15, 2],
    [15, 10],
  ] as const;
  const outlines = [{ ring }, { ring, isFaint: true }];
  const made = imagePanels(shown, new Float32Array(600), [0, 8], undefined, { limit: 2, outlines });
  const one = image('nut/test/hole/0', 'anomalous', 3, { panels: made, note: '1 region <b>' });
  const { document } = open({ ...data, images: [one] });
  const svg = document.querySelector('.outlines');
  expect(svg?.getAttribute('viewBox')).toBe('0 0 30 20');
  expect(
    [...(svg?.querySelectorAll('polygon') ?? [])].map((line) => [
      line.getAttribute('points'),
      line.className,
    ]),
  ).toHaveLength(2);
  expect(svg?.querySelector('polygon')?.getAttribute('points')).toBe('3.0,2.0 15.0,2.0 15.0,10.0');
  expect(document.querySelector('.bar b')?.getAttribute('style')).toBe('left:25.0%');
  expect(document.querySelector('.bar')?.textContent).toContain('limit 2.00');
  expect(document.querySelector('.images figcaption')?.textContent).toContain('1 region <b>');
});

test('the review band has three columns, and is not there without a review rate', () => {
  const counts = {
    normal: 20,
    falseAlarms: 1,
    falseUnknown: 1,
    falseReviews: 3,
    anomalous: 10,
    reviewed: 2,
    misses: 1,
    undecided: 0,
  };
  const decisions = { alpha: 0.05, perClass: { nut: counts } };
  const rows = (report: ReportData) =>
    [...open(report).document.querySelectorAll('[aria-label="The review band"] tr')].map((row) =>
      [...row.children].map((cell) => cell.textContent),
    );
  expect(rows({ ...data, decisions })).toEqual([]);
  expect(rows({ ...data, decisions: { ...decisions, reviewAlpha: 0.2 } })).toEqual([
    ['class', 'ok', 'review', 'alarm or unknown class'],
    ['nut, good', '15 of 20', '3 of 20', '2 of 20'],
    ['nut, anomalous', '1 of 10', '2 of 10', '7 of 10'],
  ]);
});

test('suspects are listed with their images, and the section is absent without any', () => {
  expect(htmlReport(data)).not.toContain('<h2>Suspects</h2>');
  const suspects = [
    image('nut/train/good/<7>', 'normal', 9, { note: 'score 9.00, limit 7.00', panels: panels(12) }),
    image('nut/train/good/8', 'normal', 8, { note: 'score 8.00, limit 7.00' }),
  ];
  const { document } = open({ ...data, suspects });
  const heading = [...document.querySelectorAll('h2')].find(({ textContent }) => textContent === 'Suspects');
  const items = [...(heading?.nextElementSibling?.nextElementSibling?.children ?? [])];
  expect(items).toHaveLength(2);
  expect(items[0]?.textContent).toContain('nut: nut/train/good/<7>');
  expect(items[0]?.textContent).toContain('limit 7.00');
  expect(items[0]?.querySelectorAll('.tile')).toHaveLength(3);
  expect(items[1]?.textContent).toBe('nut: nut/train/good/8; score 8.00, limit 7.00');
});
