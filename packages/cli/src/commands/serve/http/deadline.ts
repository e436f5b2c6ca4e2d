import type { FastifyReply, FastifyRequest } from 'fastify';
import { gone, tooLate, tooSlow } from '../errors.js';

/** A signal that aborts when the time for a request is over, its client has gone, or it is answered. */
export function deadline(request: FastifyRequest, reply: FastifyReply, timeout: number): AbortSignal {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    // It is answered, but the client does not read the answer.
    if (reply.sent) request.raw.socket.destroy();
    controller.abort(request.raw.complete ? tooLate() : tooSlow());
    // Once it is answered, Node does not end a request that has not arrived, and its reader would wait for ever.
    reply.raw.once('close', () => request.raw.destroy());
  }, timeout);
  reply.raw.once('close', () => {
    clearTimeout(timer);
    controller.abort(gone());
  });
  return controller.signal;
}

/** Rejects with the signal's reason once it aborts. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
