import { describe, expect, it } from 'vitest';

import { wallMs } from '../core/model/ids.ts';
import { NOON, clusterOf, configured, node, primitive } from '../core/view/testing/states.ts';
import type { StatusView } from '../core/view/types.ts';
import { createApi } from './server.ts';
import { testBackend } from './testing/backend.ts';

const cluster = clusterOf([node('n1'), node('n2')], {
  configuration: configured([primitive('web')]),
});

describe('streams', () => {
  async function* linesOf<T>(response: Response): AsyncGenerator<T, undefined> {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) yield JSON.parse(part) as T;
    }
  }

  it('of the status say each change, and end with the client', async () => {
    const backend = testBackend(cluster);
    const app = createApi({ backend, access: 'read', onError: () => undefined });
    const abort = new AbortController();
    const response = await app.request('/v1/status/follow', { signal: abort.signal });
    const seen = linesOf<StatusView>(response);
    expect((await seen.next()).value?.settled).toBe(true);
    const decision = { ...cluster.decision, wanted: 2 };
    setTimeout(() => backend.change({ ...cluster, decision }), 5);
    expect((await seen.next()).value?.settled).toBe(false);
    abort.abort();
    await seen.return(undefined);
  });

  it('of events go on from a number', async () => {
    const event = (number: number) => ({
      kind: 'node' as const,
      number,
      time: wallMs(NOON),
      text: '',
      severity: 'info' as const,
    });
    const backend = testBackend({ ...cluster, story: [event(1), event(2)], storyCount: 2 });
    const app = createApi({ backend, access: 'read', onError: () => undefined });
    const response = await app.request('/v1/events?after=1');
    const seen = linesOf<{ number: number }>(response);
    expect((await seen.next()).value?.number).toBe(2);
    setTimeout(() => backend.change({ ...cluster, story: [1, 2, 3].map(event), storyCount: 3 }), 5);
    expect((await seen.next()).value?.number).toBe(3);
    await seen.return(undefined);
  });
});
