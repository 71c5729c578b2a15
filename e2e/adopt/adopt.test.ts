/** What runs on a node becomes the cluster's as it runs: real QEMU, real podman, a daemon of its own. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { obstacle } from '../containers/room.ts';
import { until } from '../local/cluster.ts';
import { adoptAll, COUNT, numbers, openBed, type Bed } from './bed.ts';

const missing = obstacle();
if (missing !== undefined) console.warn(`left out: adoption: ${missing}`);

let bed: Bed;

describe.skipIf(missing !== undefined)('five machines and five containers', () => {
  beforeAll(async () => {
    bed = await openBed();
  });
  afterAll(() => bed.close());

  test('are told before, adopted without a restart, and monitored', async () => {
    const before = await bed.lives();
    expect(Object.keys(before)).toHaveLength(2 * COUNT);
    const told = await bed.holdfast(...adoptAll, '--dry-run');
    expect(told).toContain('Would adopt 10 resources');
    expect(told).toContain('adopt-vm3 on n1 (vm, 16 MiB, 1 CPU)');
    expect(told).toMatch(/no other node can reach \S+adopt-vm3\.raw/);
    expect(told).toContain('switches off podman-restart');
    expect(await bed.holdfast('export')).not.toContain('adopt-vm3');

    const done = await bed.holdfast(...adoptAll, '--wait');
    expect(done).toContain('Adopted 10 resources; nothing was restarted');
    const status = await bed.cluster.status('n1');
    expect(status.resources.map(({ id, state }) => `${id} ${state}`)).toEqual([
      ...numbers.map((number) => `adopt-vm${String(number)} running`),
      ...numbers.map((number) => `adopt-web${String(number)} running`),
    ]);
    const source = await bed.holdfast('export');
    expect(source).toContain('cluster: local # mine');
    expect(source).toContain('utilization');
    expect(await bed.lives()).toEqual(before);
    const dropIn = '/etc/systemd/system/podman-restart.service.d/50-holdfast.conf';
    expect(await bed.inside('cat', dropIn)).toContain('Restart=no');
    expect(await bed.holdfast(...adoptAll)).toContain('Nothing runs');
  });

  test('are stopped and started as their own, and are given back', async () => {
    const before = await bed.lives();
    // Nothing in these machines hears the power button: their time is cut short.
    const source = (await bed.holdfast('export'))
      .replaceAll('timeout: 180s', 'timeout: 3s')
      .replaceAll('timeout: 40s', 'timeout: 8s');
    await bed.holdfast('apply', '--yes', '-f', bed.cluster.file(source), '--wait');
    expect(await bed.lives()).toEqual(before);
    await bed.holdfast('resource', 'stop', 'adopt-vm1', '--wait');
    await bed.holdfast('resource', 'stop', 'adopt-web1', '--wait');
    // As on a node that never had it: it is made with the words that it was once made with.
    await bed.inside('podman', 'rm', '--force', 'adopt-web1');
    const stopped = await bed.lives();
    expect(stopped).not.toHaveProperty('adopt-vm1');
    expect(stopped).not.toHaveProperty('adopt-web1');
    await bed.holdfast('resource', 'start', 'adopt-vm1', '--wait');
    await bed.holdfast('resource', 'start', 'adopt-web1', '--wait');
    await until('both run', async () => Object.keys(await bed.lives()).length === 2 * COUNT);
    const again = await bed.inside(
      'podman',
      'inspect',
      'adopt-web1',
      '--format',
      '{{.HostConfig.Memory}}',
    );
    expect(again.trim()).toBe(String(32 << 20));
    for (const number of numbers) {
      expect(await bed.holdfast('release', `adopt-web${String(number)}`)).toContain(
        'not managed any more',
      );
    }
    const after = await bed.lives();
    expect(after['adopt-vm2']).toBe(before['adopt-vm2']);
    expect(after['adopt-web2']).toBe(before['adopt-web2']);
    const units = await bed.inside('ls', '/etc/systemd/system/podman-restart.service.d');
    expect(units.trim()).toBe('');
  });

  test('mistakes are named', async () => {
    const { stderr, code } = await bed.cluster.holdfast('n1', 'adopt', '--vms', 'vm9');
    expect([code, stderr]).toEqual([5, expect.stringContaining('Nothing named vm9 runs')]);
    expect((await bed.cluster.holdfast('n1', 'adopt')).stderr).toContain('--containers');
    expect((await bed.cluster.holdfast('n1', 'release', 'vm9')).code).toBe(5);
  });
});
