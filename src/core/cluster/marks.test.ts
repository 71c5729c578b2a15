import { describe, expect, it } from 'vitest';
import { resourceId, wallMs } from '../model/ids.ts';
import type { Command } from './commands.ts';
import type { Mark } from './marks.ts';
import type { ClusterState } from './state.ts';
import {
  applied,
  apply,
  carryOut,
  clone,
  configure,
  fenced,
  fenceRequest,
  group,
  lastWords,
  monitorSays,
  n1,
  n2,
  nodeOf,
  openView,
  planCommand,
  probedNodes,
  results,
  threeNodes,
} from './testing/cluster.ts';

const web = resourceId('web');
const common = { by: 'anna', setAt: wallMs(0) } as const;
const standby: Mark = { kind: 'node-standby', id: 'standby:n1', node: n1, ...common };
const set = (mark: Mark): Command => ({ kind: 'set-mark', mark });
const marks = (state: ClusterState): readonly string[] => Object.keys(state.marks);

describe('a mark', () => {
  it('is dated with replicated time, told, and asks for a decision', () => {
    const before = probedNodes();
    const state = apply(before, set(standby));
    expect(state.marks['standby:n1']).toEqual({ ...standby, setAt: state.time });
    expect(lastWords(state)).toEqual(['anna: n1 in standby']);
    expect(state.decision.wanted).toBe(before.decision.wanted + 1);
  });

  it('tells what an agent has set for good, shortened', () => {
    const value = 'x'.repeat(100);
    const mark: Mark = {
      kind: 'node-attribute',
      id: 'a',
      node: n1,
      name: 'gtid',
      value,
      ...common,
    };
    const note: Mark = { kind: 'cluster-attribute', id: 'b', name: 'info', value: '7', ...common };
    const state = apply(probedNodes(), set(mark), set(note));
    expect(lastWords(state)).toEqual(['anna: attribute info of the cluster is "7"']);
    expect(state.marks['a']).toMatchObject({ value });
    const told = state.story.map(({ text }) => text);
    expect(told).toContain(`anna: attribute gtid of n1 is "${'x'.repeat(64)}…"`);
  });

  it('replaces one of the same thing', () => {
    const later = { ...standby, expiresAt: wallMs(9_000_000) };
    const state = apply(probedNodes(), set(standby), set(later));
    expect(state.marks['standby:n1']).toMatchObject({ expiresAt: 9_000_000 });
    expect(marks(state)).toHaveLength(1);
  });

  it('is taken back by its name, once', () => {
    const state = apply(probedNodes(), set(standby));
    const clear: Command = { kind: 'clear-mark', id: 'standby:n1', by: 'bert' };
    const cleared = apply(state, clear);
    expect(marks(cleared)).toEqual([]);
    expect(lastWords(cleared)).toEqual(['bert: ended "n1 in standby"']);
    expect(cleared.decision.wanted).toBe(state.decision.wanted + 1);
    const twice = applied(cleared, clear);
    expect(twice.answer).toEqual({
      refused: 'there is no mark "standby:n1" (it may have ended by itself)',
    });
    expect(twice.state.decision).toEqual(cleared.decision);
  });

  it('survives a configuration, a view and a restart', () => {
    const state = apply(probedNodes(), set(standby), configure());
    expect(marks(openView(state, { stay: 'n1 n2' }))).toEqual(['standby:n1']);
  });
});

describe('a mark with an end', () => {
  const until = (ms: number): ClusterState =>
    apply(probedNodes(), set({ ...standby, expiresAt: wallMs(ms) }));
  const pass = (ms: number): Command => ({ kind: 'time-passed', until: wallMs(ms) });

  it('ends when that time has passed, and not before', () => {
    const state = until(9_000_000);
    expect(marks(apply(state, pass(8_999_999)))).toEqual(['standby:n1']);
    const ended = apply(state, pass(9_000_000));
    expect(marks(ended)).toEqual([]);
    expect(lastWords(ended)).toEqual(['"n1 in standby" ended by itself']);
    expect(ended.decision.wanted).toBeGreaterThan(state.decision.wanted);
  });

  it('ends without telling time backwards', () => {
    const state = apply(until(9_000_000), pass(1));
    expect(state.time).toBeGreaterThan(1);
    expect(marks(state)).toEqual(['standby:n1']);
  });
});

describe('a restart', () => {
  /** Restarts that have still to stop their resource. */
  const stopping = (state: ClusterState): readonly string[] =>
    Object.values(state.marks)
      .filter((mark) => mark.kind === 'restart' && mark.stopped !== true)
      .map((mark) => mark.id);

  const restart = (id: string): Command =>
    set({ kind: 'restart', id: `restart:${id}`, resource: resourceId(id), ...common });

  it('ends when the resource is stopped, and the start is decided then', () => {
    const state = apply(carryOut(probedNodes(), 'start web n1'), restart('web'));
    expect(stopping(state)).toEqual(['restart:web']);
    const planned = apply(state, planCommand(state, 'stop web n1'));
    expect(stopping(planned)).toEqual(['restart:web']);
    const stopped = apply(planned, results(planned, 'stop web n1'));
    expect(stopping(stopped)).toEqual([]);
    expect(stopped.decision.wanted).toBeGreaterThan(planned.decision.wanted);
  });

  it('of what does not run ends at once, instead of keeping it from running', () => {
    expect(stopping(apply(probedNodes(), restart('web')))).toEqual([]);
  });

  it('of what is just starting waits for it', () => {
    const starting = apply(probedNodes(), planCommand(probedNodes(), 'start web n1'));
    expect(stopping(apply(starting, restart('web')))).toEqual(['restart:web']);
  });

  it('waits for a copy on a lost node, and ends with its fencing', () => {
    const state = apply(carryOut(probedNodes(), 'start web n3'), restart('web'));
    const lost = openView(state, { stay: 'n1 n2', left: { n3: 'node-down' } });
    expect(stopping(lost)).toEqual(['restart:web']);
    const shot = apply(lost, fenceRequest(lost, 'n3'));
    expect(stopping(apply(shot, fenced(shot, true)))).toEqual([]);
  });

  it('of a group or a clone waits for all its members and instances', () => {
    const stack = { resources: [group('stack', 'web', 'db')] };
    const both = carryOut(probedNodes(stack), 'start web n1', 'start db n1');
    const grouped = apply(both, restart('stack'));
    expect(stopping(carryOut(grouped, 'stop db n1'))).toEqual(['restart:stack']);
    expect(stopping(carryOut(grouped, 'stop db n1', 'stop web n1'))).toEqual([]);
    const cloned = apply(
      carryOut(
        threeNodes({ resources: [clone('webs', 'web')] }),
        'start web:0 n1',
        'start web:1 n2',
      ),
      restart('webs'),
    );
    expect(stopping(carryOut(cloned, 'stop web:0 n1'))).toEqual(['restart:webs']);
    expect(stopping(carryOut(cloned, 'stop web:0 n1', 'stop web:1 n2'))).toEqual([]);
  });

  it('prefers where it ran once it is stopped, and ends when it runs again', () => {
    const stopped = carryOut(
      apply(carryOut(probedNodes(), 'start web n2'), restart('web')),
      'stop web n2',
    );
    expect(stopped.marks['restart:web']).toMatchObject({ stopped: true, returnTo: 'n2' });
    expect(marks(carryOut(stopped, 'start web n2'))).toEqual([]);
    expect(marks(carryOut(stopped, 'start web n1'))).toEqual([]);
  });
});

describe('cleaning up', () => {
  const failedOn = (state: ClusterState, resource: string, node = 'n1'): ClusterState => {
    const running = carryOut(state, `start ${resource} ${node}`, `monitor/10 ${resource} ${node}`);
    return apply(running, monitorSays(running, `monitor/10 ${resource} ${node}: 7`));
  };
  const failed = failedOn(failedOn(failedOn(probedNodes(), 'web'), 'db'), 'web', 'n2');
  const counts = (state: ClusterState, node = 'n1'): readonly string[] =>
    Object.keys(nodeOf(state, node).attributes).filter((name) => name.startsWith('fail-'));

  it('forgets the failures of one resource, on all nodes or on one', () => {
    const all = apply(failed, { kind: 'cleanup', resource: web, by: 'anna' });
    expect([counts(all), counts(all, 'n2')]).toEqual([['fail-count-db#monitor_10'], []]);
    const one = apply(failed, { kind: 'cleanup', resource: web, node: n2, by: 'anna' });
    expect([counts(one).length, counts(one, 'n2').length]).toEqual([2, 0]);
    expect(one.decision.wanted).toBe(failed.decision.wanted + 1);
  });

  it('forgets those of everything, and of a group through its name', () => {
    expect(counts(apply(failed, { kind: 'cleanup', by: 'anna' }))).toEqual([]);
    const stack = { resources: [group('stack', 'web', 'db')] };
    const grouped = apply(failed, configure(stack));
    const state = apply(grouped, { kind: 'cleanup', resource: resourceId('stack'), by: 'anna' });
    expect(counts(state)).toEqual([]);
  });

  it('lets what failed be looked for again, and leaves alone what runs', () => {
    const recovered = carryOut(failed, 'stop db n1', 'start db n1');
    const state = apply(recovered, { kind: 'cleanup', by: 'anna' });
    expect(nodeOf(state, 'n1').history['web']).toBeUndefined();
    expect(nodeOf(state, 'n1').history['db']?.operations.map((entry) => entry.id)).toEqual([
      'db_last_0',
    ]);
  });

  it('lets a stop that failed be looked for again', () => {
    const running = carryOut(probedNodes(), 'start web n1');
    const stopping = apply(running, planCommand(running, 'stop web n1'));
    const stuck = apply(stopping, results(stopping, 'stop web n1: 1'));
    const state = apply(stuck, { kind: 'cleanup', resource: web, by: 'anna' });
    expect(nodeOf(state, 'n1').history['web']).toBeUndefined();
    expect(nodeOf(state, 'n1').attributes).toEqual({});
  });

  it('does not forget what may run on a node that is away', () => {
    const lost = openView(failed, { stay: 'n1', left: { n2: 'node-down' } });
    const state = apply(lost, { kind: 'cleanup', by: 'anna' });
    expect(nodeOf(state, 'n2').history['web']).toBeDefined();
  });
});

describe('a mark whose resource is taken out of the configuration', () => {
  it('ends with it, and others stay', () => {
    const move = (id: string): Command =>
      set({ kind: 'move', id: `move:${id}`, resource: resourceId(id), to: n2, ...common });
    const marked = apply(apply(probedNodes(), move('web')), move('db'));
    const left = apply(marked, configure({ resources: [group('stack', 'db')] }));
    expect(marks(left)).toEqual(['move:db']);
    expect(left.story.at(-1)?.text).toContain('web is not configured any more');
  });
});

describe('a configuration', () => {
  it('has a version that rises, an author and a time', () => {
    const state = apply(probedNodes(), configure());
    expect(state.configuration).toMatchObject({
      version: 2,
      appliedBy: 'anna',
      appliedAt: state.time,
      source: '# yaml',
    });
  });

  it('is refused when another one came first, and then changes nothing', () => {
    const before = probedNodes();
    const late = applied(before, { ...configure(), expectedVersion: 0 } as Command);
    expect(late.answer).toEqual({
      refused:
        'the configuration has changed meanwhile: version 1 by anna is in force, not 0; ' +
        'look at it (holdfast export) and apply again',
    });
    expect({ ...late.state, time: before.time }).toEqual(before);
    const right = applied(before, { ...configure(), expectedVersion: 1 } as Command);
    expect(right.answer).toBeUndefined();
    expect(right.state.configuration.version).toBe(2);
  });
});

describe('tickets', () => {
  const ticket = (more: object): Command => ({
    kind: 'ticket',
    ticket: 'site',
    by: 'anna',
    ...more,
  });

  it('keep what is not said, and remember when they were last granted', () => {
    const granted = apply(probedNodes(), ticket({ granted: true }));
    const at = granted.time;
    const parked = apply(granted, ticket({ standby: true }));
    expect(parked.tickets['site']).toEqual({
      granted: true,
      standby: true,
      lastGrantedAt: parked.time,
    });
    const revoked = apply(parked, ticket({ granted: false }));
    expect(revoked.tickets['site']).toMatchObject({ granted: false, standby: true });
    expect(revoked.tickets['site']?.lastGrantedAt).toBeGreaterThanOrEqual(at);
    expect(lastWords(revoked)).toEqual(['anna: ticket site revoked']);
  });
});

describe('attributes of a node', () => {
  it('come, change and go; what says nothing new asks for nothing', () => {
    const say = (value?: string): Command => ({
      kind: 'attribute',
      node: n1,
      name: 'health',
      value,
    });
    const state = apply(probedNodes(), say('red'));
    expect(nodeOf(state, 'n1').attributes).toEqual({ health: 'red' });
    expect(apply(state, say('red')).decision).toEqual(state.decision);
    expect(nodeOf(apply(state, say()), 'n1').attributes).toEqual({});
  });
});
