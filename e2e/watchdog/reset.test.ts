/**
 * A whole cluster, one of whose machines is a QEMU guest: Corosync, daemon, feeder, service and the kernel's own
 * watchdog are all in it. Nobody but that watchdog resets it, and the two others only wait.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import type { StatusView } from '../../src/core/view/types.ts';
import { obstacle } from '../guest/archive.ts';
import { createLab } from '../lab/lab.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { runsOn, startDaemon, status, untilSettled } from '../lab/product.ts';
import { sleep, until } from '../lab/run.ts';
import { untilStatus } from '../product/cluster.ts';
import { alarmsOf } from '../quorum/stage.ts';
import { WAIT_MS, bootMember, packMember } from './member.ts';
import type { Member } from './member.ts';
import { applyYaml, lastNumber, toldSince } from './stage.ts';

const JOB = '/usr/sbin/guest_job';
const BEAT = 'guest: the job runs';
const YAML = `
version: 1
cluster: reset
options: { fencing-watchdog-timeout: -1, fencing-loop-limit: 0 }
fencing:
  devices:
    power: { agent: fence_lab, action: off, timeout: 5s, hosts: { n1: n1, n2: n2 } }
resources:
  job: { agent: command, parameters: { command: ${JOB} } }
constraints:
  - location: job
    prefers: { n3: 100 }
`;
/** The guest's processor is software. */
const BOOT_MS = 300_000;

const missing = obstacle();
if (missing !== undefined)
  console.warn(`left out: a cluster whose machine its watchdog resets: ${missing}`);

describe.skipIf(missing !== undefined)('a cluster with a machine that its kernel resets', () => {
  let directory: string;
  let lab: Lab;
  let first: LabNode;
  let third: LabNode;
  let member: Member;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'holdfast-reset-'));
    mkdirSync(join(directory, 'sbin'));
    writeFileSync(join(directory, 'sbin/guest_job'), '#!/bin/sh\nexec sleep 86395\n', {
      mode: 0o755,
    });
    // Whole seconds without a word are usual in a guest that is executed in software.
    lab = await createLab({ directory, transport: 'udpu', token: 3000 });
    const [one, two, three] = lab.nodes as [LabNode, LabNode, LabNode];
    [first, third] = [one, three];
    packMember(lab, third, JOB);
    await third.kill();
    for (const node of [one, two]) {
      await node.startCorosync();
      await startDaemon(node);
    }
    await untilSettled([one, two]);
    await applyYaml(lab, one, YAML);
  });
  afterEach(() => third.kill());
  afterAll(async () => {
    await lab.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const runsElsewhere = (): boolean =>
    lab.nodes.some((node) =>
      node.processes().some(({ argv }) => argv.some((word) => word === '86395')),
    );

  /** What the guest has said helps who has waited in vain. */
  async function untilSeen(
    what: string,
    probe: () => boolean | Promise<boolean>,
    timeoutMs: number,
  ): Promise<void> {
    await until(what, probe, timeoutMs, 100).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${member.said()}`, { cause: error });
    });
  }

  /** It is a member, and has the job. */
  async function begin(looksVirtual: boolean): Promise<number> {
    await third.heal();
    member = await bootMember(lab, third, looksVirtual);
    const isThere = async (): Promise<boolean> =>
      runsOn(await status(first), 'job') === 'n3' && member.lastSaidAt(BEAT) !== undefined;
    await untilSeen('the guest runs the job', isThere, BOOT_MS);
    const sentence = looksVirtual ? 'watchdog of n3 does not count' : 'watchdog of n3 is not armed';
    const isSaid = (now: StatusView): boolean => alarmsOf(now).includes(sentence) === looksVirtual;
    await untilStatus(first, 'its watchdog is known', isSaid);
    return lastNumber(first);
  }

  /** Its own kernel ends it, in time, and only then does anybody else have the job. */
  async function untilRecovered(struckAt: number, before: number): Promise<void> {
    await untilSeen('the job runs elsewhere', runsElsewhere, WAIT_MS + 60_000);
    const recoveredAt = performance.now();
    expect(member.said()).toMatch(
      /holdfast-watchdog: does not feed any more: .*[^]*softdog: Initiating system reboot/,
    );
    expect(member.endedAt()).toBeLessThan(recoveredAt);
    expect(member.lastSaidAt(BEAT)).toBeLessThan(recoveredAt);
    expect(recoveredAt - struckAt).toBeGreaterThan(WAIT_MS);
    const told = await toldSince(first, before);
    expect(told).toContain('fencing n3 (reboot) by watchdog from');
    expect(told).toContain('n3 is down (clean): fenced by watchdog');
  }

  test(
    'is cut off: it is reset, and then its job is recovered',
    async () => {
      const before = await begin(false);
      const struckAt = performance.now();
      await third.drop();
      await untilRecovered(struckAt, before);
    },
    BOOT_MS + 180_000,
  );

  test(
    'its daemon stands still: it is reset, and then its job is recovered',
    async () => {
      const before = await begin(false);
      const struckAt = performance.now();
      member.type('stop_daemon');
      await untilRecovered(struckAt, before);
    },
    BOOT_MS + 180_000,
  );

  test(
    'sees that it is virtual: it does not count, for paused it is reset later',
    async () => {
      await begin(true);
      const { alarms } = await status(first);
      const refusal = alarms.find(({ text }) => text.includes('watchdog of n3 does not count'));
      expect(refusal?.text).toContain('one that is paused is not reset until it goes on');
      await member.pause(true);
      await untilStatus(first, 'it is lost', ({ nodes }) => nodes[2]?.state === 'lost');
      await sleep(1.25 * WAIT_MS);
      expect(runsElsewhere()).toBe(false);
      await member.pause(false);
      // This is why: all others would have taken it for reset, and it was not.
      const isUp = (): boolean => {
        member.type('echo "guest: is up"');
        return member.lastSaidAt('guest: is up') !== undefined;
      };
      await untilSeen('it goes on', isUp, 30_000);
      expect(runsElsewhere()).toBe(false);
    },
    BOOT_MS + 180_000,
  );
});
