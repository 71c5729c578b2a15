import { describe, expect, it } from 'vitest';

import { parseUnmanaged, unmanagedText } from '../model/machines.ts';
import type { NodeCondition } from '../cluster/state.ts';
import { statusView } from './status.ts';
import { LOCAL, clusterOf, configured, node, primitive, viewOf } from './testing/states.ts';

describe('the words of an attribute', () => {
  it('are read as they were written, whatever the names are', () => {
    const all = ['shop', 'Web shop', 'a%20b'].map((name) => ({ kind: 'vm', name }) as const);
    expect(parseUnmanaged(unmanagedText(all))).toEqual({ named: all, more: 0 });
    expect(unmanagedText([])).toBeUndefined();
  });

  it('have a limit, and what is none of ours is left out', () => {
    const many = Array.from({ length: 30 }, (_, index) => ({
      kind: 'container' as const,
      name: `c${index}`,
    }));
    expect(parseUnmanaged(unmanagedText(many))).toMatchObject({ more: 10 });
    expect(parseUnmanaged('vm: tool:x ++ vm:a +x')).toEqual({
      named: [{ kind: 'vm', name: 'a' }],
      more: 0,
    });
  });
});

describe('machines that nobody manages', () => {
  const web = configured([primitive('web')]);
  const said = (words: readonly string[], condition: NodeCondition = 'online', local = LOCAL) => {
    const nodes = words.map((value, index) =>
      node(`n${index + 1}`, { condition, attributes: { '#machines': value } }),
    );
    const { alarms } = statusView(clusterOf(nodes, { configuration: web }), viewOf(['n1']), local);
    return alarms.filter(({ text }) => text.includes('not managed'));
  };

  it('are suggested for adoption, by node and kind, with the command', () => {
    expect(said(['vm:shop vm:db container:web', 'vm:wiki'])).toEqual([
      {
        severity: 'info',
        text: '2 machines on n1 are not managed: shop and db.',
        advice: 'holdfast adopt --vms --dry-run (--ignore NAME ends this)',
      },
      {
        severity: 'info',
        text: '1 container on n1 is not managed: web.',
        advice: 'holdfast adopt --containers --dry-run (--ignore NAME ends this)',
      },
      {
        severity: 'info',
        text: '1 machine on n2 is not managed: wiki.',
        advice: 'holdfast adopt --vms --dry-run (--ignore NAME ends this)',
      },
    ]);
  });

  it('are not all named, are said once where daemons share a machine, and not of a lost node', () => {
    expect(said(['vm:a vm:b vm:c vm:d vm:e vm:f +7'])[0]?.text).toBe(
      'At least 6 machines on n1 are not managed: a, b, c, d and 2 more.',
    );
    expect(said(['vm:a', 'vm:a'])).toHaveLength(2);
    expect(said(['vm:a', 'vm:a'], 'online', { ...LOCAL, engine: 'local' })).toHaveLength(1);
    expect(said(['vm:a'], 'held')).toEqual([]);
  });
});
