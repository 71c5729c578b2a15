import { describe, expect, it } from 'vitest';
import type { Primitive } from '../model/configuration.ts';
import { incarnation, resourceId } from '../model/ids.ts';
import type { AgentName, Containment, OperationOutcome } from '../model/operation.ts';
import { isMoreThanProcesses } from '../model/more-than-processes.ts';
import { isContained, mayBeContained } from './containment.ts';
import { emptyConfiguration } from './machine.ts';
import type { Command } from './commands.ts';
import { otherCopies } from './safety.ts';
import type { ClusterState } from './state.ts';
import {
  apply,
  carryOut,
  n2,
  nodeOf,
  planCommand,
  probedNodes,
  results,
} from './testing/cluster.ts';

const exited = (exitCode: number): OperationOutcome => ({
  kind: 'exited',
  exitCode,
  exitReason: '',
});
const proof: Containment = { isWhole: true, found: 3, left: [], monitor: exited(7) };

describe('contained', () => {
  it('is what had all its processes in its cgroup, has none there, and is not found', () => {
    expect(isContained(proof)).toBe(true);
  });

  it.each<[string, Partial<Containment>]>([
    ['it was not there as a whole', { isWhole: false }],
    ['a process is left', { left: [17] }],
    ['its monitor says that it runs', { monitor: exited(0) }],
    ['its monitor says that it is promoted', { monitor: exited(8) }],
    ['its monitor fails', { monitor: exited(1) }],
    ['its agent is gone', { monitor: { kind: 'not-run', exitCode: 5, reason: 'gone' } }],
    ['its monitor hangs', { monitor: { kind: 'timed-out' } }],
  ])('is nothing of which %s', (_words, wrong) => {
    expect(isContained({ ...proof, ...wrong })).toBe(false);
  });

  it('is nothing of which nobody has asked the monitor', () => {
    const { monitor: _unasked, ...silent } = proof;
    expect(isContained(silent)).toBe(false);
  });
});

describe('a stop that failed', () => {
  const before = carryOut(probedNodes(), 'start web n1');
  const stopping = apply(before, planCommand(before, 'stop web n1 -> start web n2'));
  const report = (containment?: Containment): Command =>
    results(stopping, 'stop web n1: timed-out', containment && { containment });
  const ended = (containment?: Containment): ClusterState => apply(stopping, report(containment));
  const told = (state: ClusterState): readonly string[] => state.story.map(({ text }) => text);

  it('and is contained counts as done: what waits for it goes on', () => {
    const state = ended(proof);
    expect(state.transition?.states).toEqual(['done', 'ready']);
    expect(nodeOf(state, 'n1').attributes).toEqual({});
    expect(otherCopies(state, resourceId('web'), n2)).toEqual([]);
    expect(told(state).slice(-4)).toEqual([
      'stop of web on n1: timed out',
      'containment of web on n1: 3 processes killed, none is left',
      'containment of web on n1: its monitor says: not running (exit 7)',
      'containment of web on n1: nothing of it runs there, as after a stop',
    ]);
  });

  it('and is not contained has failed as without, and the story says why', () => {
    const state = ended({ ...proof, monitor: exited(0) });
    expect(state.transition?.states).toEqual(['failed', 'dropped']);
    expect(state.transition?.states).toEqual(ended().transition?.states);
    expect(nodeOf(state, 'n1').attributes).toEqual(nodeOf(ended(), 'n1').attributes);
    expect(otherCopies(state, resourceId('web'), n2)).toHaveLength(1);
    expect(told(state).at(-1)).toContain('its monitor does not say that it is gone');
  });

  it('of another incarnation says nothing, however well it is contained', () => {
    const old = { ...report(proof), incarnation: incarnation('n1 0') } as Command;
    expect(told(apply(stopping, old))).toEqual(told(stopping));
    expect(apply(stopping, old).transition).toEqual(stopping.transition);
  });

  it('counts for nothing but a stop', () => {
    const start = results(stopping, 'start web n1: timed-out', { containment: proof });
    expect(nodeOf(apply(stopping, start), 'n1').attributes).not.toEqual({});
  });
});

describe('may be contained', () => {
  const heartbeat = (type: string): AgentName => ({ class: 'ocf', provider: 'heartbeat', type });
  const web = (agent: AgentName, word?: string, more: Partial<Primitive> = {}): Primitive => ({
    kind: 'primitive',
    id: resourceId('web'),
    agent,
    meta: word === undefined ? [] : [{ id: 'm', score: 0, values: { containment: word } }],
    parameters: [],
    utilization: [],
    operations: [],
    ...more,
  });
  const may = (agent: AgentName, word?: string, more: Partial<Primitive> = {}): boolean => {
    const resources = [web(agent, word, more)];
    const meta = [{ id: 't', score: 0, values: { containment: 'processes' } }];
    const template = { id: 'yes', meta, parameters: [], utilization: [], operations: [] };
    return mayBeContained(
      { ...emptyConfiguration, resources, templates: [template] },
      'web:1',
      agent,
    );
  };

  it('a program of one’s own and a service of systemd, unless it is said otherwise', () => {
    for (const agentClass of ['command', 'systemd']) {
      expect(may({ class: agentClass, type: 'web' })).toBe(true);
      expect(may({ class: agentClass, type: 'web' }, 'none')).toBe(false);
    }
  });

  it('an OCF agent and an init script only where it is said, there or in the template', () => {
    for (const agent of [heartbeat('nginx'), { class: 'lsb', type: 'nginx' }]) {
      expect(may(agent)).toBe(false);
      expect(may(agent, 'none')).toBe(false);
      expect(may(agent, 'processes')).toBe(true);
      expect(may(agent, undefined, { template: 'yes' })).toBe(true);
    }
  });

  it('neither addresses, mounts, exports, volumes, devices, machines, whatever is said', () => {
    const never = ['IPaddr2', 'Filesystem', 'exportfs', 'nfsserver', 'LVM-activate', 'iSCSITarget'];
    const others = ['drbd', 'podman', 'VirtualDomain', 'mdraid', 'aws-vpc-move-ip'];
    const isTaken = (type: string): boolean => may(heartbeat(type), 'processes');
    expect([...never, ...others].filter(isTaken)).toEqual([]);
    const classes = ['systemd:srv.mount', 'vm:', 'stonith:fence_x'].map((text) => {
      const [agentClass = '', type = ''] = text.split(':');
      return { class: agentClass, type };
    });
    expect(classes.filter((agent) => may(agent, 'processes'))).toEqual([]);
    const harmless = ['nginx', 'apache', 'pgsql', 'mariadb', 'Dummy', 'anything'];
    expect(harmless.filter((type) => isMoreThanProcesses(heartbeat(type)))).toEqual([]);
  });
});
