import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { INCIDENT_FORMAT, encodeNode, incidentStep } from '../core/node/incident.ts';
import type { Incident, RecordedStep } from '../core/node/incident.ts';
import type { NodeState } from '../core/node/state.ts';
import { readIncident, replay } from './incident.ts';
import { drawPlan } from './plan.ts';
import { run } from './run.ts';

/** The longest life of a daemon under faults, from its 300th input on. */
function recorded(seed: number): Incident {
  const lives = new Map<string, { readonly states: NodeState[]; readonly steps: RecordedStep[] }>();
  run(drawPlan(seed), ({ name, lives: life }, before, step) => {
    const key = `${name} ${life}`;
    const known = lives.get(key) ?? { states: [], steps: [] };
    lives.set(key, known);
    known.states.push(before);
    known.steps.push(step);
  });
  const longest = [...lives.values()].toSorted((a, b) => b.steps.length - a.steps.length)[0];
  const state = longest?.states[300];
  if (longest === undefined || state === undefined) throw new Error('nobody lived for long');
  const incident: Incident = {
    format: INCIDENT_FORMAT,
    id: '1.1',
    node: 'n1',
    version: '0.0.0',
    state: encodeNode(state),
    steps: longest.steps.slice(300).map(incidentStep),
  };
  return JSON.parse(JSON.stringify(incident)) as Incident;
}

test.each([3, 11, 18])('what a node did under faults it does again: seed %i', (seed) => {
  const incident = recorded(seed);
  const { divergence, decisions, inputs, told } = replay(incident);
  expect(divergence).toBeUndefined();
  expect(inputs).toBe(incident.steps.length);
  expect(inputs).toBeGreaterThan(500);
  expect(decisions + told.length).toBeGreaterThan(0);
});

test('where it goes another way it says so', () => {
  const incident = recorded(3);
  const at = incident.steps.findIndex(
    ({ input, effects }) => input.kind === 'engine' && effects.length > 0,
  );
  const steps = incident.steps.toSpliced(at, 1, { ...incident.steps[at]!, effects: ['{}'] });
  expect(replay({ ...incident, steps }).divergence).toContain(
    `input ${at + 1} of ${steps.length}, engine-`,
  );
});

test('another decision is seen', () => {
  const incident = [3, 11, 17, 19].map(recorded).find((each) => replay(each).decisions > 0);
  if (incident === undefined) throw new Error('none of them has led');
  const changed = incident.steps.map((each) =>
    each.input.kind === 'decided'
      ? { ...each, input: { ...each.input, plan: { ...each.input.plan, placements: [] } } }
      : each,
  );
  expect(replay({ ...incident, steps: changed }).divergence).toContain('decision is another one');
});

test('a file is read packed or plain, and another one is refused with a sentence', () => {
  const directory = mkdtempSync(join(tmpdir(), 'incident-'));
  const path = join(directory, 'file');
  const text = JSON.stringify(recorded(11));
  try {
    for (const bytes of [text, gzipSync(text)]) {
      writeFileSync(path, bytes);
      expect(readIncident(path).steps.length).toBeGreaterThan(100);
    }
    writeFileSync(path, '{"picture":1}');
    expect(() => readIncident(path)).toThrow('is no incident of this version');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
