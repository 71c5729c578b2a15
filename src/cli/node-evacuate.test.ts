import { describe, expect, it } from 'vitest';

import { testBackend } from '../api/testing/backend.ts';
import type { Mark } from '../core/cluster/marks.ts';
import { nodeName, wallMs } from '../core/model/ids.ts';
import { statusView } from '../core/view/status.ts';
import {
  LOCAL,
  NOON,
  clusterOf,
  configured,
  histories,
  history,
  node,
  primitive,
  viewOf,
} from '../core/view/testing/states.ts';
import { EXIT } from './exit.ts';
import { runCommand } from './testing/session.ts';
import { isEvacuated } from './wait.ts';

const cluster = clusterOf(
  [node('n1', { history: histories(history('web', 'monitor 7', 'start 0')) }), node('n2')],
  { configuration: configured([primitive('web')]) },
);

async function run(...words: readonly string[]) {
  const backend = testBackend(cluster);
  const ended = await runCommand(backend, ['node', ...words], { now: NOON, columns: 200 });
  return { ...ended, backend, marks: backend.cluster().marks };
}

const statusWith = (evacuation: 'wanted' | 'done') => {
  const mark: Mark = {
    kind: 'node-maintenance',
    id: 'maintenance-node:n1',
    node: nodeName('n1'),
    evacuation,
    by: 'anna',
    setAt: wallMs(NOON),
  };
  return statusView({ ...cluster, marks: { [mark.id]: mark } }, viewOf(['n1', 'n2']), LOCAL);
};

describe('holdfast node maintenance --evacuate', () => {
  it('sets one mark, which has no end of its own: work takes as long as it takes', async () => {
    const { text, code, marks } = await run('maintenance', 'n1', '--evacuate');
    expect(text).toContain('n1 is evacuated: everything moves away, then nothing is touched there');
    expect(code).toBe(EXIT.ok);
    expect(marks['maintenance-node:n1']).toMatchObject({ evacuation: 'wanted' });
    expect(marks['maintenance-node:n1']).not.toHaveProperty('expiresAt');
  });

  it('has the end that it is given', async () => {
    const { marks } = await run('maintenance', 'n1', '--evacuate', '--for', '2h');
    expect(marks['maintenance-node:n1']?.expiresAt).toBe(LOCAL.wallMs + 7_200_000);
  });

  it('without the word moves nothing, and ends after an hour', async () => {
    const { marks } = await run('maintenance', 'n1');
    expect(marks['maintenance-node:n1']).not.toHaveProperty('evacuation');
    expect(marks['maintenance-node:n1']?.expiresAt).toBe(LOCAL.wallMs + 3_600_000);
  });

  it('is taken back by node online, as both are', async () => {
    const { backend } = await run('maintenance', 'n1', '--evacuate');
    await runCommand(backend, ['node', 'online', 'n1'], { now: NOON });
    expect(backend.cluster().marks).toEqual({});
  });

  it('is seen: in standby while it moves, in maintenance when it is empty', () => {
    const shown = (evacuation: 'wanted' | 'done') => {
      const [first] = statusWith(evacuation).nodes;
      return `${first?.state}, ${first?.because}`;
    };
    expect(shown('wanted')).toBe('standby, evacuated by anna');
    expect(shown('done')).toBe('maintenance, set by anna');
    expect(statusWith('done').marks[0]?.text).toContain('n1 is empty and in maintenance');
    expect(statusWith('done').marks[0]?.undo).toBe('holdfast node online n1');
  });

  it('with --wait fails while it is not empty, and says why that can be', () => {
    const [unmet] = isEvacuated('n1')(statusWith('wanted'));
    expect(unmet?.text).toBe('n1 is not empty yet: it is standby, not in maintenance.');
    expect(unmet?.advice).toContain('what is not managed does not move');
    expect(isEvacuated('n1')(statusWith('done'))).toEqual([]);
  });
});
