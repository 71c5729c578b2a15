/** A machine that was started by hand is looked after, moved live and stopped by the class `vm`. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeName } from '../../src/core/model/ids.ts';
import type { OperationRequest, OperationResult } from '../../src/core/model/operation.ts';
import { codeOf, type Stage } from '../agents/stage.ts';
import { obstacle } from '../guest/archive.ts';
import { processesBeside } from '../lab/host.ts';
import { openPlaces, type Places } from '../machines/guest.ts';

const missing = obstacle();
if (missing !== undefined) console.warn(`left out: moving what was adopted: ${missing}`);

let places: Places;

function ask(
  stage: Stage,
  operation: string,
  commandLine: readonly string[],
  rest: Partial<OperationRequest> = {},
): Promise<OperationResult> {
  const parameters = { command_line: JSON.stringify(commandLine) };
  return stage.run('vm:vm', operation, parameters, { timeoutMs: 20_000, ...rest });
}

describe.skipIf(missing !== undefined)('a machine that was started by hand', () => {
  beforeAll(async () => {
    places = await openPlaces();
  });
  afterAll(() => places.close());

  test('is found by its words, moves live with all its devices, and is stopped', async () => {
    const { n1, n2 } = places;
    const image = places.image('adopted.raw');
    const socket = `${n1.directory}/by-hand.qmp`;
    const words =
      `/usr/bin/qemu-system-x86_64 -name adopted -machine pc,accel=tcg -m 16 -display none ` +
      `-drive file=${image},format=raw,if=virtio -device virtio-rng-pci ` +
      `-qmp unix:${socket},server=on,wait=off -daemonize`;
    const line = words.split(' ') as [string, ...string[]];
    expect(codeOf(await ask(n1, 'monitor', line))).toBe(7);
    await n1.inside(...line);

    expect(codeOf(await ask(n1, 'monitor', line))).toBe(0);
    expect(codeOf(await ask(n1, 'start', line))).toBe(0);
    expect(codeOf(await ask(n1, 'monitor', line, { intervalMs: 1000 }))).toBe(0);

    const meta = { migrate_source: 'n1', migrate_target: 'n2' };
    const there = { node: nodeName('n2'), meta };
    expect(await ask(n2, 'migrate_prepare', line, there)).toMatchObject({
      outcome: { exitCode: 0 },
    });
    expect(await ask(n1, 'migrate_to', line, { meta })).toMatchObject({ outcome: { exitCode: 0 } });
    expect(await ask(n2, 'migrate_from', line, there)).toMatchObject({ outcome: { exitCode: 0 } });
    expect(codeOf(await ask(n2, 'monitor', line, { intervalMs: 1000 }))).toBe(0);
    expect(codeOf(await ask(n1, 'stop', line, { timeoutMs: 2000 }))).toBe(0);
    expect(codeOf(await ask(n1, 'monitor', line))).toBe(7);

    expect(codeOf(await ask(n2, 'stop', line, { timeoutMs: 2000 }))).toBe(0);
    expect(codeOf(await ask(n2, 'monitor', line))).toBe(7);
  });

  test("shuts down here and is started there, in QEMU's own words", async () => {
    const { n1, n2 } = places;
    const { kernel = '', initrd = '', append = '' } = places.guest();
    const program = '/usr/bin/qemu-system-x86_64';
    const words =
      `-name restarted -machine pc,accel=tcg -m 96 -display none ` +
      `-device virtio-rng-pci,id=mine -kernel ${kernel} -initrd ${initrd} ` +
      `-qmp unix:${n1.directory}/restarted.qmp,server=on,wait=off -daemonize`;
    const line: [string, ...string[]] = [program, ...words.split(' '), '-append', append];
    await n1.inside(...line);
    expect(codeOf(await ask(n1, 'start', line))).toBe(0);
    expect(devicesOf(n1)).toEqual(['virtio-rng-pci,id=mine']);

    const stopped = await ask(n1, 'stop', line, { timeoutMs: 90_000 });
    // It has heard the power button.
    expect(stopped.outcome).toMatchObject({ exitCode: 0, exitReason: '' });
    expect(devicesOf(n1)).toEqual([]);

    const there = { node: nodeName('n2') };
    expect(codeOf(await ask(n2, 'monitor', line, there))).toBe(7);
    expect(codeOf(await ask(n2, 'start', line, there))).toBe(0);
    expect(codeOf(await ask(n2, 'monitor', line, { ...there, intervalMs: 1000 }))).toBe(0);
    expect(codeOf(await ask(n1, 'monitor', line))).toBe(7);
    expect(devicesOf(n2)).toEqual(['virtio-rng-pci,id=mine']);
    expect(codeOf(await ask(n2, 'stop', line, { ...there, timeoutMs: 2000 }))).toBe(0);
    expect(devicesOf(n2)).toEqual([]);
  });
});

/** The devices that QEMU was given by hand, of each machine named so that runs in the stage. */
const devicesOf = ({ pid }: Stage): readonly string[] =>
  processesBeside(pid ?? 0)
    .filter(({ argv }) => argv.includes('restarted'))
    .flatMap(({ argv }) => argv.filter((_, at) => argv[at - 1] === '-device'))
    .filter((device) => device.includes('id=mine'));
