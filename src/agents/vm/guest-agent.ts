/** QEMU Guest Agent Protocol: JSON lines with a program inside of the guest, which may not be there. */
import { connect } from 'node:net';

const answerBytesMax = 65_536;

/**
 * What the agent returned. Rejects with its error, or at the signal: an agent that does not run says
 * nothing at all. `guest-sync` first: what comes before its answer was asked by others.
 */
export function askGuest(path: string, command: string, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path, signal });
    const id = Math.trunc(performance.now() * 1000);
    let isSynced = false;
    let text = '';
    const finish = (settle: () => void): void => {
      socket.destroy();
      settle();
    };
    socket.setEncoding('utf8');
    socket.on('connect', () => {
      socket.write(`${JSON.stringify({ execute: 'guest-sync', arguments: { id } })}\n`);
    });
    socket.on('data', (chunk: string) => {
      text = (text + chunk).slice(-answerBytesMax);
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        const answer = parse(line);
        if (answer === undefined) continue;
        if (!isSynced) {
          isSynced = answer.return === id;
          if (isSynced) socket.write(`${JSON.stringify({ execute: command })}\n`);
        } else if (answer.error) {
          const { desc } = answer.error;
          finish(() => reject(new Error(desc)));
        } else finish(() => resolve(answer.return));
      }
    });
    socket.on('error', (error) =>
      finish(() => reject(signal.aborted ? new Error('it does not answer') : error)),
    );
    socket.on('close', () => reject(new Error('it hung up')));
  });
}

function parse(
  line: string,
): { readonly return?: unknown; readonly error?: { readonly desc: string } } | undefined {
  try {
    const answer: unknown = JSON.parse(line);
    return typeof answer === 'object' && answer !== null ? answer : undefined;
  } catch {
    return undefined;
  }
}
