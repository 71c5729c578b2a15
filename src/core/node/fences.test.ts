import { describe, expect, it } from 'vitest';
import type { FenceDevice } from '../model/configuration.ts';
import type { FenceResult } from '../model/operation.ts';
import type { PlannedAction } from '../model/plan.ts';
import type { ClusterState } from '../cluster/state.ts';
import {
  apply,
  configure,
  fenced,
  n1,
  n2,
  n3,
  openView,
  planCommand,
  probedNodes,
} from '../cluster/testing/cluster.ts';
import { fencePlan } from '../fencing/choose.ts';
import { action } from '../cluster/testing/cluster.ts';
import { carryOutFencing, endFence } from './fences.ts';
import { lead } from './lead.ts';
import type { NodeState, Step } from './state.ts';
import { again, clocks, kinds, nodeOf, submitted } from './testing/hand.ts';
import { plainFenceDevice } from '../model/testing/fence-device.ts';

const device = (more: Partial<FenceDevice> = {}): FenceDevice => ({
  ...plainFenceDevice,
  id: 'ipmi',
  agent: 'fence_ipmilan',
  parameters: { ip: '10.0.0.9', password: 'secret:ipmi' },
  hosts: { n3: 'slot 3' },
  ...more,
});

/** n3 is lost, and the plan wants it fenced. */
function lost(more: Partial<FenceDevice> = {}): ClusterState {
  const state = openView(probedNodes({ fenceDevices: [device(more)] }), {
    stay: 'n1 n2',
    left: { n3: 'node-down' },
  });
  return apply(state, planCommand(state, 'fence n3 -> start web n1'));
}

function begun(
  more: Partial<FenceDevice> = {},
  executor = n1,
  fence: Partial<PlannedAction> = {},
): ClusterState {
  const request = fencePlan(lost(more), { ...action('fence n3'), ...fence }, executor, 1);
  if (request === undefined) throw new Error('somebody must be able to shoot');
  return apply(lost(more), { kind: 'fence-begin', request });
}

const turn = (node: NodeState, nowMs = 0): Step => carryOutFencing(node, clocks(nowMs));
const requestId = (state: ClusterState): string => state.fencing.active[0]?.id ?? '';
const ended = (state: ClusterState, more: Partial<FenceResult> = {}): FenceResult => ({
  requestId: requestId(state),
  outcome: { kind: 'ok' },
  durationMs: 900.4,
  output: '',
  ...more,
});

describe('the leader', () => {
  it('asks for a shooting that the plan is ready for, once', () => {
    const asked = turn(nodeOf(lost()));
    expect(submitted(asked.node)).toMatchObject([
      {
        kind: 'fence-begin',
        request: { target: 'n3', device: 'ipmi', executor: 'n1', method: 'reboot', attempt: 1 },
      },
    ]);
    expect(submitted(turn(again(asked, nodeOf(lost()))).node)).toHaveLength(1);
  });

  it('does not ask when the view may not act, has no quorum, or another one leads', () => {
    const [acting, quorate] = [lost(), lost()].map((state) => state);
    for (const state of [
      { ...(acting as ClusterState), acting: false },
      { ...(quorate as ClusterState), quorate: false },
    ]) {
      expect(submitted(turn(nodeOf(state)).node)).toEqual([]);
    }
    expect(submitted(turn(nodeOf(lost(), { dc: n2 })).node)).toEqual([]);
  });

  it('does not ask while one is open, nor before what is ordered first is complete', () => {
    expect(submitted(turn(nodeOf(begun())).node)).toEqual([]);
    const state = lost();
    const later = apply(state, planCommand(state, 'stop web n2 -> fence n3'));
    expect(submitted(turn(nodeOf(later)).node)).toEqual([]);
  });

  it('pauses after failures by a clock that never steps, whatever the time of day says', () => {
    const failed = apply(begun(), fenced(begun(), false));
    const state = apply(failed, planCommand(failed, 'fence n3'));
    const pauseMs = (state.fencing.retryAt[n3] ?? 0) - state.time;
    const noticed = lead(nodeOf(state), clocks(50_000, 0)).node;
    const asks = (nowMs: number): number => submitted(turn(noticed, nowMs).node).length;
    expect([asks(50_000 + pauseMs - 1), asks(50_000 + pauseMs)]).toEqual([0, 1]);
    expect(submitted(turn(nodeOf(state), 1e9).node)).toEqual([]);
  });
});

describe('the node that shoots', () => {
  it('does not, once the quorum service has said no, whatever view still is open', () => {
    const node = nodeOf(begun());
    expect(turn(node).effects).toMatchObject([{ kind: 'log' }, { kind: 'run-fence' }]);
    expect(turn({ ...node, isQuorumGone: true }).effects).toEqual([]);
  });

  it('runs the agent once, with the name that the device knows', () => {
    const shot = turn(nodeOf(begun()));
    expect(shot.effects.at(-1)).toMatchObject({
      kind: 'run-fence',
      request: {
        device: 'ipmi',
        agent: 'fence_ipmilan',
        action: 'reboot',
        port: 'slot 3',
        target: 'n3',
      },
    });
    expect(kinds(turn(shot.node))).toEqual([]);
  });

  it('is the one that the request names', () => {
    expect(kinds(turn(nodeOf(begun({}, n2))))).toEqual([]);
  });

  it('does not shoot in a view that may not act or has lost quorum', () => {
    expect(kinds(turn(nodeOf({ ...begun(), acting: false })))).toEqual([]);
    expect(kinds(turn(nodeOf({ ...begun(), quorate: false })))).toEqual([]);
    expect(kinds(turn(nodeOf(begun(), { quorate: false })))).toEqual([]);
  });

  it('does not shoot before it knows what it has missed; a full disk keeps it from nothing', () => {
    const gathering = { kind: 'gathering', waitsFor: [n1] } as const;
    expect(kinds(turn(nodeOf(begun(), { phase: gathering })))).toEqual([]);
    const full = { kind: 'disk-failed', reason: 'no space' } as const;
    const shot = turn(nodeOf(begun(), { phase: full }));
    expect(kinds(shot)).toContain('run-fence');
    const told = turn(endFence(shot.node, ended(begun())));
    expect(submitted(told.node).map((command) => command.kind)).toEqual(['fence-end']);
  });

  it('waits for the delay of the device and for that of the plan (priority-fencing-delay)', () => {
    const late = begun({ delayMs: 3000 }, n1, { fenceDelayMs: 5000 });
    const waiting = turn(nodeOf(late), 10_000);
    expect(kinds(waiting)).toEqual([]);
    expect(kinds(turn(waiting.node, 17_999))).toEqual([]);
    expect(kinds(turn(waiting.node, 18_000))).toContain('run-fence');
  });

  it('waits for the delay of the device', () => {
    const waiting = turn(nodeOf(begun({ delayMs: 3000 })), 10_000);
    expect(kinds(waiting)).toEqual([]);
    expect(kinds(turn(waiting.node, 12_999))).toEqual([]);
    expect(kinds(turn(waiting.node, 13_000))).toEqual(['run-fence']);
  });

  it('tells the end until it is taken', () => {
    const state = begun();
    const running = turn(nodeOf(state)).node;
    const told = turn(endFence(running, ended(state)));
    expect(submitted(told.node)).toMatchObject([
      { kind: 'fence-end', id: requestId(state), ok: true, text: 'ok', durationMs: 900 },
    ]);
    expect(submitted(turn(again(told, running)).node)).toHaveLength(1);
  });

  it('counts only a success: not an answer about power, not a failure', () => {
    const state = begun();
    const say = (outcome: FenceResult['outcome']): unknown =>
      submitted(turn(endFence(turn(nodeOf(state)).node, ended(state, { outcome }))).node)[0];
    expect(say({ kind: 'status', power: 'off' })).toMatchObject({
      ok: false,
      text: 'power is off',
    });
    const long = say({ kind: 'failed', reason: 'x'.repeat(50_000) }) as {
      ok: boolean;
      text: string;
    };
    expect(long.ok).toBe(false);
    expect(long.text.length).toBeLessThan(2000);
  });

  it('says at once that a device is gone, or that the target is there again', () => {
    const without = apply(begun(), configure());
    const back = openView(begun(), { stay: 'n1 n2', join: 'n3/2b' });
    const say = (state: ClusterState): unknown => {
      const step = turn(nodeOf(state));
      expect(kinds(step)).toEqual([]);
      return submitted(step.node)[0];
    };
    expect(say(without)).toMatchObject({
      ok: false,
      text: 'the device ipmi is not configured any more',
    });
    expect(say(back)).toMatchObject({ ok: false, text: 'n3 has come back meanwhile' });
  });

  it('forgets what was closed without it, but not an agent that still runs', () => {
    const running = turn(nodeOf(begun())).node;
    const closed = { ...running, cluster: lost() };
    const still = turn(closed).node;
    expect(Object.keys(still.fences)).toEqual([requestId(begun())]);
    const over = turn({
      ...endFence(still, ended(begun())),
      cluster: lost(),
      view: closed.view,
    }).node;
    expect(over.fences).toEqual({});
  });
});

describe('what the agent printed', () => {
  const told = (output: string) => {
    const state = begun();
    const node = endFence(turn(nodeOf(state)).node, ended(state, { output }));
    return submitted(turn(node).node)[0];
  };

  it('goes with the report into the history, its end where it is long', () => {
    expect(told('connecting …\npower is off\n')).toMatchObject({
      kind: 'fence-end',
      output: 'connecting …\npower is off\n',
    });
    const long = told(`begin${'x'.repeat(9000)}end`);
    expect(long).toMatchObject({ output: `${'x'.repeat(8189)}end` });
  });

  it('is not there where it printed nothing', () => {
    expect(told(' \n')).not.toHaveProperty('output');
  });

  it('is kept of the last twenty only: a fencing that fails all night fills no state', () => {
    let state = lost();
    for (let round = 0; round < 25; round += 1) {
      const request = fencePlan(state, action('fence n3'), n1, round);
      state = apply(state, { kind: 'fence-begin', request: request! });
      const id = requestId(state);
      const end = { kind: 'fence-end', id, ok: false, text: 'no', durationMs: 1 } as const;
      state = apply(state, { ...end, output: `run ${round}` });
    }
    const outputs = state.fencing.ended.map(({ output }) => output);
    expect(outputs).toHaveLength(25);
    expect(outputs.filter((output) => output === undefined)).toHaveLength(5);
    expect(outputs.at(-1)).toBe('run 24');
  });
});
