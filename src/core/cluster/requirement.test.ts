import { expect, test } from 'vitest';
import type { Configuration } from '../model/configuration.ts';
import { resourceId } from '../model/ids.ts';
import { needsAccess } from './requirement.ts';
import { clone, configuration, group, primitive } from './testing/cluster.ts';

const meta = (requires: string, more = {}) => [
  { id: 'm', score: 0, values: { requires }, ...more },
];
const rule = { kind: 'rule' } as never;

test.each<[string, Partial<Configuration>, string, boolean]>([
  ['nobody says anything', {}, 'web', true],
  ['it says so itself', { resources: [primitive('a', { meta: meta('fencing') })] }, 'a', false],
  ['the default says so', { resourceDefaults: meta('quorum') }, 'web', false],
  [
    'its group counts more than the default',
    {
      resources: [{ ...group('g', 'a'), meta: meta('fencing') }],
      resourceDefaults: meta('unfencing'),
    },
    'a',
    false,
  ],
  [
    'an instance of a clone',
    { resources: [{ ...clone('c', 'a'), meta: meta('nothing') }] },
    'a:3',
    false,
  ],
  [
    'its template counts more than its group',
    {
      resources: [
        {
          ...group('g'),
          members: [primitive('a', { template: 't' })],
          meta: meta('quorum'),
        } as never,
      ],
      templates: [{ ...primitive('t'), id: 't', meta: meta('unfencing') }],
    },
    'a',
    true,
  ],
  [
    'a rule decides: the scheduler knows',
    { resourceDefaults: meta('fencing', { rule }) },
    'web',
    false,
  ],
])('%s', (_, more, id, needed) => {
  expect(needsAccess(configuration(more), resourceId(id))).toBe(needed);
});
