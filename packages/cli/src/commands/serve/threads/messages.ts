import { parentPort, type Transferable } from 'node:worker_threads';
import { MintError, type MintErrorCode } from '@mint/internal';

/** What a thread is asked. */
export interface Call<Task> {
  readonly id: number;
  readonly task: Task;
}

/** What a thread says. Errors lose their class on the way. */
export type Message<Result> =
  | { readonly say: string }
  | { readonly id: number; readonly result: Result }
  | { readonly id: number; readonly message: string; readonly code?: MintErrorCode | undefined };

/** Tells the operator. */
export const say = (text: string): void => post({ say: text });

/**
 * Runs in a thread: answers its calls.
 *
 * @param work - Gives the result, and the memory that is moved with it.
 */
export function answerCalls<Task, Result>(
  work: (task: Task) => Promise<{ readonly result: Result; readonly moved: readonly Transferable[] }>,
): void {
  parentPort?.on('message', async ({ id, task }: Call<Task>) => {
    try {
      const { result, moved } = await work(task);
      post({ id, result }, moved);
    } catch (error) {
      if (MintError.isInstance(error)) post({ id, code: error.code, message: error.message });
      else post({ id, message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
}

function post(message: Message<unknown>, moved: readonly Transferable[] = []): void {
  parentPort?.postMessage(message, moved);
}
