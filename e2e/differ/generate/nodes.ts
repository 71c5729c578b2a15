/** Nodes and what state they are in. */
import type { Draft, NodeDraft, NodeState } from './draft.ts';
import { NOW_S } from './draft.ts';
import type { Feature } from './features.ts';

export function addNodes(draft: Draft): void {
  const { chance, has } = draft;
  const count = has('no-quorum') ? chance.whole(3, 5) : chance.one([2, 2, 3, 3, 3, 4, 5, 6]);
  for (let number = 1; number <= count; number += 1) draft.nodes.push(blankNode(number));
  for (const [feature, state] of STATES) {
    if (has(feature)) setState(draft, state);
  }
  if (has('standby')) setStandby(draft);
  if (has('node-maintenance')) anyNode(draft).attributes.set('maintenance', 'true');
  if (has('shutdown')) anyNode(draft).transient.set('shutdown', String(NOW_S - 5));
  if (has('terminate')) anyNode(draft).transient.set('terminate', 'true');
  if (has('health')) setHealth(draft);
  if (has('utilization')) for (const node of draft.nodes) setCapacity(draft, node);
  for (const node of draft.nodes) setPlainAttributes(draft, node);
}

const STATES: readonly (readonly [Feature, NodeState])[] = [
  ['offline', 'offline'],
  ['lost', 'lost'],
  ['hung', 'hung'],
  ['pending', 'pending'],
  ['unseen', 'unseen'],
];

function blankNode(number: number): NodeDraft {
  return {
    id: String(number),
    name: `n${String(number)}`,
    kind: 'member',
    state: 'online',
    attributes: new Map(),
    transient: new Map(),
    utilization: new Map(),
    history: new Map(),
    lastCall: 0,
  };
}

/** Any but the first, which decides and must be there. */
const otherNode = (draft: Draft): NodeDraft =>
  draft.chance.one(draft.nodes.slice(1)) ?? anyNode(draft);

const anyNode = (draft: Draft): NodeDraft => draft.chance.one(draft.nodes);

function setState(draft: Draft, state: NodeState): void {
  otherNode(draft).state = state;
}

function setStandby(draft: Draft): void {
  const node = anyNode(draft);
  if (draft.chance.percent(50)) node.attributes.set('standby', 'on');
  else node.transient.set('standby', 'on');
}

function setHealth(draft: Draft): void {
  const { chance } = draft;
  const node = anyNode(draft);
  node.transient.set('#health-disk', chance.one(['red', 'yellow', 'green', '-10', '5']));
  if (chance.percent(30))
    anyNode(draft).attributes.set('#health-cpu', chance.one(['red', 'yellow']));
}

function setCapacity(draft: Draft, node: NodeDraft): void {
  node.utilization.set('cpu', String(draft.chance.whole(0, 8)));
  if (draft.chance.percent(60))
    node.utilization.set('memory', String(draft.chance.whole(0, 8) * 512));
}

/** For rules and `node-attribute` to look at. */
function setPlainAttributes({ chance }: Draft, node: NodeDraft): void {
  if (chance.percent(60)) node.attributes.set('site', chance.one(['north', 'south']));
  if (chance.percent(40)) node.transient.set('pingd', chance.one(['0', '100', '2000']));
}
