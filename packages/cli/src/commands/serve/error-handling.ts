import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { MintError, oneLine } from '@mint/internal';
import { errorCode } from '@mint/internal/node';
import type { FastifyInstance } from 'fastify';
import { errorAnswer, Refusal, tooSlow } from './errors.js';

/**
 * Answers every error with a status and a body of one form.
 *
 * @param say - Gets the errors that are the server's own.
 */
export function answerErrors(app: FastifyInstance, say: (text: string) => void): void {
  app.setErrorHandler((error, request, reply) => {
    const { status, body } = errorAnswer(error);
    if (status >= 500) say(`${request.method} ${request.url}: ${oneLine(error)}`);
    if (error instanceof Refusal && error.retryAfter !== undefined)
      reply.header('retry-after', error.retryAfter);
    if (status === 408) reply.header('connection', 'close');
    else {
      // The rest of the body is read and dropped: a client that still sends would not see the answer.
      request.raw.unpipe();
      request.raw.resume();
    }
    return reply.code(status).send(body);
  });
  app.setNotFoundHandler((request, reply) => {
    const { body } = errorAnswer(
      new MintError('NOT_FOUND', `there is no ${request.method} ${request.url}; see /openapi.json.`),
    );
    return reply.code(404).send(body);
  });
}

/** Answers a connection that does not carry a request: not HTTP, or not there in time. */
export function refuseConnection(error: Error, socket: Socket): void {
  const code = errorCode(error);
  if (code !== 'ECONNRESET' && socket.writable) {
    const { status, body } = errorAnswer(
      code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? tooSlow()
        : code === 'HPE_HEADER_OVERFLOW'
          ? { statusCode: 431, message: 'the headers are too long' }
          : { statusCode: 400, message: 'expected HTTP/1.1' },
    );
    const text = JSON.stringify(body);
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    );
  }
  socket.destroySoon();
}
