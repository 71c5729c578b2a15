import { describe, expect, it } from 'vitest';

import { testBackend } from '../api/testing/backend.ts';
import type { AccessRole } from '../api/route.ts';
import type { ClusterState } from '../core/cluster/state.ts';
import {
  NOON,
  clusterOf,
  configured,
  group,
  histories,
  history,
  node,
  primitive,
  viewOf,
} from '../core/view/testing/states.ts';
import { EXIT } from './exit.ts';
import { runCommand } from './testing/session.ts';

const runs = (...names: readonly string[]) => ({
  history: histories(...names.map((name) => history(name, 'monitor 7', 'start 0'))),
});
const off = [{ id: 'm', score: 0, values: { 'is-managed': 'false' } }];
const cluster = (third: 'online' | 'held' | 'down' = 'online'): ClusterState =>
  clusterOf(
    [
      node('n1', runs('vm')),
      node('n2', runs('address', 'server', 'own')),
      node('n3', { condition: third, because: 'its daemon died; what runs there goes on' }),
    ],
    {
      configuration: configured([
        primitive('vm'),
        group('web', [primitive('address'), primitive('server')]),
        primitive('own', { meta: off }),
      ]),
    },
  );

async function stop(
  words: readonly string[],
  state = cluster(),
  more: { readonly access?: AccessRole; readonly quorate?: boolean } = {},
) {
  const { access = 'write', quorate = true } = more;
  const storeView = quorate
    ? viewOf(['n1', 'n2', 'n3'])
    : viewOf(['n1'], { phase: { kind: 'open', acting: false }, quorate: false });
  const backend = testBackend(state, { storeView });
  const ended = await runCommand(backend, ['cluster', 'stop', ...words], {
    now: NOON,
    columns: 200,
    access,
  });
  return { ...ended, backend };
}

describe('holdfast cluster stop --all', () => {
  it('asks all nodes by one command, and says how it comes back', async () => {
    const { text, code, backend } = await stop(['--all', '--yes']);
    expect(text).toContain('then n1, n2, n3 leave together.');
    expect(text).toContain('systemctl start holdfastd on each node');
    expect(text).toContain('no node leaves as long as it runs: own.');
    expect(code).toBe(EXIT.ok);
    expect(backend.commands.map(({ kind }) => kind)).toEqual(['cluster-stop']);
    const { nodes } = backend.cluster();
    expect(Object.values(nodes).every(({ shutdownRequested }) => shutdownRequested)).toBe(true);
  });

  it('says first what stops and what does not, and does nothing without agreement', async () => {
    const { text, code, backend } = await stop(['--all']);
    expect(text).toContain('These stop: vm, address, server.');
    expect(text).toContain('no node leaves as long as it runs: own.');
    expect(text).toContain('These nodes leave, then: n1, n2, n3.');
    expect(text).toContain('Nothing was stopped.');
    expect(code).toBe(EXIT.refused);
    expect(backend.commands).toEqual([]);
  });

  it('names who is away, and not who is down: nothing runs there', async () => {
    const held = await stop(['--all', '--yes'], cluster('held'));
    expect(held.text).toContain('n3 is away (held: its daemon died; what runs there goes on).');
    expect(held.text).toContain('They wait for who is away, until back or fenced.');
    expect((await stop(['--all'], cluster('held'))).text).toContain('n3 is away, what runs there');
    expect((await stop(['--all', '--yes'], cluster('down'))).text).not.toContain('n3');
  });

  it('is not done by one word too few', async () => {
    const { text, code, backend } = await stop(['--yes']);
    expect(text).toContain('say --all');
    expect(text).toContain('holdfast node stop NODE');
    expect(code).toBe(EXIT.usage);
    expect(backend.commands).toEqual([]);
  });

  it('is refused without quorum, with what can be done instead', async () => {
    const { text, code, backend } = await stop(['--all', '--yes'], cluster(), { quorate: false });
    expect(text).toContain('there is no quorum');
    expect(text).toContain('holdfast node stop --here');
    expect(code).toBe(EXIT.refused);
    expect(backend.commands).toEqual([]);
  });

  it('is for who may change something', async () => {
    const { code, backend } = await stop(['--all', '--yes'], cluster(), { access: 'read' });
    expect(code).not.toBe(EXIT.ok);
    expect(backend.commands).toEqual([]);
  });

  it('with --wait follows until the own daemon has ended', async () => {
    const backend = testBackend(cluster(), { storeView: viewOf(['n1', 'n2', 'n3']) });
    const words = ['cluster', 'stop', '--all', '--yes', '--wait', '--timeout', '1s'];
    const { code } = await runCommand(backend, words, { now: NOON, columns: 200 });
    expect(code).toBe(EXIT.timeout);
  });
});
