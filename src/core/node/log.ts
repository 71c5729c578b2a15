/** The daemon's log: the cluster's story as it grows, and this node's own standing in the store. */
import type { StoreView } from '../store/types.ts';
import type { NodeState, Step } from './state.ts';
import { log, stay } from './state.ts';
import type { NodeEffect } from './types.ts';

/** More at once means that a snapshot came: then the story is in `holdfast history`. */
const LINES_MAX = 100;

/** Each change of state is logged once. */
export function writeLog(node: NodeState): Step {
  const phase = phaseText(node.view);
  const effects: NodeEffect[] = [];
  if (phase !== node.logged.phase) effects.push(log('info', phase));
  effects.push(...storyLines(node));
  if (effects.length === 0 && node.logged.story === node.cluster.storyCount) return stay(node);
  return { node: { ...node, logged: { phase, story: node.cluster.storyCount } }, effects };
}

function storyLines(node: NodeState): readonly NodeEffect[] {
  const { story, storyCount } = node.cluster;
  const added = storyCount - node.logged.story;
  if (added <= 0 || added > LINES_MAX) return [];
  return story.slice(-added).map((event) => {
    const severity = event.severity === 'good' ? 'info' : event.severity;
    return log(severity, event.text);
  });
}

function phaseText(view: StoreView): string {
  const { phase } = view;
  switch (phase.kind) {
    case 'starting':
      return 'this daemon starts';
    case 'gathering':
      return 'this daemon gathers with the others';
    case 'open':
      return phase.acting ? 'this daemon is part of a view that acts' : 'this view may not act';
    case 'frozen':
      return `frozen: ${phase.reason}`;
    case 'disk-failed':
      return `the disk refuses: ${phase.reason}`;
    case 'alone':
      return `alone: ${phase.reason}`;
  }
}
