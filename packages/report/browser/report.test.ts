// The report in a real browser: `pnpm --filter @mint/report test:browser`. MINT_CHROMIUM names the browser where it is
// not in its usual place; MINT_SCREENSHOTS a folder for images of the page.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Random } from '@mint/internal';
import { chromiumOptions, chromiumPath } from '@mint/test-utils/chromium';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { htmlReport, imagePanels, type ReportData, type ReportImage } from '../src/index.js';

const SIDE = 224;
const HOSTILE = '<img src=x onerror="window.harmed = 1">.png';
const CLASSES = ['bolt', 'nut', 'screw', 'washer', HOSTILE];
const PER_CLASS = 200;

/** As hard to compress as a photograph: shading, and the noise of a camera. */
function panels(random: Random, anomalous: boolean) {
  const data = new Uint8Array(SIDE * SIDE * 3);
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [Math.floor(i / 3) % SIDE, Math.floor(i / 3 / SIDE)];
    data[i] = 110 + 40 * Math.sin(x / 30) + 30 * Math.cos(y / 23) + 6 * random.normal();
  }
  const [cx, cy] = [40 + random.int(140), 40 + random.int(140)];
  const distance = Float32Array.from({ length: SIDE * SIDE }, (_, i) =>
    Math.hypot((i % SIDE) - cx, Math.floor(i / SIDE) - cy),
  );
  const map = distance.map((d) => 1 + 4 * Math.exp(-((d / 30) ** 2)));
  const mask = Uint8Array.from(distance, (d) => Number(anomalous && d < 20));
  return imagePanels({ width: SIDE, height: SIDE, data }, map, [1.5, 5], mask);
}

/** A thousand images of five classes, one of them with a hostile name. */
function thousand(): ReportData {
  const random = new Random(1);
  const images = CLASSES.flatMap((className) =>
    Array.from({ length: PER_CLASS }, (_, i): ReportImage => {
      const label = i % 2 === 0 ? 'normal' : 'anomalous';
      const score = 2 + random.normal() + (label === 'normal' ? 0 : 2);
      const extreme = label === 'normal' ? score > 3.2 : score < 2.8;
      return {
        id: `${className}/test/${label}/${String(i).padStart(3, '0')}`,
        className,
        label,
        score,
        predictedClass: i % 37 === 0 ? 'bolt' : className,
        unknownClass: i % 41 === 0,
        ...(extreme ? { panels: panels(random, label === 'anomalous') } : {}),
      };
    }),
  );
  const metrics = {
    imageAuroc: 0.921,
    imageAp: 0.9,
    imageF1Max: 0.88,
    pixelAuroc: 0.97,
    auPro: 0.91,
    intervals: { imageAuroc: [0.88, 0.95] as const, pixelAuroc: [0.96, 0.98] as const },
    normal: 100,
    anomalous: 100,
  };
  const decisions = {
    normal: 100,
    falseAlarms: 4,
    falseUnknown: 6,
    falseAlarmRate95: [0.016, 0.098] as const,
    falseUnknownRate95: [0.028, 0.125] as const,
    anomalous: 100,
    misses: 31,
    undecided: 0,
  };
  const named = <T>(value: T) => Object.fromEntries(CLASSES.map((name) => [name, value]));
  const fpr = Float64Array.from({ length: 300 }, (_, i) => i / 299);
  return {
    title: `MINT report: ${HOSTILE}`,
    metrics: { perClass: named(metrics), classMean: metrics, pooled: metrics },
    protocol: { protocol: 'own', dataset: HOSTILE, seed: 0, classes: CLASSES, splitHash: 'ab'.repeat(32) },
    images,
    alpha: 0.05,
    limits: named(3.7),
    decisions: { alpha: 0.05, perClass: named(decisions) },
    proCurves: named({ fpr, pro: fpr.map((x) => x ** 0.2) }),
    training: Array.from({ length: 5000 }, (_, i) => {
      const mse = 3 * Math.exp(-i / 900) + 0.3 + 0.05 * random.normal();
      return { step: i + 1, loss: 1.4 * mse, mse, ce: 0.3 * mse, prior: 0.1 * mse };
    }),
  };
}

describe.skipIf(chromiumPath === undefined)('the report in a browser', () => {
  let browser: Browser;
  let url: string;
  const requests: string[] = [];
  const complaints: string[] = [];
  const open = async (width: number): Promise<Page> => {
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(url);
    return page;
  };

  beforeAll(async () => {
    const html = htmlReport(thousand());
    console.log(`report of ${CLASSES.length * PER_CLASS} images: ${(html.length / 1e6).toFixed(1)} MB`);
    expect(Buffer.byteLength(html)).toBeLessThan(15e6);
    const path = join(await mkdtemp(join(tmpdir(), 'mint-report-')), 'report.html');
    await writeFile(path, html);
    url = pathToFileURL(path).href;
    browser = await chromium.launch(chromiumOptions);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
  });

  test.each([1280, 390])('fits a window of %d px, and axe finds nothing serious', async (width) => {
    const page = await open(width);
    const wide = await page.evaluate(
      (limit) =>
        [...document.querySelectorAll('body *')]
          .filter((element) => element.closest('.scroll') === null)
          .filter((element) => element.getBoundingClientRect().right > limit)
          .map((element) => element.outerHTML.slice(0, 80)),
      width,
    );
    expect(wide).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate<{ violations: axe.Result[] }>('axe.run()');
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(
      serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)} ${nodes[0]?.failureSummary}`),
    ).toEqual([]);
    const folder = process.env.MINT_SCREENSHOTS;
    if (folder !== undefined) {
      await page.screenshot({ path: join(folder, `report-${width}.png`) });
      await page
        .locator('section')
        .first()
        .screenshot({ path: join(folder, `class-${width}.png`) });
    }
    await page.close();
  });

  test('hostile names are text, and the page requests nothing from a network', async () => {
    const page = await open(1280);
    await page.waitForTimeout(200);
    expect(await page.evaluate('window.harmed')).toBeUndefined();
    expect(await page.locator('h1').textContent()).toBe(`MINT report: ${HOSTILE}`);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('figcaption', { hasText: HOSTILE }).count()).toBeGreaterThan(0);
    expect(requests.filter((request) => !/^(file|data):/.test(request))).toEqual([]);
    expect(complaints).toEqual([]);
    // The policy stops a script even where text is not escaped.
    const injected =
      "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.harmed = 1\">')";
    await page.evaluate(injected);
    await page.waitForTimeout(200);
    expect(await page.evaluate('window.harmed')).toBeUndefined();
    await page.close();
  });

  test('the keys move limit and price; counts, F1 and cost follow', async () => {
    const page = await open(1280);
    const section = page.locator('section').first();
    const part = (name: string) => section.locator(`[data-part="${name}"]`);
    const number = async (name: string) => Number(await part(name).textContent());
    const numbers = async () => ({
      hits: await number('hits'),
      misses: await number('misses'),
      alarms: await number('alarms'),
      f1: await number('f1'),
      cost: await number('cost'),
    });
    const before = await numbers();
    expect(before.hits + before.misses).toBe(PER_CLASS / 2);
    await part('limit').focus();
    await page.keyboard.press('Home');
    const lowest = await numbers();
    expect(lowest.hits + lowest.alarms).toBe(PER_CLASS);
    await page.keyboard.press('End');
    expect(await numbers()).toMatchObject({ hits: 0, alarms: 0, f1: 0 });
    await page.keyboard.press('Tab');
    expect(await part('price').evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.press('ArrowRight');
    const cheap = await numbers();
    expect(cheap.cost).toBe(2 * cheap.misses + cheap.alarms);
    expect(cheap.cost).toBeLessThanOrEqual(2 * before.misses + before.alarms);
    await page.keyboard.press('End');
    expect((await numbers()).misses).toBeLessThanOrEqual(cheap.misses);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect((await numbers()).hits).toBe(before.hits);
    await page.close();
  });
});
