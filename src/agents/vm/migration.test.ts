import { expect, test } from 'vitest';
import { resourceId } from '../../core/model/ids.ts';
import type { AgentHost } from '../host.ts';
import { listening, placeOf } from './migration.ts';

const settings = { address: '10.0.0.2', port: undefined, tlsDirectory: undefined };
const portsOf = (name: string, slot?: number, more = {}) => {
  const meta = slot === undefined ? {} : { migrate_slot: String(slot) };
  const request = { resource: resourceId(name), meta };
  const { port, diskPort } = placeOf({} as AgentHost, 'n2', request, { ...settings, ...more });
  return [port, diskPort] as const;
};

test('no two slots share a port, for memory or for disks, below those of connections', () => {
  const all = Array.from({ length: 512 }, (_, slot) => portsOf('shop', slot)).flat();
  expect(new Set(all).size).toBe(1024);
  expect(Math.max(...all)).toBeLessThan(32_768);
});

test('without a plan the name says it, the same on both sides', () => {
  expect(portsOf('shop')).toEqual(portsOf('shop'));
  expect(portsOf('shop')).not.toEqual(portsOf('wiki'));
  expect(portsOf('shop', 7, { port: 4000 })[0]).toBe(4000);
});

test('a port that another program has is said to be so', async () => {
  const taken = Promise.reject(
    new Error('Failed to find an available port: Address already in use'),
  );
  await expect(listening(28_700, taken)).rejects.toThrow('port 28700 is taken there');
  await expect(listening(1, Promise.reject(new Error('no')))).rejects.toThrow(/^no$/);
});
