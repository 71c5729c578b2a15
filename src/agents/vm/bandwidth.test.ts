/** How migrations that leave a node at the same time share its network. */
import { expect, test } from 'vitest';
import { takeShare, type Bandwidth } from './bandwidth.ts';
import { parseVmSettings, type MigrationSettings } from './settings.ts';

const mib = 1_048_576;

function settings(bandwidth = 0): MigrationSettings {
  const parsed = parseVmSettings({ migration_bandwidth: String(bandwidth) });
  if (parsed.kind !== 'settings') throw new Error('no settings');
  return parsed.settings.migration;
}

test('each has an equal share, and more when another one ends', () => {
  const host = { migrationBandwidth: () => 100 };
  const told: Bandwidth[] = [];
  const first = takeShare(host, settings());
  first.follow((bandwidth) => told.push(bandwidth));
  expect(first.now()).toBe(100);
  const others = [takeShare(host, settings()), takeShare(host, settings())];
  expect(others[1]?.now()).toBe(33);
  for (const other of others) other.end();
  expect(told).toEqual([50, 33, 50, 100]);
  first.end();
});

test('none has more than its own limit, and without any it goes as fast as it can', () => {
  const slow = takeShare({ migrationBandwidth: () => 100 * mib }, settings(1));
  expect(slow.now()).toBe(mib);
  slow.end();
  const free = takeShare({}, settings());
  expect(free.now()).toBeUndefined();
  free.end();
});
