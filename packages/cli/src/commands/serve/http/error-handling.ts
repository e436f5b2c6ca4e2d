import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { oneLine } from '@mint/internal';
import { errorCode } from '@mint/internal/node';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { errorAnswer, noSuchPath, Refusal, tooSlow, wrongMethod } from '../errors.js';

const METHODS: readonly HTTPMethods[] = ['GET', 'POST'];

/**
 * Answers every error with a status and a body of one form.
 *
 * @param say - Gets the errors that are the server's own, with the id of the request.
 */
export function answerErrors(app: FastifyInstance, say: (text: string) => void): void {
  app.setErrorHandler((error, request, reply) => {
    const { status, error: body } = errorAnswer(error, request.id);
    if (status >= 500) {
      const reason =
        error instanceof Refusal && error.cause !== undefined ? ` (${oneLine(error.cause)})` : '';
      say(`request ${request.id}, ${request.method} ${request.url}: ${oneLine(error)}${reason}`);
    }
    if (error instanceof Refusal && error.retryAfter !== undefined)
      reply.header('retry-after', error.retryAfter);
    if (status === 401) reply.header('www-authenticate', 'Bearer');
    if (status === 415) reply.header('accept-encoding', 'identity');
    if (status === 408) reply.header('connection', 'close');
    else {
      // The rest of the body is read and dropped: a client that still sends would not see the answer.
      request.raw.unpipe();
      request.raw.resume();
    }
    return reply.code(status).send({ error: body });
  });
  app.setNotFoundHandler((request, reply) => {
    const { method, url } = request;
    const [path = ''] = url.split('?');
    const allowed = METHODS.filter((other) => app.hasRoute({ method: other, url: path })).join(', ');
    if (allowed === '') throw noSuchPath(method, url);
    reply.header('allow', allowed);
    throw wrongMethod(method, path, allowed);
  });
}

/** Answers a request that Fastify cannot route: its path is not valid. Its handlers of errors do not see it. */
export function answerBadUrl(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const { status, error: body } = errorAnswer(error, request.id);
  reply.code(status).send({ error: body });
}

/** Answers a connection that does not carry a request: not HTTP, or not there in time. */
export function refuseConnection(error: Error, socket: Socket): void {
  const code = errorCode(error);
  if (code !== 'ECONNRESET' && socket.writable) {
    const { status, error: body } = errorAnswer(
      code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? tooSlow()
        : code === 'HPE_HEADER_OVERFLOW'
          ? { statusCode: 431 }
          : { statusCode: 400 },
      '',
    );
    const text = JSON.stringify({ error: body });
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    );
  }
  socket.destroySoon();
}
