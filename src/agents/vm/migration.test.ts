import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { resourceId } from '../../core/model/ids.ts';
import type { AgentHost } from '../host.ts';
import { agree, listening, placeOf, raiseDowntime, type MigrationStatus } from './migration.ts';
import type { Qmp } from './qmp.ts';
import { parseVmSettings } from './settings.ts';

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

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/** What QEMU is told while a guest that is through once stays on its way for so many looks. */
function limitsOf(words: Readonly<Record<string, string>>, passes: number, looks = 20): unknown[] {
  const told: unknown[] = [];
  const ask = (_command: string, given: Readonly<Record<string, unknown>>) => {
    told.push(given['downtime-limit']);
    return Promise.resolve({});
  };
  const parsed = parseVmSettings(words);
  if (parsed.kind === 'wrong') throw new Error(parsed.reason);
  const raise = raiseDowntime({ ask } as unknown as Qmp, parsed.settings.migration);
  for (let look = 0; look < looks; look++) {
    raise({ status: 'active', passes } as MigrationStatus);
    vi.advanceTimersByTime(100);
  }
  return told;
}

test('who does not get through may stand still for longer, up to the limit', () => {
  expect(limitsOf({}, 2)).toEqual([150, 225, 300]);
  expect(limitsOf({ migration_downtime: '120' }, 3)).toEqual([120]);
  expect(limitsOf({ migration_downtime: '50' }, 3)).toEqual([]);
  expect(limitsOf({}, 1)).toEqual([]); // not yet through once
});

test('what is configured reaches QEMU, and the source alone may slow the guest down', async () => {
  const told = async (side: 'source' | 'target', words: Readonly<Record<string, string>>) => {
    const given: Record<string, unknown> = {};
    const ask = (command: string, parameters?: object) => {
      given[command] = parameters;
      return Promise.resolve({ UUID: '00000000-0000-4000-a000-000000000001' });
    };
    const parsed = parseVmSettings({ uuid: '00000000-0000-4000-a000-000000000001', ...words });
    if (parsed.kind === 'wrong') throw new Error(parsed.reason);
    const place = {
      resource: 'shop',
      host: '10.0.0.2',
      port: 1,
      diskPort: 2,
      credentials: undefined,
    };
    await agree({ ask } as unknown as Qmp, parsed.settings, side, place);
    const { capabilities } = given['migrate-set-capabilities'] as {
      capabilities: readonly { readonly capability: string; readonly state: boolean }[];
    };
    const on = capabilities.filter(({ state }) => state).map(({ capability }) => capability);
    return [on, given['migrate-set-parameters']] as const;
  };
  const [ofSource, limits] = await told('source', { migration_downtime: '80' });
  expect(limits).toEqual({ 'downtime-limit': 80 });
  expect(ofSource).toEqual(
    expect.arrayContaining(['validate-uuid', 'auto-converge', 'return-path']),
  );
  const [ofTarget, none] = await told('target', { migration_postcopy: 'yes' });
  expect(none).toEqual({});
  expect(ofTarget).toEqual(
    expect.arrayContaining(['validate-uuid', 'return-path', 'postcopy-ram']),
  );
  expect(ofTarget).not.toContain('auto-converge');
  const [adopted] = await told('source', { uuid: '00000000-0000-4000-a000-000000000002' });
  expect(adopted).not.toContain('validate-uuid');
});
