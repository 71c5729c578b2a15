import { expect, test } from 'vitest';
import { WATCHDOG_ATTRIBUTE } from '../model/attributes.ts';
import { INFINITY_SCORE } from '../model/score.ts';
import { apply, n1, n2, n3, probedNodes } from '../cluster/testing/cluster.ts';
import type { ClusterState } from '../cluster/state.ts';
import type { StoreView } from '../store/types.ts';
import { read } from './reading.ts';
import { LOCAL, viewOf } from './testing/states.ts';
import { watchdogNotes } from './watchdogs.ts';

function cluster(timeout: string): ClusterState {
  const values = { 'fencing-watchdog-timeout': timeout };
  const options = [{ id: 'options', score: INFINITY_SCORE, values }];
  const said = [
    [n1, '10000 5000'],
    [n2, '10000 5000 virtual'],
  ] as const;
  return said.reduce(
    (state, [node, value]) =>
      apply(state, { kind: 'attribute', node, name: WATCHDOG_ATTRIBUTE, value }),
    probedNodes({ options }),
  );
}
const notesIn = (state: ClusterState, view: StoreView): readonly string[] =>
  watchdogNotes(read(state, view, LOCAL)).map(({ text }) => text);
const notes = (state: ClusterState): readonly string[] =>
  notesIn(state, viewOf(['n1', 'n2', 'n3']));

test('who is not armed, or does not count, is named with the reason', () => {
  expect(notes(cluster('-1'))).toEqual([
    'The watchdog of n2 does not count: it is a virtual machine, and one that is paused is not ' +
      'reset until it goes on.',
    'The watchdog of n3 is not armed: lost, it could not be relied on to reset itself.',
  ]);
  const twoNode = apply(cluster('30s'), {
    kind: 'attribute',
    node: n3,
    name: WATCHDOG_ATTRIBUTE,
    value: '10000 5000 two-node',
  });
  expect(notes(twoNode)[1]).toContain('n3 does not count: with two_node both halves');
});

test('where nobody relies on watchdogs nothing is said', () => {
  expect([notes(cluster('0')), notes(cluster('0s'))]).toEqual([[], []]);
});

test('where poison pills are a device, who would take none is named', () => {
  const pill = {
    id: 'pill',
    agent: 'fence_pill',
    parameters: {},
    hosts: {},
    action: 'reboot',
  } as const;
  const times = { timeoutMs: 60_000, retries: 1, monitorIntervalMs: 0, delayMs: 0 };
  const uuid = '91452ef6-641e-4fe0-9523-53f28b350ee2';
  const said = [
    [n1, `10000 5000 pill:5000:${uuid}`],
    [n2, `10000 5000 virtual pill:5000:${uuid}`],
  ] as const;
  const state = said.reduce(
    (before, [node, value]) =>
      apply(before, { kind: 'attribute', node, name: WATCHDOG_ATTRIBUTE, value }),
    probedNodes({ fenceDevices: [{ ...pill, ...times }] }),
  );
  expect(notes(state)).toEqual([
    'n2 takes no poison pill: fence device pill cannot fence it.',
    'n3 takes no poison pill: fence device pill cannot fence it.',
  ]);
});

test('a machine that its watchdog is about to reset says so, and when', () => {
  const state = cluster('0');
  const open = { kind: 'open', acting: false } as const;
  const alone = viewOf(['n1'], { phase: open, quorate: false });
  expect(notesIn(state, alone)).toEqual([
    'This machine is reset by its watchdog within 10 s: it is not fed without quorum.',
  ]);
  expect(notesIn(state, viewOf(['n1', 'n2'], { phase: open }))).toEqual([
    'This machine is reset by its watchdog within 15 s: it is not fed while the cluster may not act.',
  ]);
  // n3 is not armed, and who is asked in an acting view is not reset.
  expect(notesIn(state, { ...alone, self: n3 })).toEqual([]);
  expect(notesIn(state, viewOf(['n1', 'n2', 'n3']))).toEqual([]);
});
