/** What daemons and tools say to the bus and hear from it, one frame each. */
import type { EngineEvent } from '../../core/model/engine.ts';
import { nodeName } from '../../core/model/ids.ts';
import type { NodeName } from '../../core/model/ids.ts';
import { checkMessage } from '../engine.ts';
import type { BusNode } from './sequencer.ts';

export type Request =
  /** First frame of a daemon. */
  | { readonly kind: 'join'; readonly node: NodeName; readonly process: number }
  | { readonly kind: 'send'; readonly text: string }
  | { readonly kind: 'leave' }
  /** Of a tool, on a connection of its own; each gets one answer. */
  | { readonly kind: 'node-down'; readonly node: NodeName }
  | { readonly kind: 'partition'; readonly groups: readonly (readonly NodeName[])[] }
  | { readonly kind: 'status' };

export type Reply =
  | { readonly kind: 'event'; readonly event: EngineEvent }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'done'; readonly nodes: readonly BusNode[] };

/** A checked request, or null when the frame is none. */
export function parseRequest(frame: unknown): Request | null {
  if (typeof frame !== 'object' || frame === null || !('kind' in frame)) return null;
  const field: Readonly<Record<string, unknown>> = { ...frame };
  const { node, process, text, groups } = field;
  switch (frame.kind) {
    case 'join':
      if (typeof node !== 'string' || !isProcess(process)) return null;
      return { kind: 'join', node: nodeName(node), process };
    case 'send':
      return isMessage(text) ? { kind: 'send', text } : null;
    case 'node-down':
      return typeof node === 'string' ? { kind: 'node-down', node: nodeName(node) } : null;
    case 'partition':
      return isGroups(groups) ? { kind: 'partition', groups } : null;
    case 'leave':
      return { kind: 'leave' };
    case 'status':
      return { kind: 'status' };
    default:
      return null;
  }
}

function isProcess(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

function isMessage(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  try {
    checkMessage(value);
    return true;
  } catch {
    return false;
  }
}

function isGroups(value: unknown): value is readonly (readonly NodeName[])[] {
  return (
    Array.isArray(value) &&
    value.every((group) => Array.isArray(group) && group.every((name) => typeof name === 'string'))
  );
}
