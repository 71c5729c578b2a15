/** Machines and containers that move at the same time meet at no port: each move has a number of its own. */
import { expect, test } from 'vitest';
import { wallMs } from '../../model/ids.ts';
import { schedule } from '../schedule.ts';
import { parsePicture } from '../testing/notation.ts';

const names = ['alpha', 'beta', 'gamma', 'delta'];

function slots(agentClass: string): readonly (string | undefined)[] {
  const lines = ['node n1 dc standby', 'node n2', 'device fence-all'];
  for (const name of names) {
    lines.push(`primitive ${name} allow-migrate=true`, `running ${name} n1`);
  }
  const picture = parsePicture(lines.join('\n'));
  const agent = { class: agentClass, type: '' };
  const resources = picture.configuration.resources.map((resource) =>
    resource.kind === 'primitive' ? { ...resource, agent } : resource,
  );
  const nodes = picture.status.nodes.map((node) => ({
    ...node,
    history: node.history.map((known) => ({ ...known, agent })),
  }));
  const configuration = { ...picture.configuration, resources };
  const at = wallMs(1_800_000_000_000);
  const { actions } = schedule(
    { ...picture, configuration, status: { ...picture.status, nodes } },
    at,
  );
  const moves = actions.filter(({ kind }) => kind === 'migrate_to');
  expect(moves).toHaveLength(names.length);
  return moves.map(({ operation }) => operation?.meta['migrate_slot']);
}

test('of its own', () => {
  expect(new Set(slots('vm'))).toEqual(new Set(['0', '1', '2', '3']));
});

test('other agents move without', () => {
  expect(slots('lsb')).toEqual(names.map(() => undefined));
});
