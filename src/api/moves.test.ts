/** Moving by command, as a client asks for it: live or refused, taken back, never to where it is. */
import { describe, expect, it } from 'vitest';
import { nodeName, resourceId } from '../core/model/ids.ts';
import {
  action,
  chain,
  clusterOf,
  configured,
  histories,
  history,
  node,
  primitive,
} from '../core/view/testing/states.ts';
import type { ClusterState } from '../core/cluster/state.ts';
import type { PlannedAction } from '../core/model/plan.ts';
import type { Problem } from './problem.ts';
import { moveByCommand } from './moves.ts';
import type { MoveBody } from './moves.ts';
import { testBackend } from './testing/backend.ts';

const vm = primitive('vm', { agent: { class: 'vm', type: '' } });
const stubborn = { ...vm, meta: [{ id: 'meta', score: 0, values: { 'allow-migrate': 'no' } }] };
const agents = { vm: vm.agent, web: primitive('web').agent };
const told = (name: 'vm' | 'web', what: string) => ({
  ...history(name, what),
  agent: agents[name] ?? { class: '', type: '' },
});
const both = (what: string) => histories(told('vm', what), told('web', what));
const withoutFencing = [{ id: 'options', score: 0, values: { 'fencing-enabled': 'false' } }];

function running(resource = vm, more: Partial<ClusterState> = {}): ClusterState {
  const configuration = configured([resource, primitive('web')]);
  const model = { ...configuration.model, options: withoutFencing };
  const state = clusterOf(
    [node('n1', { history: both('start 0') }), node('n2', { history: both('monitor 7') })],
    { configuration: { ...configuration, model }, ...more },
  );
  const placements = [resource.id, resourceId('web')].map((id) => ({
    resource: id,
    node: nodeName('n1'),
    role: 'Started' as const,
  }));
  return { ...state, decision: { ...state.decision, placements } };
}

/** It is being sent to n2. */
const sentBy = (agent: PlannedAction['agent'], state: 'waiting' | 'ready') => {
  const [migrateSource, migrateTarget] = [nodeName('n1'), nodeName('n2')];
  const sent = action('migrate_to vm n1', 0, {
    ...(agent && { agent }),
    migrateSource,
    migrateTarget,
  });
  return running(vm, { transition: chain([sent, state]) });
};
const moving = sentBy(vm.agent, 'ready');

async function asked(state: ClusterState, id: string, body: MoveBody) {
  const backend = testBackend(state);
  const answer = await moveByCommand(backend, id, body, 'anna').then(
    ({ text }) => text,
    (problem: Error) => `refused: ${problem.message}`,
  );
  return { answer, mark: backend.cluster().marks[`move:${id}`] };
}

describe('a move by command', () => {
  it('says that it will be live, where that is possible at all', async () => {
    const { answer } = await asked(running(), 'vm', { to: 'n2' });
    expect(answer).toBe('vm is moved to n2. vm moves while it runs.');
    expect((await asked(running(), 'web', { to: 'n2' })).answer).toBe('web is moved to n2.');
  });

  it('says of a machine that it stops and starts, and why', async () => {
    const { answer } = await asked(running(stubborn), 'vm', { to: 'n2' });
    expect(answer).toBe('vm is moved to n2. vm stops and starts: allow-migrate is no.');
  });

  it('that is refused names the command that does it all the same', async () => {
    const advice = (wanted: MoveBody): Promise<unknown> =>
      moveByCommand(testBackend(running(stubborn)), 'vm', wanted, 'anna').catch(
        ({ body }: Problem) => body.advice,
      );
    const words = 'without --live it is stopped and started: holdfast resource move vm';
    expect(await advice({ to: 'n2', live: true })).toBe(`${words} n2`);
    expect(await advice({ live: true })).toBe(words);
  });

  it('that has to be live is refused where it would stop and start, and nothing is set', async () => {
    const refused = await asked(running(stubborn), 'vm', { to: 'n2', live: true });
    expect(refused.answer).toBe(
      'refused: vm would stop and start, not move live: allow-migrate is no.',
    );
    expect(refused.mark).toBeUndefined();
    const web = await asked(running(), 'web', { to: 'n2', live: true });
    expect(web.answer).toContain('its agent is not known to move it live');
    expect(await asked(running(), 'vm', { to: 'n2', live: true })).toMatchObject({
      mark: { to: 'n2' },
    });
  });

  it('that has to be live is refused where the node cannot take it', async () => {
    const standby = { ...running(), marks: {} };
    const nodes = { ...standby.nodes, n2: node('n2', { condition: 'down' }) };
    const { answer, mark } = await asked({ ...standby, nodes }, 'vm', {
      to: 'n2',
      live: true,
    });
    expect(answer).toContain('refused: ');
    expect(mark).toBeUndefined();
  });

  it('to the node where it runs is refused, unless that takes another move back', async () => {
    const same = await asked(running(), 'vm', { to: 'n1' });
    expect(same).toEqual({ answer: 'refused: vm runs on n1 already.', mark: undefined });
    expect((await asked(moving, 'vm', { to: 'n1' })).mark).toMatchObject({ to: 'n1' });
  });

  it('to the node where it runs keeps it from being moved away', async () => {
    const state = running();
    const leaving = { ...state, decision: { ...state.decision, placements: [] } };
    expect((await asked(leaving, 'vm', { to: 'n1' })).mark).toMatchObject({ to: 'n1' });
  });

  it('is taken back while it is under way: the source keeps it', async () => {
    const { answer, mark } = await asked(moving, 'vm', { cancel: true });
    expect([answer, mark]).toEqual([
      'The move of vm is given up: it stays on n1.',
      expect.objectContaining({ to: 'n1' }),
    ]);
  });

  it('that an agent of another class has begun is not taken back: it could not be interrupted', async () => {
    const domain = { class: 'ocf', provider: 'heartbeat', type: 'VirtualDomain' };
    const begun = await asked(sentBy(domain, 'ready'), 'vm', { cancel: true });
    expect(begun).toEqual({
      answer: expect.stringContaining('cannot be interrupted'),
      mark: undefined,
    });
    const waits = await asked(sentBy(domain, 'waiting'), 'vm', { cancel: true });
    expect(waits.mark).toMatchObject({ to: 'n1' });
  });

  it('that is not under way cannot be taken back, nor one from a node in standby', async () => {
    expect((await asked(running(), 'vm', { cancel: true })).answer).toContain('nothing to cancel');
    const standby = { kind: 'node-standby', id: 'standby:n1', node: nodeName('n1'), by: 'anna' };
    const leaving = { ...moving, marks: { 'standby:n1': { ...standby, setAt: 0 } } };
    const { answer, mark } = await asked(leaving as never, 'vm', { cancel: true });
    expect(answer).toContain('n1 is in standby');
    expect(mark).toBeUndefined();
    const work = { ...standby, kind: 'node-maintenance', id: 'm', evacuation: 'wanted', setAt: 0 };
    const evacuated = await asked({ ...moving, marks: { m: work } } as never, 'vm', {
      cancel: true,
    });
    expect(evacuated.answer).toContain('n1 is in standby');
  });
});
