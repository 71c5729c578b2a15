import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';

import { MAJORITY } from '../core/model/engine.ts';
import { monotonicMs, nodeName, nodeNumber, wallMs } from '../core/model/ids.ts';
import { INCIDENT_FORMAT, decodeNode } from '../core/node/incident.ts';
import type { Incident } from '../core/node/incident.ts';
import { step } from '../core/node/node.ts';
import type { NodeState } from '../core/node/state.ts';
import { newNode } from './new-node.ts';
import { checkOptions } from './options.ts';
import { Recorder } from './recorder.ts';

const engine = {
  kind: 'local' as const,
  clusterName: 'test',
  self: { node: nodeName('n1'), number: nodeNumber(1) },
  nodes: [{ node: nodeName('n1'), number: nodeNumber(1) }],
  quorumOptions: MAJORITY,
  messageBytesMax: 65_536,
};
const options = checkOptions({ engine: 'local', name: 'n1' }, false);
const restored = { snapshot: undefined, records: [], findings: [], damaged: false };

/** A node that ticks, and counts a decision with each tick. */
function ticking(recorder: Recorder, ticks: number): NodeState {
  let node = newNode(options, engine, restored);
  for (let count = 1; count <= ticks; count += 1) {
    const clocks = { nowMs: monotonicMs(1000 + 200 * count), wallMs: wallMs(1000 * count) };
    const input = { kind: 'tick' } as const;
    const done = step(node, input, clocks);
    recorder.note(node, { clocks, input, effects: done.effects });
    const { decision } = done.node.cluster;
    const cluster = { ...done.node.cluster, epoch: 4, decision: { ...decision, wanted: count } };
    node = { ...done.node, cluster };
  }
  return node;
}

const limits = { parts: 3, stepsOfPart: 10, charsOfPart: 1_000_000 };
const firstOf = (incident: Incident | undefined): number | undefined =>
  incident === undefined ? undefined : decodeNode(incident.state).cluster.decision.wanted;

it('begins before the decision, and ends with the last input', () => {
  const recorder = new Recorder(limits);
  ticking(recorder, 25);
  const incident = recorder.incident('4.15');
  expect(incident).toMatchObject({ format: INCIDENT_FORMAT, id: '4.15', node: 'n1' });
  expect(firstOf(incident)).toBe(10);
  expect(incident?.steps).toHaveLength(15);
  expect(incident?.steps[0]?.clocks.wallMs).toBe(11_000);
  // The state in which a decision is counted already is too late for it.
  expect(firstOf(recorder.incident('4.10'))).toBe(1);
});

it('forgets the oldest part when there are too many', () => {
  const recorder = new Recorder(limits);
  ticking(recorder, 45);
  expect(recorder.incident('4.15')).toBeUndefined();
  expect(recorder.incident('3.99')).toBeUndefined();
  expect(firstOf(recorder.incident('4.21'))).toBe(20);
  expect(firstOf(recorder.incident('5.1'))).toBe(40);
});

it('a part is full when its messages are long, too', () => {
  const recorder = new Recorder({ ...limits, charsOfPart: 500 });
  ticking(recorder, 20);
  expect(recorder.incident('4.20')?.steps).toHaveLength(5);
});

it('is a file of packed JSON', async () => {
  const recorder = new Recorder(limits);
  ticking(recorder, 12);
  const file = await recorder.file('4.12');
  const text = gunzipSync(file ?? new Uint8Array()).toString('utf8');
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(recorder.incident('4.12'))));
  expect(await recorder.file('0.1')).toBeUndefined();
});
