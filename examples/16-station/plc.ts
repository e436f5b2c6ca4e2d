/**
 * A bridge to a PLC: gets decisions from the webhook of `mint serve`, checks their signature, and switches a coil by Modbus TCP: on at an
 * alarm, off otherwise. `npx pnpm --filter @examples/station start <secret file> <plc host> [plc port] [coil]`
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';

const [secretFile, host, port = '502', coil = '0'] = process.argv
  .slice(2)
  .filter((argument) => argument !== '--');
if (secretFile === undefined || host === undefined)
  throw new Error('expected the secret file and the host of the PLC');
const secret = (await readFile(secretFile, 'utf8')).trim();

/** Modbus TCP, function 5: write one coil. The answer repeats the request. */
async function writeCoil(isOn: boolean): Promise<void> {
  const request = Buffer.alloc(12);
  request.writeUInt16BE(1, 0); // transaction
  request.writeUInt16BE(6, 4); // bytes that follow
  request.writeUInt8(1, 6); // unit
  request.writeUInt8(5, 7); // function
  request.writeUInt16BE(Number(coil), 8);
  request.writeUInt16BE(isOn ? 0xff00 : 0, 10);
  const socket = connect(Number(port), host).setTimeout(2000, () =>
    socket.destroy(new Error('the PLC does not answer')),
  );
  try {
    socket.write(request);
    const [answer] = await once(socket, 'data');
    if (!request.equals(answer)) throw new Error(`the PLC refused: ${answer.toString('hex')}`);
  } finally {
    socket.destroy();
  }
}

function isSigned(body: string, timestamp: string, signature: string): boolean {
  const expected = Buffer.from(
    `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`,
  );
  const given = Buffer.from(signature);
  const age = Math.abs(Date.now() / 1000 - Number(timestamp));
  return given.length === expected.length && timingSafeEqual(given, expected) && age < 300;
}

const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const { 'x-mint-timestamp': timestamp, 'x-mint-signature': signature } = request.headers;
  if (!isSigned(body, String(timestamp), String(signature))) return response.writeHead(401).end();
  try {
    const { decision } = JSON.parse(body);
    await writeCoil(decision === 'alarm' || decision === 'unknown class');
    response.writeHead(204).end();
  } catch (error) {
    // 503: the station sends it again.
    console.error(String(error));
    response.writeHead(503).end();
  }
});
server.listen(8090, '127.0.0.1', () => console.log('listening at http://127.0.0.1:8090'));
