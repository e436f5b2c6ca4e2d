import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '@mint/test-utils';
import fastify, { type FastifyInstance } from 'fastify';
import { beforeEach, describe, expect, test } from 'vitest';
import { mintHere } from '../../../__fixtures__/run.js';
import { answerErrors } from '../http/error-handling.js';
import { type AccessRule, guard } from './access.js';
import { accessOf } from './rule.js';
import { tokenFile } from './token-file.js';

const work = temporaryFolder();
const said: string[] = [];
const say = (text: string) => void said.push(text);
let file: string;
let [operator, engineer] = ['', ''];

const add = async (name: string, role: string) =>
  (await mintHere(['station', 'token', 'add', file, '--name', name, '--role', role])).out.trim();

beforeEach(async () => {
  said.length = 0;
  file = join(work.path, `${Math.random()}`);
  operator = await add('Kim, shift 2', 'operator');
  engineer = await add('Robin', 'engineer');
});

/** A server with a route of each role, and one that states none. */
function serverOf(rule: AccessRule): FastifyInstance {
  const app = fastify();
  answerErrors(app, say);
  guard(app, rule);
  for (const role of ['public', 'operator', 'engineer'] as const)
    app.post(`/${role}`, { config: { role } }, ({ person }) => person);
  app.post('/predict', { config: { role: 'operator', anyHost: true } }, ({ person }) => person);
  app.post('/forgotten', ({ person }) => person);
  return app;
}

const PATHS = ['/public', '/operator', '/engineer', '/forgotten', '/nothing'] as const;
const statuses = async (app: FastifyInstance, headers: Record<string, string> = {}) =>
  Promise.all(PATHS.map(async (url) => (await app.inject({ method: 'POST', url, headers })).statusCode));
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

test('every route asks for its role, and one that states none is an engineer’s', async () => {
  const app = serverOf({ kind: 'tokens', find: await tokenFile(file, say) });
  expect(await statuses(app)).toEqual([200, 401, 401, 401, 404]);
  for (const wrong of [bearer(''), bearer(`${operator}x`), bearer('mint_'), { authorization: operator }])
    expect(await statuses(app, wrong)).toEqual([200, 401, 401, 401, 404]);
  expect(await statuses(app, bearer(operator))).toEqual([200, 200, 403, 403, 404]);
  expect(await statuses(app, bearer(engineer))).toEqual([200, 200, 200, 200, 404]);
  const answer = await app.inject({ method: 'POST', url: '/operator', headers: bearer(operator) });
  expect(answer.json()).toEqual({ name: 'Kim, shift 2', role: 'operator' });
  const refused = await app.inject({ method: 'POST', url: '/engineer' });
  expect(refused.headers['www-authenticate']).toBe('Bearer');
  expect(refused.json().error.message).toMatch(/expected a valid token/);
});

test('without tokens, pages of other origins and other names of the machine get nothing', async () => {
  const app = serverOf({ kind: 'loopback' });
  expect(await statuses(app)).toEqual([200, 200, 200, 200, 404]);
  expect(await statuses(app, { host: '127.0.0.1:8080', origin: 'http://127.0.0.1:8080' })).toEqual([
    200, 200, 200, 200, 404,
  ]);
  // A page elsewhere that sends a form here, and one whose name was made to point here.
  for (const foreign of [
    { host: '127.0.0.1:8080', origin: 'http://elsewhere.example' },
    { host: '127.0.0.1:8080', origin: 'null' },
    { host: 'elsewhere.example:8080', origin: 'http://elsewhere.example:8080' },
  ])
    expect(await statuses(app, foreign)).toEqual([200, 403, 403, 403, 404]);
  const behindProxy = { method: 'POST', url: '/predict', headers: { host: 'line.example' } } as const;
  expect((await app.inject(behindProxy)).statusCode).toBe(200);
  expect(await statuses(serverOf({ kind: 'open' }), { host: 'line.example' })).toEqual([
    200, 200, 200, 200, 404,
  ]);
});

test('the file holds no token; a removed one is refused soon, a broken file changes nothing', async () => {
  const text = await readFile(file, 'utf8');
  for (const token of [operator, engineer]) {
    expect(token).toMatch(/^mint_[\w-]{43}$/);
    expect(text).not.toContain(token);
  }
  const app = serverOf({ kind: 'tokens', find: await tokenFile(file, say) });
  await mintHere(['station', 'token', 'remove', file, '--name', 'Robin']);
  await sleep(1100);
  expect(await statuses(app, bearer(engineer))).toEqual([200, 401, 401, 401, 404]);
  await writeFile(file, `${text}\nadmin 12 Kim\n`);
  await sleep(1100);
  expect(await statuses(app, bearer(operator))).toEqual([200, 200, 403, 403, 404]);
  expect(said.at(-1)).toMatch(/the tokens stay as they were: .*line 5: expected 'operator' or 'engineer'/);
});

describe('mint station token', () => {
  test('lists names and roles, refuses a second token of a name and one that is not there', async () => {
    const { out } = await mintHere(['station', 'token', 'list', file, '--json']);
    expect(JSON.parse(out)).toEqual([
      { role: 'operator', name: 'Kim, shift 2' },
      { role: 'engineer', name: 'Robin' },
    ]);
    await expect(add('Robin', 'operator')).rejects.toThrow(/'Robin' has a token already/);
    const remove = mintHere(['station', 'token', 'remove', file, '--name', 'Nobody']);
    await expect(remove).rejects.toThrow(/there is no token of 'Nobody'/);
    await expect(add('two\nlines', 'operator')).rejects.toThrow(/expected a line of text/);
  });
});

test('other machines can connect only where something checks who asks', async () => {
  for (const host of ['127.0.0.1', '127.1.2.3', 'localhost', '::1'])
    expect(await accessOf({ host }, say)).toEqual({ kind: 'loopback' });
  for (const host of ['0.0.0.0', '::', '192.168.1.4', 'line.example', '127.0.0.1.example'])
    await expect(accessOf({ host }, say)).rejects.toThrow(/nothing would check who they are.*--tokens/);
  expect(await accessOf({ host: '0.0.0.0', tokens: false }, say)).toEqual({ kind: 'open' });
  expect(await accessOf({ host: '127.0.0.1', tokens: file }, say)).toMatchObject({ kind: 'tokens' });
  await expect(accessOf({ host: '::', tokens: 'none.txt' }, say)).rejects.toThrow(/none\.txt/);
});
