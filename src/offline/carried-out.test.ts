import { expect, test } from 'vitest';
import { wallMs } from '../core/model/ids.ts';
import type { Picture } from '../core/model/picture.ts';
import { schedule } from '../core/scheduler/schedule.ts';
import { carriedOut } from './carried-out.ts';
import { pictureOfYaml } from './inputs.ts';
import { currentSituation } from './situation.ts';
import { whatIf } from './what-if.ts';

const now = wallMs(1_782_864_000_000);

const YAML = `cluster: shop
nodes: { n1: , n2: , n3: }
fencing: { devices: { power: { agent: fence_lab } } }
resources:
  web:
    group:
      address: { agent: ocf:heartbeat:IPaddr2, parameters: { ip: 192.0.2.1 }, monitor: 10s }
      server: { agent: ocf:heartbeat:nginx, monitor: 10s }
  database:
    clone:
      pgsql:
        agent: ocf:heartbeat:pgsql
        operations:
          monitor: [{ interval: 10s, role: Promoted }, { interval: 11s, role: Unpromoted }]
    promotable: true
    meta: { notify: true }
constraints:
  - colocate: web
    with: database
    with-role: Promoted
  - order: [promote database, start web]
`;

function running(): Picture {
  const read = pictureOfYaml(YAML, 'cluster.yaml');
  if ('errors' in read) throw new Error(read.errors.join());
  return carriedOut(read.picture, now);
}

const kinds = (picture: Picture): readonly string[] =>
  schedule(picture, now)
    .actions.filter(({ pseudo, kind }) => !pseudo && kind !== 'monitor' && kind !== 'notify')
    .map(({ kind, instance = '', node = '' }) => `${kind} ${instance} ${node}`.replace('  ', ' '));

test('everything runs, the clone is promoted once, and nothing is left to be done', () => {
  const picture = running();
  expect(schedule(picture, now).actions).toEqual([]);
  const { resources } = currentSituation(picture, now);
  const states = resources
    .flatMap(({ children }) => children)
    .flatMap(({ name, running: places }) => places.map(({ role }) => `${name} ${role}`));
  expect(states.toSorted()).toEqual([
    'address Started',
    'pgsql Promoted',
    'pgsql Unpromoted',
    'pgsql Unpromoted',
    'server Started',
  ]);
});

test('then a node fails: it is fenced, another is promoted, and the rest follows', () => {
  const changed = whatIf(running(), [{ kind: 'node-down', node: 'n1' }], now);
  if ('error' in changed) throw new Error(changed.error);
  const done = kinds(changed.picture);
  expect(done).toEqual(
    expect.arrayContaining(['fence n1', 'promote pgsql n2', 'start address n2', 'start server n2']),
  );
  const after = carriedOut(changed.picture, now);
  expect(kinds(after)).toEqual([]);
  expect(currentSituation(after, now).nodes.map(({ states }) => states[0])).toEqual([
    'offline',
    'online',
    'online',
  ]);
});

test('a cleanup, a move and a stop are carried out as well', () => {
  const failed = whatIf(
    running(),
    [{ kind: 'operation-failed', resource: 'address', node: 'n1' }],
    now,
  );
  if ('error' in failed) throw new Error(failed.error);
  expect(kinds(failed.picture)).toContain('stop address n1');
  expect(kinds(carriedOut(failed.picture, now))).toEqual([]);
  const stopped = whatIf(running(), [{ kind: 'stop', resource: 'web' }], now);
  if ('error' in stopped) throw new Error(stopped.error);
  expect(kinds(stopped.picture)).toEqual(
    expect.arrayContaining(['stop address n1', 'stop server n1']),
  );
  expect(kinds(carriedOut(stopped.picture, now))).toEqual([]);
});
