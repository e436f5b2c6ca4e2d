// The page of a station in a browser, before a real server: `pnpm --filter @mint/cli test:browser`. MINT_CHROMIUM names the browser
// where it is not in its usual place; MINT_SCREENSHOTS a folder for images of the page.
import { join } from 'node:path';
import type { MintDetector } from '@mint/detector';
import { buildPage } from '@mint/station-page/build';
import { temporaryFolder } from '@mint/test-utils';
import { chromiumOptions, chromiumPath } from '@mint/test-utils/chromium';
import axe from 'axe-core';
import type { FastifyInstance } from 'fastify';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { bmp, tinyDetector } from '../src/__fixtures__/tiny-detector.js';
import { createServer, type ServerOptions } from '../src/commands/serve/http/server.js';
import { createLocalEngine } from '../src/commands/serve/scoring/local-engine.js';
import { openRecorder, type Recorder } from '../src/scoring/recorder.js';

const HOSTILE = '<img src=x onerror="window.harmed = 1">.bmp';

describe.skipIf(chromiumPath === undefined)('the page of a station', () => {
  const work = temporaryFolder();
  let browser: Browser;
  let detector: MintDetector;
  let page: ReadonlyMap<string, Uint8Array>;
  let app: FastifyInstance;
  let recorder: Recorder | undefined;
  let url: string;
  let context: BrowserContext;
  const complaints: string[] = [];
  const asked: string[] = [];

  beforeAll(async () => {
    page = await buildPage();
    detector = await tinyDetector();
    browser = await chromium.launch(chromiumOptions);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    detector?.dispose();
  });
  afterEach(async () => {
    await context?.close();
    await app?.close();
    await recorder?.close();
    complaints.length = 0;
    asked.length = 0;
  });

  async function start(more: Partial<ServerOptions> = {}): Promise<void> {
    const folder = join(work.path, 'model');
    await detector.save(folder);
    const say = () => {};
    const history = join(work.path, 'line-3.sqlite');
    recorder = await openRecorder(
      { history, station: 'line-3', historyFailure: 'stop', keepImages: 'all' },
      say,
    );
    const options = {
      batchSize: 4,
      readers: 2,
      queue: 64,
      maxBytes: 100_000,
      timeout: 20_000,
      say,
      recorder,
    };
    const engine = createLocalEngine(detector, { ...options, maxPixels: 1e6, folder });
    app = await createServer(engine, { ...options, page: async () => page, ...more });
    url = await app.listen({ port: 0 });
  }

  /** Scores an image, as the machine of a line does. */
  async function score(n: number, headers: Record<string, string> = {}): Promise<void> {
    const form = new FormData();
    form.append('image', new Blob([Uint8Array.from(bmp(n))]), n === 7 ? HOSTILE : `part-${n}.bmp`);
    const answer = await fetch(`${url}/v1/predict?class=nut`, { method: 'POST', body: form, headers });
    expect(answer.status).toBe(200);
  }

  async function open(width = 1280, language = 'en-GB'): Promise<Page> {
    context = await browser.newContext({
      viewport: { width, height: width < 500 ? 844 : 1080 },
      locale: language,
      reducedMotion: 'reduce',
    });
    const opened = await context.newPage();
    opened.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    opened.on('pageerror', (error) => complaints.push(error.message));
    opened.on('request', (request) => asked.push(request.url()));
    await opened.goto(url);
    return opened;
  }

  const banner = (opened: Page) => opened.locator('.banner h1');
  const verdictOf = async (id: number) => (await recorder?.history.list({ id }))?.[0]?.verdict;

  /** What is wrong with the page as it stands. */
  async function look(opened: Page): Promise<string[]> {
    const overflow = await opened.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    await opened.evaluate(axe.source);
    const { violations } = await opened.evaluate<{ violations: axe.Result[] }>('axe.run()');
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    return [
      ...(overflow > 0 ? [`${overflow} px wider than the screen`] : []),
      ...serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)} ${nodes[0]?.failureSummary}`),
    ];
  }

  test.each([
    [390, 'en-GB'],
    [390, 'de-DE'],
    [768, 'de-DE'],
    [1920, 'en-GB'],
    [1920, 'de-DE'],
  ])('fits %d px in %s, and axe finds nothing serious', async (width, language) => {
    await start();
    for (const n of [1, 2, 3, 4, 5, 6, 7]) await score(n);
    await recorder?.history.judge(2, { verdict: 'good', person: 'Kim', time: 1 });
    await recorder?.history.judge(3, { verdict: 'defective', kind: 'scratch', person: 'Kim', time: 1 });
    const opened = await open(width, language);
    const findings: string[] = [];
    const see = async (name: string) => {
      for (const finding of await look(opened)) findings.push(`${name}: ${finding}`);
      const { MINT_SCREENSHOTS: folder } = process.env;
      if (folder !== undefined)
        await opened.screenshot({ path: join(folder, `${name}-${width}-${language}.png`), fullPage: true });
    };
    await banner(opened).filter({ hasText: 'Alarm' }).waitFor();
    await opened.locator('.stage .heat').waitFor();
    expect(await opened.evaluate('document.documentElement.lang')).toBe(language.slice(0, 2));
    await see('live');
    await opened.locator('.tile').nth(3).click();
    await opened.locator('[data-verdict="defective"]').first().click();
    await see('live-defective');
    await opened.goto(`${url}/#/record`);
    await opened.locator('tbody button').nth(4).click();
    await opened.locator('.detail .overlay img').first().waitFor();
    await see('record');
    await opened.goto(`${url}/#/limits`);
    await opened.locator('.histogram').waitFor();
    await see('limits');
    await opened.goto(`${url}/#/state`);
    await opened.locator('tbody').first().waitFor();
    await see('state');
    expect(findings).toEqual([]);
    expect(complaints).toEqual([]);
    expect(asked.filter((one) => !one.startsWith(url) && !one.startsWith('blob:'))).toEqual([]);
    expect(await opened.evaluate('window.harmed')).toBeUndefined();
  });

  test('the policy stops what a text could bring', async () => {
    await start();
    const opened = await open();
    await opened.evaluate(() =>
      document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.harmed = 1">'),
    );
    await opened.waitForTimeout(200);
    expect(await opened.evaluate('window.harmed')).toBeUndefined();
  });

  test('an operator judges with the keys alone', async () => {
    await start();
    await score(1);
    const opened = await open();
    await banner(opened).filter({ hasText: 'Alarm' }).waitFor();
    await opened.waitForTimeout(800); // the image has just changed
    await opened.keyboard.press('d');
    await opened.locator('#kind:focus').waitFor();
    await opened.keyboard.type('dent');
    await opened.keyboard.press('Enter');
    await opened.getByText('Saved: Defective').waitFor();
    expect(await verdictOf(1)).toMatchObject({ verdict: 'defective', kind: 'dent', person: 'local' });
    // By Tab and Enter too.
    await score(2);
    await opened.getByText('1 newer decision').waitFor();
    await opened.locator('.live').focus();
    await opened.keyboard.press('Escape');
    await opened.getByText('part-2.bmp').waitFor();
    await opened.locator('[data-verdict="good"]').first().focus();
    await opened.waitForTimeout(800);
    await opened.keyboard.press('Enter');
    await opened.getByText('Saved: Good').waitFor();
    expect(await verdictOf(2)).toMatchObject({ verdict: 'good' });
    await opened.keyboard.press('ArrowRight');
    await opened.getByText('part-1.bmp').waitFor();
    await opened.keyboard.press('n');
    await opened.getByText('Saved: Not sure').waitFor();
    expect((await verdictOf(1))?.verdict).toBe('not sure');
    await opened.keyboard.press('h');
    expect(await opened.locator('.stage .heat').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('a verdict just after the image has changed is not taken', async () => {
    await start();
    await score(1);
    const opened = await open();
    await opened.getByText('part-1.bmp').waitFor();
    await opened.waitForTimeout(800);
    await score(2);
    await opened.getByText('part-2.bmp').waitFor();
    await opened.keyboard.press('g');
    await opened.getByText('The image had just changed').waitFor();
    expect(await verdictOf(2)).toBeUndefined();
    await opened.keyboard.press('g');
    await opened.getByText('Saved: Good').waitFor();
    expect(await verdictOf(1)).toBeUndefined();
    expect((await verdictOf(2))?.verdict).toBe('good');
  });

  test('the record is filtered, and gives its pages', async () => {
    await start();
    for (let n = 1; n <= 55; n++) await score(1 + (n % 9));
    await recorder?.history.judge(5, { verdict: 'good', person: 'Kim', time: 1 });
    const opened = await open();
    await opened.getByRole('link', { name: 'History' }).click();
    const rows = opened.locator('tbody tr');
    await expect.poll(() => rows.count()).toBe(50);
    await opened.getByRole('button', { name: 'Show older decisions' }).click();
    await expect.poll(() => rows.count()).toBe(55);
    await opened.getByLabel('Verdict').selectOption('good');
    await expect.poll(() => rows.count()).toBe(1);
    await opened.getByRole('button', { name: 'Reset' }).click();
    await expect.poll(() => rows.count()).toBe(50);
    await opened.getByLabel('To').fill('2020-01-01');
    await opened.getByText('No decision fits').waitFor();
    expect(complaints).toEqual([]);
  });

  test('an engineer tries a limit with the keys, and applies it', async () => {
    await start();
    for (const n of [1, 2, 3]) await score(n);
    const opened = await open();
    await opened.getByRole('link', { name: 'Limits' }).click();
    await opened.getByText('This limit would have raised 3 alarms.').waitFor();
    await opened.locator('.slider input').focus();
    await opened.keyboard.press('End');
    await opened.getByText('This limit would have raised 0 alarms.').waitFor();
    await opened.getByRole('button', { name: 'Apply limit' }).focus();
    await opened.keyboard.press('Enter');
    await opened.keyboard.press('Enter'); // asked once more
    await expect.poll(async () => (await recorder?.history.audit())?.length).toBe(1);
    await opened.getByText('The limit in force would have raised 0.').waitFor();
    await score(4);
    await opened.getByRole('link', { name: 'Live' }).click();
    await banner(opened).filter({ hasText: 'OK' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('asks for a token, keeps it in the tab, and lets operators change no limits', async () => {
    const find = async (token: string) =>
      ({ kim: { name: 'Kim', role: 'operator' as const, hash: '' } })[token];
    await start({ access: { kind: 'tokens', find } });
    await score(1, { authorization: 'Bearer kim' });
    const opened = await open();
    const field = opened.getByLabel('Token');
    await field.fill('lee');
    await opened.keyboard.press('Enter');
    await opened.getByText('does not know this token').waitFor();
    expect(await look(opened)).toEqual([]);
    await field.fill('kim');
    await opened.keyboard.press('Enter');
    await banner(opened).filter({ hasText: 'Alarm' }).waitFor();
    await opened.getByText('Kim').waitFor();
    expect(await opened.evaluate('JSON.stringify([localStorage, sessionStorage])')).toMatch(
      /^\[(?!.*kim.*,\{).*\{"token":"kim"\}\]$/,
    );
    await opened.locator('.stage img').first().waitFor(); // pictures too are asked for with the token
    await opened.getByRole('link', { name: 'Limits' }).click();
    await opened.getByText('Only an engineer can change limits.').waitFor();
    await opened.getByRole('button', { name: 'Sign out' }).click();
    await field.waitFor();
  });
});
