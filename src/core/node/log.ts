/** The daemon's log: this node's own standing in the store. (The story is logged by the daemon.) */
import type { StoreView } from '../store/types.ts';
import type { NodeState, Step } from './state.ts';
import { log, stay } from './state.ts';

/** Each change of state is logged once. */
export function writeLog(node: NodeState): Step {
  const phase = phaseText(node.view);
  if (phase === node.loggedPhase) return stay(node);
  return { node: { ...node, loggedPhase: phase }, effects: [log('info', phase)] };
}

function phaseText(view: StoreView): string {
  const { phase } = view;
  switch (phase.kind) {
    case 'starting':
      return 'this daemon starts';
    case 'gathering':
      return phase.reason ?? 'this daemon gathers with the others';
    case 'open':
      return phase.acting ? 'this daemon is part of a view that acts' : 'this view may not act';
    case 'frozen':
      return `frozen: ${phase.reason}`;
    case 'unreadable':
      return `what is on the disk cannot be used: ${phase.reason}`;
    case 'disk-failed':
      return `the disk refuses: ${phase.reason}`;
    case 'alone':
      return `alone: ${phase.reason}`;
  }
}
