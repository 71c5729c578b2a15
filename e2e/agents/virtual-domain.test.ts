/** `ocf:heartbeat:VirtualDomain` as it is, against a real libvirt. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { obstacle, startHypervisor, type Hypervisor } from './hypervisor.ts';
import { codeOf, openStage, startProcess, type Stage } from './stage.ts';

const TIMEOUT_MS = 60_000;
const missing = obstacle();
if (missing !== undefined) console.warn(`left out: VirtualDomain: ${missing}`);

/** The agent reads the name with sed: it stands alone on its line. */
const domain = `<domain type='qemu'>
  <name>shop</name>
  <memory unit='MiB'>16</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices><emulator>/usr/bin/qemu-system-x86_64</emulator><memballoon model='none'/></devices>
</domain>
`;

describe.skipIf(missing !== undefined)('VirtualDomain', () => {
  let hypervisor: Hypervisor;
  let stage: Stage;

  beforeAll(async () => {
    hypervisor = await startHypervisor();
    const enter = `nsenter --target ${String(hypervisor.pid)} --net --mount --`;
    stage = await openStage({ start: startProcess(enter.split(' ')) });
    writeFileSync(join(hypervisor.files, 'shop.xml'), domain);
  }, TIMEOUT_MS);
  afterAll(async () => {
    await stage.close();
    await hypervisor.close();
  });

  const ask = async (operation: string): Promise<number | string> => {
    const config = join(hypervisor.files, 'shop.xml');
    // The guest has no system that could hear the power button.
    const parameters = { config, hypervisor: 'qemu:///system', force_stop: 'true' };
    const result = await stage.run('ocf:heartbeat:VirtualDomain', operation, parameters, {
      timeoutMs: 30_000,
    });
    return codeOf(result);
  };

  test(
    'starts, is looked at, is found dead when it was killed, starts again and stops',
    async () => {
      expect(await ask('monitor')).toBe(7);
      expect(await ask('start')).toBe(0);
      expect(await ask('monitor')).toBe(0);
      const [pid] = hypervisor.machines('shop');
      process.kill(pid ?? Number.NaN, 'SIGKILL');
      await expect.poll(() => ask('monitor'), { timeout: 10_000 }).toBe(7);
      expect(await ask('start')).toBe(0);
      expect(await ask('stop')).toBe(0);
      expect(hypervisor.machines('shop')).toEqual([]);
      expect(await ask('monitor')).toBe(7);
    },
    TIMEOUT_MS,
  );
});
