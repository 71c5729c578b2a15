/** The whole cluster is stopped: who is asked, who comes back meanwhile, and when it is over. */
import { describe, expect, it } from 'vitest';
import type { ClusterState } from './state.ts';
import { apply, lastWords, nodeOf, openView, probedNodes } from './testing/cluster.ts';

const stop = (state: ClusterState): ClusterState =>
  apply(state, { kind: 'cluster-stop', by: 'anna' });
const leaving = (state: ClusterState): readonly string[] =>
  ['n1', 'n2', 'n3'].filter((name) => nodeOf(state, name).shutdownRequested);

describe('a stop of the whole cluster', () => {
  it('asks all nodes that are online at one point of the order', () => {
    const before = probedNodes();
    const state = stop(before);
    expect(leaving(state)).toEqual(['n1', 'n2', 'n3']);
    expect(state.stopping).toEqual({ by: 'anna', since: state.time });
    expect(state.decision.wanted).toBe(before.decision.wanted + 1);
    expect(lastWords(state)).toEqual([
      'anna: the whole cluster is stopped; all leave together: n1, n2, n3',
    ]);
  });

  it('asks nobody who is away, and whoever comes back meanwhile', () => {
    const away = openView(probedNodes(), { stay: 'n1 n2', left: { n3: 'process-down' } });
    const state = stop(away);
    expect(leaving(state)).toEqual(['n1', 'n2']);
    const back = openView(state, { stay: 'n1 n2', join: 'n3/2' });
    expect(leaving(back)).toEqual(['n1', 'n2', 'n3']);
    expect(lastWords(back)).toContain('n3 is to leave, too: anna stops the whole cluster');
    const same = openView(state, { stay: 'n1 n2 n3' });
    expect(leaving(same)).toEqual(['n1', 'n2', 'n3']);
  });

  it('goes on as long as one is left that was asked', () => {
    const one = openView(stop(probedNodes()), { stay: 'n3', join: 'n1/2 n2/2', acting: true });
    expect(leaving(one)).toEqual(['n1', 'n2', 'n3']);
    const alone = openView(stop(probedNodes()), { stay: 'n3', quorate: false });
    expect(alone.stopping).toBeDefined();
  });

  it('is over when all daemons have begun anew: a cluster that is started is not stopped again', () => {
    const started = openView(stop(probedNodes()), { stay: 'n1/2', join: 'n2/2 n3/2' });
    expect(leaving(started)).toEqual([]);
    expect(started).not.toHaveProperty('stopping');
  });

  it('asked for twice is one, of whoever was first', () => {
    const state = stop(probedNodes());
    const twice = apply(state, { kind: 'cluster-stop', by: 'bert' });
    expect(twice.stopping).toEqual(state.stopping);
  });
});
