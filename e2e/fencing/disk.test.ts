/**
 * fence_scsi on a disk with SCSI-3 persistent reservations, told what Holdfast tells it: who is fenced can write no
 * more, whatever it does, and can again after its unfencing. The disk is the kernel's own target, in a QEMU guest.
 */
import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fenceInput, fenceOutcome } from '../../src/agents/fence/protocol.ts';
import { nodeName } from '../../src/core/model/ids.ts';
import type { FenceAction } from '../../src/core/model/configuration.ts';
import type { FenceRequest } from '../../src/core/model/operation.ts';
import { runGuest } from '../guest/run.ts';
import { buildDiskGuest, diskObstacle } from './disk-guest.ts';

/** As core/node/fences.ts and devices.ts ask for it. */
const requestFor = (action: FenceAction, node?: string): FenceRequest => ({
  requestId: '1',
  device: 'disks',
  agent: 'fence_scsi',
  action,
  ...(node === undefined ? {} : { port: node, target: nodeName(node) }),
  parameters: { devices: '/dev/shared' },
  timeoutMs: 60_000,
});

const REQUESTS = {
  'on-n1': requestFor('on', 'n1'),
  'on-n2': requestFor('on', 'n2'),
  'off-n2': requestFor('off', 'n2'),
  'status-n2': requestFor('status', 'n2'),
  monitor: requestFor('monitor'),
} as const;

function inputOf(request: FenceRequest): string {
  const input = fenceInput(request, request.parameters);
  if (input.kind !== 'input') throw new Error(input.reason);
  return input.text;
}

/** Who does what, and what has to come of it. */
const STORY = [
  ['fence n1 on-n1', 'ok'],
  ['fence n2 on-n2', 'ok'],
  ['writes n1', 'n1 writes'],
  ['writes n2', 'n2 writes'],
  ['fence n1 monitor', 'ok'],
  ['fence n1 status-n2', 'on'],
  ['fence n1 off-n2', 'ok'],
  ['writes n1', 'n1 writes'],
  ['writes n2', 'n2 is refused'],
  ['fence n1 status-n2', 'off'],
  ['fence n2 on-n2', 'ok'],
  ['writes n2', 'n2 writes'],
] as const;

/** The guest's processor is software: an agent written in Python takes ten seconds. */
const LIMIT_MS = 200_000;

const missing = diskObstacle();
if (missing !== undefined) console.warn(`left out: fence_scsi on a real disk: ${missing}`);

test.skipIf(missing !== undefined)(
  'fence_scsi takes a node its disk and gives it back',
  async () => {
    const inputs = Object.fromEntries(
      Object.entries(REQUESTS).map(([name, request]) => [name, inputOf(request)]),
    );
    const guest = buildDiskGuest(
      STORY.map(([line]) => line),
      inputs,
    );
    try {
      const said = await runGuest(guest.archive, 'disk', { memoryMb: 512, limitMs: LIMIT_MS });
      const happened = said.split(/\r?\n/).filter((line) => /^guest: n\d/.test(line));
      const wanted = STORY.map(([, words]) => words);
      // Where it goes wrong, all that the guest has said helps.
      if (happened.map(toWords).join() !== wanted.join()) console.log(said);
      expect(happened.map(toWords)).toEqual(wanted);
    } finally {
      rmSync(guest.directory, { recursive: true, force: true });
    }
  },
  LIMIT_MS + 60_000,
);

/** What Holdfast makes of an agent's end; of everything else what the guest said. */
function toWords(line: string): string {
  const [, name = '', code] = /^guest: n\d (\S+) exit (\d+)$/.exec(line) ?? [];
  const request = Object.entries(REQUESTS).find(([each]) => each === name)?.[1];
  if (request === undefined || code === undefined) return line.slice('guest: '.length);
  const outcome = fenceOutcome(request, { kind: 'exited', exitCode: Number(code) }, '');
  return outcome.kind === 'status' ? outcome.power : outcome.kind;
}
