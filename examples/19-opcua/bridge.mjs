// A bridge to a PLC that speaks OPC UA: gets decisions from the webhook of `mint serve`, checks their signature, and writes two variables
// of the PLC: whether it is an alarm, and the score. `npm start -- <secret file> opc.tcp://<plc>:4840 [alarm node] [score node]`
import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { AttributeIds, DataType, OPCUAClient } from 'node-opcua-client';

const [secretFile, plc, alarmNode = 'ns=1;s=Alarm', scoreNode = 'ns=1;s=Score'] = process.argv.slice(2);
if (secretFile === undefined || plc === undefined)
  throw new Error('expected the secret file and the address of the PLC, such as opc.tcp://192.168.0.10:4840');
const secret = (await readFile(secretFile, 'utf8')).trim();

// A connection that breaks is made again; meanwhile writes fail, and the station sends the decision again.
const client = OPCUAClient.create({ endpointMustExist: false, connectionStrategy: { maxRetry: -1 } });
await client.connect(plc);
const session = await client.createSession();

/** Writes both variables in one request. */
async function write(isAlarm, score) {
  const value = (dataType, of) => ({ value: { dataType, value: of } });
  const statuses = await session.write([
    { nodeId: alarmNode, attributeId: AttributeIds.Value, value: value(DataType.Boolean, isAlarm) },
    { nodeId: scoreNode, attributeId: AttributeIds.Value, value: value(DataType.Double, score) },
  ]);
  const refused = statuses.find((status) => !status.isGood());
  if (refused !== undefined) throw new Error(`the PLC refused: ${refused.toString()}`);
}

function isSigned(body, timestamp, signature) {
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
    const { decision, score } = JSON.parse(body);
    await write(decision === 'alarm' || decision === 'unknown class', score ?? Number.NaN);
    response.writeHead(204).end();
  } catch (error) {
    // 503: the station sends it again.
    console.error(String(error));
    response.writeHead(503).end();
  }
});
server.listen(8090, '127.0.0.1', () => console.log('listening at http://127.0.0.1:8090'));

process.on('SIGINT', async () => {
  server.close();
  await session.close();
  await client.disconnect();
});
