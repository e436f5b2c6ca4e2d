import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { MintDetector } from '@mint/detector';
import { Validator } from '@seriousme/openapi-schema-validator';
import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { bmp, hugePng, png, tinyDetector } from '../../../__fixtures__/tiny-detector.js';
import { createDecider, type ImageDecision } from '../../../scoring/decisions.js';
import { imageAt, readImages } from '../../../scoring/read-images.js';
import { scoreImages } from '../../../scoring/score-images.js';
import { createLocalEngine } from '../scoring/local-engine.js';
import { createServer, type ServerOptions } from './server.js';

let detector: MintDetector;
let app: FastifyInstance;
let url: string;
const said: string[] = [];

/** Machines can be slow. */
const SOON = { timeout: 20_000 };

const OPTIONS: ServerOptions = {
  batchSize: 4,
  readers: 2,
  queue: 64,
  maxBytes: 100_000,
  timeout: 20_000,
  say: (text) => said.push(text),
};

const engine = ({ batchSize, say }: ServerOptions) =>
  createLocalEngine(detector, { batchSize, maxPixels: 1_000_000, say });

async function start(changes: Partial<ServerOptions> = {}): Promise<void> {
  const options = { ...OPTIONS, ...changes };
  app = await createServer(engine(options), options);
  url = await app.listen({ port: 0 });
}

beforeAll(async () => {
  detector = await tinyDetector();
});
afterEach(async () => {
  vi.restoreAllMocks();
  said.length = 0;
  await app.close();
});
afterAll(() => detector.dispose());

/** The decision about an image that is scored alone. */
async function alone(bytes: Uint8Array, given?: string): Promise<ImageDecision> {
  const file = { ...imageAt('x'), read: async () => bytes };
  const [scored] = await scoreImages(detector, await readImages([file], detector), 8);
  if (scored === undefined || scored instanceof Error) throw scored;
  return createDecider(detector, () => {})(scored, given);
}

/** In a batch, sums are added in another order. */
const close = ({ score, probability, regions, ...rest }: ImageDecision) => ({
  ...rest,
  // Their peaks and means are sums in another order.
  ...(regions && { regions: regions.map(({ area }) => expect.objectContaining({ area })) }),
  score: expect.closeTo(score, 4),
  probability: expect.closeTo(probability ?? Number.NaN, 4),
});

const post = (body: BodyInit | null, type?: string, query = '') =>
  fetch(`${url}/v1/predict${query}`, {
    method: 'POST',
    body,
    ...(type === undefined ? {} : { headers: { 'content-type': type } }),
  });

function form(...files: (readonly [name: string, bytes: Uint8Array])[]): FormData {
  const data = new FormData();
  for (const [name, bytes] of files) data.append('images', new Blob([Uint8Array.from(bytes)]), name);
  return data;
}

/** A request whose body the test sends itself. */
function open(length: number): { client: ClientRequest; answer: Promise<IncomingMessage> } {
  const headers = { 'content-type': 'image/bmp', 'content-length': length };
  const client = httpRequest(`${url}/v1/predict`, { method: 'POST', headers });
  client.flushHeaders();
  const answer = once(client, 'response').then(([response]) => response);
  answer.catch(() => {});
  return { client, answer };
}

describe('POST /v1/predict', () => {
  test('scores a raw body and each file of a form as if it were alone', async () => {
    await start();
    const raw = await post(Uint8Array.from(bmp(1)), 'image/bmp');
    expect(raw.status).toBe(200);
    expect(await raw.json()).toEqual({
      pictures: [{ picture: 'body', ...close(await alone(bmp(1))) }],
      model: { version: 'local', hash: 'local' },
      ms: expect.any(Number),
    });
    const several = await post(form(['b.bmp', bmp(2)], ['a.bmp', bmp(3)]), undefined, '?class=nut');
    const { pictures } = await several.json();
    expect(pictures).toEqual([
      { picture: 'b.bmp', ...close(await alone(bmp(2), 'nut')) },
      { picture: 'a.bmp', ...close(await alone(bmp(3), 'nut')) },
    ]);
    expect(pictures[0]).toMatchObject({ class: 'nut', decision: 'alarm' });
    expect(pictures[0].score).not.toBeCloseTo(pictures[1].score, 2);
  });

  test('returns heat maps on demand', async () => {
    await start();
    const answer = await post(form(['a.bmp', bmp(2)]), undefined, '?heatmap=true');
    const [{ heatmap }] = (await answer.json()).pictures;
    const bytes = Buffer.from(heatmap, 'base64');
    expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    // Two images of 32 beside each other and a scale.
    expect(bytes.readUInt32BE(16)).toBeGreaterThan(2 * 32 + 12);
  });

  test('sixty images at once: every answer belongs to its request', async () => {
    await start();
    slowly(10);
    const seeds = Array.from({ length: 60 }, (_, i) => 1 + (i % 13));
    const expected = new Map<number, ImageDecision>();
    for (const seed of new Set(seeds)) expected.set(seed, await alone(bmp(seed)));
    const scores = [...expected.values()].map(({ score }) => score).sort((a, b) => a - b);
    for (let i = 1; i < scores.length; i++)
      expect((scores[i] ?? 0) - (scores[i - 1] ?? 0)).toBeGreaterThan(2e-4);
    await Promise.all(
      seeds.map(async (seed) => {
        const answer = await post(form([`${seed}.bmp`, bmp(seed)]));
        const { pictures } = await answer.json();
        expect(pictures).toEqual([{ picture: `${seed}.bmp`, ...close(expected.get(seed) as ImageDecision) }]);
      }),
    );
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('mint_http_requests_total{path="/v1/predict",status="200"} 60\n');
    expect(metrics).toMatch(/^mint_pictures_total\{class="(nut|bolt)",decision="(none|alarm|ok)"\} \d+$/m);
    expect(metrics).toMatch(/^mint_http_request_seconds_count\{path="\/v1\/predict"\} 60$/m);
    expect(metrics).toMatch(/^mint_queue_length 0$/m);
    expect(metrics).toMatch(/^process_resident_memory_bytes \d+$/m);
    // Some went together.
    expect(Number(/^mint_batch_pictures_count (\d+)$/m.exec(metrics)?.[1])).toBeLessThan(60);
    expect(metrics).toMatch(/^mint_batch_pictures_sum 60$/m);
  });

  const damaged = png().subarray(0, 200);
  const many = Array.from({ length: 17 }, (_, i) => [`${i}.bmp`, bmp(1)] as const);
  test.each<[string, () => Promise<Response>, number, string, RegExp]>([
    [
      'a truncated image',
      () => post(Uint8Array.from(damaged), 'image/png'),
      422,
      'UNREADABLE_IMAGE',
      /^body: .*truncated/,
    ],
    [
      'one truncated image of two',
      () => post(form(['a.bmp', bmp(1)], ['b.png', damaged])),
      422,
      'UNREADABLE_IMAGE',
      /^b\.png: /,
    ],
    ['no image', () => post('hello', 'image/png'), 422, 'UNREADABLE_IMAGE', /expected a PNG, JPEG/],
    [
      'huge dimensions',
      () => post(Uint8Array.from(hugePng()), 'image/png'),
      413,
      'IMAGE_TOO_LARGE',
      /100000x100000/,
    ],
    ['a wrong content type', () => post('{}', 'application/json'), 415, 'UNREADABLE_IMAGE', /multipart/],
    ['an empty body', () => post(null, 'image/png'), 422, 'UNREADABLE_IMAGE', /empty \(0 bytes\)/],
    ['no body and no type', () => post(null), 422, 'UNREADABLE_IMAGE', /empty \(0 bytes\)/],
    ['a form without files', () => post(new FormData()), 400, 'INVALID_ARGUMENT', /at least one file/],
    [
      'an empty file in a form',
      () => post(form(['a.png', new Uint8Array()])),
      422,
      'UNREADABLE_IMAGE',
      /^a\.png: the file is empty/,
    ],
    [
      'an unknown class',
      () => post(form(['a.bmp', bmp(1)]), undefined, '?class=washer'),
      400,
      'INVALID_ARGUMENT',
      /'washer'; it knows nut, bolt/,
    ],
    [
      'an unknown parameter',
      () => post(form(['a.bmp', bmp(1)]), undefined, '?klass=nut'),
      400,
      'INVALID_ARGUMENT',
      /additional properties/,
    ],
    [
      'a class twice',
      () => post(form(['a.bmp', bmp(1)]), undefined, '?class=nut&class=bolt'),
      400,
      'INVALID_ARGUMENT',
      /class must be string/,
    ],
    [
      'a field in the form',
      () => {
        const data = form();
        data.append('class', 'nut');
        return post(data);
      },
      400,
      'INVALID_ARGUMENT',
      /\?class=/,
    ],
    ['too many files', () => post(form(...many)), 413, 'INVALID_ARGUMENT', /too many files/],
    [
      'a body that is too large',
      () => post(new Uint8Array(2_000_000), 'image/png'),
      413,
      'IMAGE_TOO_LARGE',
      /larger than the limit of 100000 bytes/,
    ],
    [
      'a file that is too large',
      () => post(form(['a.bmp', bmp(1)], ['b.bmp', new Uint8Array(2_000_000)])),
      413,
      'IMAGE_TOO_LARGE',
      /^b\.bmp: the file is larger than the limit of 100000 bytes/,
    ],
    [
      'a form that breaks off',
      () =>
        post(
          '--x\r\ncontent-disposition: form-data; name="a"; filename="b"\r\n\r\nxx',
          'multipart/form-data; boundary=x',
        ),
      400,
      'INVALID_ARGUMENT',
      /./,
    ],
    [
      'a form without boundary',
      () => post('xx', 'multipart/form-data'),
      400,
      'INVALID_ARGUMENT',
      /[Bb]oundary/,
    ],
    ['another path', () => fetch(`${url}/v1/predicts`), 404, 'NOT_FOUND', /openapi\.json/],
    ['another method', () => fetch(`${url}/v1/predict?x=1`), 405, 'INVALID_ARGUMENT', /takes POST, not GET/],
    [
      'a path that is not UTF-8',
      () => fetch(`${url}/%c0`),
      400,
      'INVALID_ARGUMENT',
      /^the path is not valid percent-encoded UTF-8\.$/,
    ],
    [
      'a compressed body',
      () =>
        fetch(`${url}/v1/predict`, {
          method: 'POST',
          body: gzipSync(bmp(1)),
          headers: { 'content-type': 'image/bmp', 'content-encoding': 'gzip' },
        }),
      415,
      'UNREADABLE_IMAGE',
      /without Content-Encoding; it is 'gzip'/,
    ],
    [
      'a field named like a property of every object',
      () => post(part('name="constructor"; filename="a.bmp"')),
      400,
      'INVALID_ARGUMENT',
      /cannot be understood/,
    ],
  ])('refuses %s', async (_, send, status, code, message) => {
    await start();
    const answer = await send();
    expect(await answer.json()).toEqual({ error: { code, message: expect.stringMatching(message) } });
    expect(answer.status).toBe(status);
    expect(said).toEqual([]);
    // And continues.
    expect((await post(Uint8Array.from(bmp(1)), 'image/bmp')).status).toBe(200);
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/^mint_pictures_under_way 0$/m);
  });

  test('too many images are refused with the time to wait; the next one is accepted when one is done', async () => {
    await start({ queue: 2 });
    const image = bmp(1);
    const slow = [open(image.length), open(image.length)];
    for (const { client } of slow) client.write(image.subarray(0, 10));
    await vi.waitFor(
      async () => expect((await post(Uint8Array.from(image), 'image/bmp')).status).toBe(429),
      SOON,
    );
    const refused = await post(form(['a.bmp', image]));
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await refused.json()).toMatchObject({ error: { code: 'UNAVAILABLE' } });
    for (const { client } of slow) client.end(image.subarray(10));
    for (const { answer } of slow) expect((await answer).statusCode).toBe(200);
    const three = await post(form(['a.bmp', image], ['b.bmp', image], ['c.bmp', image]));
    expect(three.status).toBe(429);
    expect((await post(form(['a.bmp', image], ['b.bmp', image]))).status).toBe(200);
  });
});

/** A form of one part, with this disposition, as raw bytes. */
function part(disposition: string): Blob {
  const head = `--x\r\ncontent-disposition: form-data; ${disposition}\r\ncontent-type: application/octet-stream\r\n\r\n`;
  return new Blob([head, Uint8Array.from(bmp(1)), '\r\n--x--\r\n'], {
    type: 'multipart/form-data; boundary=x',
  });
}

test('a file in a form needs no name', async () => {
  await start();
  const answer = await post(part('name="a"'));
  expect((await answer.json()).pictures).toEqual([{ picture: 'file 1', ...close(await alone(bmp(1))) }]);
});

describe('what the server itself does wrong', () => {
  const health = async () => {
    const answers = await Promise.all(['/healthz', '/readyz'].map((path) => fetch(url + path)));
    const bodies = await Promise.all(answers.map((answer) => answer.json()));
    return answers.map(({ status }, i) => `${status} ${bodies[i].status}`);
  };

  test('a failed computation concerns its batch only; the log says why, the client does not learn it', async () => {
    await start();
    vi.spyOn(detector, 'predict').mockRejectedValueOnce(new Error('secret path'));
    const failed = await post(Uint8Array.from(bmp(1)), 'image/bmp');
    expect(failed.status).toBe(500);
    const id = failed.headers.get('x-request-id');
    expect(await failed.json()).toEqual({
      error: {
        code: 'COMPUTE_FAILED',
        message: 'the images could not be scored; the log of the server says why.',
        requestId: id,
      },
    });
    expect(said).toContainEqual(
      expect.stringMatching(new RegExp(`^request ${id}, POST /v1/predict: .*secret path`)),
    );
    expect((await post(Uint8Array.from(bmp(1)), 'image/bmp')).status).toBe(200);
    expect(await health()).toEqual(['200 ready', '200 ready']);
  });

  test('after a score that is not finite it is out of service until the self-test passes, without any traffic', async () => {
    await start({ retryAfter: 50 });
    const predict = detector.predict.bind(detector);
    let broken = true;
    vi.spyOn(detector, 'predict').mockImplementation(async (images, given) =>
      (await predict(images, given)).map((prediction) => ({
        ...prediction,
        score: broken ? Number.NaN : prediction.score,
      })),
    );
    const failed = await post(Uint8Array.from(bmp(1)), 'image/bmp');
    expect(failed.status).toBe(500);
    expect(await failed.text()).not.toContain('finite');
    const hash = createHash('sha256').update(bmp(1)).digest('hex');
    expect(said).toContainEqual(
      expect.stringMatching(`out of service: the score of the image with SHA-256 ${hash} is not finite`),
    );
    await vi.waitFor(async () => expect(await health()).toEqual(['503 failing', '503 failing']), SOON);
    const refused = await post(Uint8Array.from(bmp(2)), 'image/bmp');
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ error: { message: expect.stringContaining('self-test') } });
    broken = false;
    await vi.waitFor(async () => expect(await health()).toEqual(['200 ready', '200 ready']), SOON);
    expect(said.at(-1)).toBe('in service again: the self-test has passed');
    expect((await post(Uint8Array.from(bmp(2)), 'image/bmp')).status).toBe(200);
  });

  test('a score that is not finite because of one image refuses that image alone', async () => {
    await start({ batchSize: 1 });
    const predict = detector.predict.bind(detector);
    vi.spyOn(detector, 'predict').mockImplementationOnce(async (images) =>
      (await predict(images)).map((prediction) => ({ ...prediction, score: Number.POSITIVE_INFINITY })),
    );
    const answers = await Promise.all([1, 2, 3].map((seed) => post(Uint8Array.from(bmp(seed)), 'image/bmp')));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 500]);
    expect(await health()).toEqual(['200 ready', '200 ready']);
  });
});

/** Makes computing slow, so that images wait. */
function slowly(ms: number) {
  const predict = detector.predict.bind(detector);
  return vi.spyOn(detector, 'predict').mockImplementation(async (images) => {
    await sleep(ms);
    return predict(images);
  });
}

describe('time', () => {
  test('may be longer than the five minutes that Node gives a request by default', async () => {
    await start({ timeout: 3_600_000 });
    expect([app.server.requestTimeout, app.server.headersTimeout]).toEqual([3_600_000, 3_600_000]);
  });

  test('an answer that is not ready in time is abandoned, and its waiting images are not scored', async () => {
    await start({ timeout: 400, batchSize: 1 });
    const predict = slowly(300);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => post(Uint8Array.from(bmp(1)), 'image/bmp')),
    );
    const late = answers.filter(({ status }) => status === 503);
    expect(answers.filter(({ status }) => status === 200).length).toBe(5 - late.length);
    expect(late.length).toBeGreaterThanOrEqual(3);
    expect(await late[0]?.json()).toMatchObject({
      error: { code: 'UNAVAILABLE', message: expect.stringContaining('not ready in time') },
    });
    await sleep(1000);
    expect(predict.mock.calls.length).toBeLessThanOrEqual(3);
  });

  test('waiting images of a client that goes away are dropped', async () => {
    await start({ batchSize: 1 });
    const predict = slowly(200);
    const controller = new AbortController();
    const gone = Array.from({ length: 6 }, () =>
      fetch(`${url}/v1/predict`, {
        method: 'POST',
        body: Uint8Array.from(bmp(1)),
        headers: { 'content-type': 'image/bmp' },
        signal: controller.signal,
      }).catch(() => 'gone'),
    );
    await vi.waitFor(() => expect(predict).toHaveBeenCalled(), SOON);
    controller.abort();
    expect(await Promise.all(gone)).toEqual(Array(6).fill('gone'));
    expect((await post(Uint8Array.from(bmp(2)), 'image/bmp')).status).toBe(200);
    // The image under way, the image being read beside it, and the last.
    expect(predict.mock.calls.length).toBeLessThanOrEqual(3);
  });

  test.each([
    ['headers that never end', 'POST /v1/predict HTTP/1.1\r\nHost: x\r\nX-Slow: '],
    [
      'a body that never ends',
      'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 5000\r\n\r\n',
    ],
    [
      'a form that never ends',
      'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 5000\r\n\r\n--x\r\n',
    ],
  ])('%s: 408, and the connection is closed', async (_, head) => {
    await start({ timeout: 300, queue: 1 });
    const socket = connect((app.server.address() as AddressInfo).port);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    // Writing to a closed connection would lose an answer that waits to be read: what has arrived is read first.
    const drip = () => void (text === '' && socket.write('a'));
    const dripping = setInterval(() => setImmediate(drip), 20);
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.write(head);
    await closed;
    clearInterval(dripping);
    expect(text).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(text).toContain('"code":"UNAVAILABLE"');
    // Its place is free.
    await vi.waitFor(
      async () => expect((await post(Uint8Array.from(bmp(1)), 'image/bmp')).status).toBe(200),
      SOON,
    );
  });

  test.each([
    ['what is no HTTP', 'hello\r\n\r\n', 400],
    ['headers without end', `GET / HTTP/1.1\r\nX: ${'x'.repeat(100_000)}`, 431],
  ])('%s is told so', async (_, text, status) => {
    await start();
    const socket = connect((app.server.address() as AddressInfo).port);
    socket.on('error', () => {});
    socket.write(text);
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(new RegExp(`^HTTP/1.1 ${status} [\\s\\S]*"code":"INVALID_ARGUMENT"`));
    await once(socket, 'close');
  });
});

test.each([
  ['a path that is not UTF-8', 'GET /%c0 HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  ['half an escape', 'GET /% HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  ['a long path', `GET /${'x'.repeat(5000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 404],
  ['a method of WebDAV', 'PROPFIND /v1/predict HTTP/1.1\r\nHost: x\r\n\r\n', 405],
  ['a method that does not exist', 'BREW / HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  ['OPTIONS', 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n', 404],
  [
    'JSON that is none',
    'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{',
    415,
  ],
  [
    'two lengths',
    'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
  ],
  [
    'an encoded body in a form',
    'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx',
    415,
  ],
])('every error has one form: %s', async (_, text, status) => {
  await start();
  const socket = connect((app.server.address() as AddressInfo).port);
  onTestFinished(() => void socket.destroy());
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.write(text);
  await vi.waitFor(() => expect(answer).toMatch(/\r\n\r\n\{.*\}$/s), SOON);
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toEqual({
    error: { code: expect.stringMatching(/^[A-Z_]+$/), message: expect.stringMatching(/^(?!.*FST_).*\.$/) },
  });
});

/** Bytes and images that the server holds. */
const held = async () => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return ['mint_pictures_under_way', 'mint_bytes_under_way'].map((name) =>
    Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]),
  );
};

describe('memory', () => {
  test('the files of clients that hang up count as long as they are held', async () => {
    await start({ batchSize: 1 });
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const predict = detector.predict.bind(detector);
    vi.spyOn(detector, 'predict').mockImplementation(async (images, given) => {
      await gate;
      return predict(images, given);
    });
    const image = bmp(4);
    const sent = Array.from({ length: 5 }, () => open(image.length));
    for (const { client } of sent) client.end(image);
    await vi.waitFor(async () => expect(await held()).toEqual([5, 5 * image.length]), SOON);
    // One is being scored and one is read: their memory is in use. The others leave at once.
    for (const { client } of sent) client.destroy();
    await vi.waitFor(async () => expect(await held()).toEqual([1, image.length]), SOON);
    go();
    await vi.waitFor(async () => expect(await held()).toEqual([0, 0]), SOON);
  });

  test('a file has its share from the first byte on, and is refused with 429 when there is none', async () => {
    await start();
    const declared = Array.from({ length: 16 }, () => open(100_000));
    await vi.waitFor(async () => expect(await held()).toEqual([16, 1_600_000]), SOON);
    const refused = await post(Uint8Array.from(bmp(1)), 'image/bmp');
    expect([refused.status, Number(refused.headers.get('retry-after'))]).toEqual([429, expect.any(Number)]);
    declared[0]?.client.destroy();
    await vi.waitFor(
      async () => expect((await post(Uint8Array.from(bmp(1)), 'image/bmp')).status).toBe(200),
      SOON,
    );
    for (const { client } of declared) client.destroy();
    await vi.waitFor(async () => expect(await held()).toEqual([0, 0]), SOON);
  });

  test('a client that leaves in the middle of a form leaves nothing behind', async () => {
    await start();
    const head = '--x\r\ncontent-disposition: form-data; name="a"; filename="b"\r\n\r\nxx';
    const client = httpRequest(`${url}/v1/predict`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=x', 'content-length': 5000 },
    });
    client.on('error', () => {});
    client.write(head);
    await vi.waitFor(async () => expect(await held()).toEqual([1, 5000]), SOON);
    client.destroy();
    await vi.waitFor(async () => expect(await held()).toEqual([0, 0]), SOON);
  });
});

test('closing answers the requests under way, even those still being sent, and refuses new ones', async () => {
  await start({ batchSize: 2 });
  let go = () => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const predict = detector.predict.bind(detector);
  vi.spyOn(detector, 'predict').mockImplementation(async (images) => {
    await gate;
    return predict(images);
  });
  const image = bmp(4);
  const uploading = open(image.length);
  uploading.client.write(image.subarray(0, 10));
  const waiting = Array.from({ length: 9 }, () => post(form(['a.bmp', image])));
  await vi.waitFor(
    async () => expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/^mint_pictures_under_way 10$/m),
    SOON,
  );
  const closed = app.close();
  await vi.waitFor(() => expect(fetch(`${url}/healthz`)).rejects.toThrow(), SOON);
  go();
  uploading.client.end(image.subarray(10));
  const expected = close(await alone(image));
  for (const answer of await Promise.all(waiting))
    expect(await answer.json()).toEqual({
      pictures: [{ picture: 'a.bmp', ...expected }],
      model: { version: 'local', hash: 'local' },
      ms: expect.any(Number),
    });
  expect((await uploading.answer).statusCode).toBe(200);
  await closed;
});

describe('/openapi.json', () => {
  test('is valid OpenAPI and lists exactly the existing routes', async () => {
    const routes: string[] = [];
    app = await createServer(engine(OPTIONS), OPTIONS);
    const document = await (await app.inject('/openapi.json')).json();
    expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true });
    for (const [path, methods] of Object.entries<object>(document.paths))
      for (const method of Object.keys(methods)) routes.push(`${method.toUpperCase()} ${path}`);
    const real = routesOf(app.printRoutes({ commonPrefix: false }));
    expect(routes.sort()).toEqual(real.sort());
    expect(real).toContain('POST /v1/decisions/{id}/verdict');
  });
});

/** Routes of Fastify's tree, whose lines hold what comes after the path of the line above them. */
function routesOf(tree: string): string[] {
  const above: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const [, indent = '', part = '', methods] = /^([│ ]*[├└]── )(\S+)(?: \(([^)]+)\))?/.exec(line) ?? [];
    const depth = indent.length / 4;
    above.splice(Math.max(0, depth - 1), above.length, part);
    if (methods === undefined) return [];
    const path = above.join('').replaceAll(/:(\w+)/g, '{$1}');
    return methods.split(', ').flatMap((method) => (method === 'HEAD' ? [] : [`${method} ${path}`]));
  });
}
