/** Starts a program with a socket as its descriptor 3, without copying the daemon (native/process.c). */
import { Socket } from 'node:net';
import { native } from '../../../native/holdfast.ts';

/**
 * `input`: its standard input; the outputs are /dev/null. The socket is this end. Throws an Error
 * with a `code` when the program cannot be started.
 */
export function startProgram(
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
  input: Buffer = Buffer.alloc(0),
): Socket {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const { pid, fd } = native().startProcess(argv, variables, input);
  reapWhenEnded(pid);
  return new Socket({ fd, readable: true, writable: true });
}

const children = new Set<number>();
let isWatching = false;

/** Node knows nothing of these children: without this each would stay as a zombie. */
function reapWhenEnded(pid: number): void {
  children.add(pid);
  if (isWatching) return;
  isWatching = true;
  process.on('SIGCHLD', () => {
    for (const child of children) if (native().reap(child)) children.delete(child);
  });
}
