/** A machine that was started by hand is looked after, moved live and stopped by the class `vm`. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeName } from '../../src/core/model/ids.ts';
import type { OperationRequest, OperationResult } from '../../src/core/model/operation.ts';
import { codeOf, type Stage } from '../agents/stage.ts';
import { obstacle } from '../guest/archive.ts';
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
});
