import type { NodeName } from '../../core/model/ids.ts';
import { EngineError } from '../engine.ts';
import { tryToConnect } from './connect.ts';
import { FrameReader, encodeFrame } from './frames.ts';
import type { Reply, Request } from './protocol.ts';
import type { BusNode } from './sequencer.ts';

/** The nodes as the bus sees them; their `lastProcess` is what a fence device has to end. */
export function readBus(directory: string): Promise<readonly BusNode[]> {
  return ask(directory, { kind: 'status' });
}

/**
 * Says that a node is down: its whole process tree is proven dead. Only a fence device may say so;
 * a wrong word here has the node's services started twice.
 */
export function tellNodeDown(directory: string, node: NodeName): Promise<readonly BusNode[]> {
  return ask(directory, { kind: 'node-down', node });
}

/** For tests and demonstrations: splits the cluster; nodes in no group form one more part. */
export function partition(
  directory: string,
  groups: readonly (readonly NodeName[])[],
): Promise<readonly BusNode[]> {
  return ask(directory, { kind: 'partition', groups });
}

/** Ends every partition. */
export function heal(directory: string): Promise<readonly BusNode[]> {
  return ask(directory, { kind: 'partition', groups: [] });
}

async function ask(directory: string, request: Request): Promise<readonly BusNode[]> {
  const socket = await tryToConnect(directory);
  if (socket === null) throw new EngineError('absent', `no local bus runs in ${directory}`);
  const reader = new FrameReader();
  try {
    socket.write(encodeFrame(request));
    for await (const chunk of socket) {
      for (const frame of reader.push(chunk as Buffer)) {
        const reply = frame as Reply;
        if (reply.kind === 'done') return reply.nodes;
      }
    }
  } finally {
    socket.destroy();
  }
  throw new EngineError('absent', `the local bus in ${directory} ended before it answered`);
}
