/** A node is shot for a test only while nothing runs there and nothing may begin to. */
import type { NodeName } from '../model/ids.ts';
import { hasOpenActions } from '../transition/advance.ts';
import { activity } from './activity.ts';
import { isHeldBack } from './fence-loop.ts';
import { emptiesNode } from './marks.ts';
import { sortedKeys, sortedValues } from './order.ts';
import { mayRunAnything } from './safety.ts';
import type { ClusterState, NodeRecord } from './state.ts';

/** Undefined: it may be rebooted. Else why not, and what to do. */
export function realTestRefusal(state: ClusterState, name: NodeName): string | undefined {
  const node = state.nodes[name];
  if (node === undefined) return `there is no node ${name}`;
  if (node.condition !== 'online') {
    return `${name} is ${node.condition}: only a node that is online and in standby is rebooted for a test`;
  }
  if (isHeldBack(state, name)) {
    return `${name} is held back, so it would be switched off: holdfast fence release ${name}`;
  }
  if (!isStandby(state, node)) {
    return `${name} is not in standby, so it would lose what runs there: holdfast node standby ${name} --wait`;
  }
  const left = sortedKeys(node.history).filter(
    (resource) => activity(node.history[resource]) !== 'inactive',
  );
  if (left.length > 0) {
    return `${left.slice(0, 5).join(', ')} may still run on ${name}: holdfast status says what keeps it there`;
  }
  if (mayRunAnything(state, node)) {
    return `it is not known yet what runs on ${name}: wait until it was looked for (holdfast status)`;
  }
  if (hasOpenActions(state.transition, name))
    return `work is under way on ${name}: wait until it is done`;
  if (state.fencing.active.some((request) => request.target === name)) {
    return `${name} is being fenced already`;
  }
  return undefined;
}

function isStandby(state: ClusterState, node: NodeRecord): boolean {
  const isMarked = sortedValues(state.marks).some((mark) => emptiesNode(mark, node.name));
  if (isMarked || isOn(node.attributes['standby'])) return true;
  const configured = state.configuration.model.nodes.find((each) => each.name === node.name);
  return (configured?.attributes ?? []).some(
    ({ rule, values }) => rule === undefined && isOn(values['standby']),
  );
}

const isOn = (value: string | undefined): boolean =>
  value !== undefined && ['on', 'true', 'yes', '1'].includes(value.toLowerCase());
