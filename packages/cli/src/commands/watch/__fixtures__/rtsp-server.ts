import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A camera of a network, as far as ffmpeg asks it: RTSP over TCP, with a password. */
export interface RtspServer {
  /** Address with user and password. */
  readonly url: string;
  /** Ends the connections, as a camera that is switched off and on. */
  readonly drop: () => void;
  readonly stop: () => Promise<void>;
}

const ANSWERED = 'OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER';

/**
 * Starts a camera that shows ffmpeg's test image of 64 x 48 pixels, 25 times a second.
 *
 * @param folder - For a file of ffmpeg's.
 */
export async function startRtsp(folder: string): Promise<RtspServer> {
  const packets = createSocket('udp4').bind(0, '127.0.0.1');
  await once(packets, 'listening');
  const film = ['-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=25', '-c:v', 'mpeg4', '-flags:v', '+global_header', '-g', '5'];
  const target = `rtp://127.0.0.1:${packets.address().port}?pkt_size=1200`;
  const description = join(folder, 'stream.sdp');
  const ffmpeg = spawn(
    'ffmpeg',
    ['-loglevel', 'error', '-re', ...film, '-sdp_file', description, '-f', 'rtp', target],
    { stdio: 'ignore' },
  );
  let described = '';
  while (!/a=fmtp:.*config=/.test(described)) {
    if (ffmpeg.exitCode !== null) throw new Error('ffmpeg has ended');
    await sleep(50);
    described = await readFile(description, 'utf8').catch(() => '');
  }
  const sdp = `${described.trim()}\r\na=control:video\r\n`;
  const sockets = new Set<Socket>();
  const playing = new Set<Socket>();
  packets.on('message', (packet) => {
    const head = Buffer.from([0x24, 0, packet.length >> 8, packet.length & 255]);
    for (const socket of playing) socket.write(Buffer.concat([head, packet]));
  });
  const answers: Readonly<Record<string, () => [headers: string[], body?: string]>> = {
    OPTIONS: () => [[`Public: ${ANSWERED}`]],
    DESCRIBE: () => [['Content-Type: application/sdp', `Content-Length: ${Buffer.byteLength(sdp)}`], sdp],
    SETUP: () => [['Transport: RTP/AVP/TCP;unicast;interleaved=0-1', 'Session: 1']],
    PLAY: () => [['Session: 1']],
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      playing.delete(socket);
    });
    let text = '';
    socket.on('data', (chunk) => {
      // What ffmpeg reports about the packets begins with a dollar sign; it asks for nothing after PLAY but to keep alive.
      if (chunk[0] === 0x24) return;
      text += chunk.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const request = text.slice(0, end);
        text = text.slice(end + 4);
        const [method = ''] = request.split(' ', 1);
        const number = /^CSeq: *(\d+)/im.exec(request)?.[1];
        const password = /^Authorization: Basic (\S+)/im.exec(request)?.[1] ?? '';
        const isKnown = Buffer.from(password, 'base64').toString() === 'user:secret';
        const [headers, body = ''] = isKnown || method === 'OPTIONS' ? (answers[method]?.() ?? [[]]) : [[]];
        const status = isKnown || method === 'OPTIONS' ? '200 OK' : '401 Unauthorized';
        const asked = isKnown ? [] : ['WWW-Authenticate: Basic realm="line"'];
        socket.write([`RTSP/1.0 ${status}`, `CSeq: ${number}`, ...asked, ...headers, '', body].join('\r\n'));
        if (isKnown && method === 'PLAY') playing.add(socket);
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `rtsp://user:secret@127.0.0.1:${typeof address === 'object' ? address?.port : ''}/line`,
    drop,
    stop: async () => {
      drop();
      server.close();
      ffmpeg.kill('SIGKILL');
      if (ffmpeg.exitCode === null && ffmpeg.signalCode === null) await once(ffmpeg, 'exit');
      packets.close();
    },
  };
}
