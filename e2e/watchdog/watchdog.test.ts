/** holdfast-watchdog on a real kernel with a real Corosync: is the machine reset, and when? */
import { execFileSync } from 'node:child_process';
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { obstacle } from '../guest/archive.ts';
import { runGuest } from '../guest/run.ts';
import type { SharedDisk } from '../guest/run.ts';
import { buildGuest } from './guest.ts';

// As init.sh starts it.
const TIMEOUT_MS = 3000;
const PROOF_AGE_MS = 2000;
const DISK_AGE_MS = 2000;
/** Two feedings are so far apart at most; and what a busy host takes from the guest. */
const INTERVAL_MS = 750;
/** Disks are looked at so often: what was there when the test begins may have been seen that much earlier. */
const LOOK_MS = 1000;
const SLACK_MS = 1000;

const POISON = join(import.meta.dirname, '../../native/build/holdfast-poison');
const PLAIN = ['fed', 'silent', 'killed', 'quorum', 'corosync', 'nowayout'] as const;
const WITH_DISK = ['pill', 'lost'] as const;
/** Guests at a time: more of them take one another's processor, and miss what they have to do within two seconds. */
const PARALLEL = 3;
type Scenario = (typeof PLAIN)[number] | (typeof WITH_DISK)[number];
const needsDisk = (scenario: Scenario): boolean => WITH_DISK.some((each) => each === scenario);
const RESET = /^\[ *([\d.]+)\] softdog: Initiating system reboot/m;

const missing = obstacle();
if (missing !== undefined)
  console.warn(`left out: the machine that its watchdog resets: ${missing}`);

describe.skipIf(missing !== undefined)('a machine with a watchdog', () => {
  const said: Record<string, string> = {};
  let directory: string | undefined;

  beforeAll(async () => {
    const guest = buildGuest();
    directory = guest.directory;
    const scenarios: Scenario[] = [...PLAIN, ...WITH_DISK];
    const runAll = async (): Promise<void> => {
      for (let next = scenarios.shift(); next !== undefined; next = scenarios.shift()) {
        const shared = needsDisk(next) ? { shared: newDisk(guest.directory, next) } : {};
        said[next] = await runGuest(guest.archive, next, shared);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, runAll));
  }, 450_000);

  afterAll(() => {
    if (directory !== undefined) rmSync(directory, { recursive: true });
  });

  /** In its pill's scenario the host leaves one, as another node would. */
  function newDisk(folder: string, scenario: Scenario): SharedDisk {
    const path = join(folder, `${scenario}.disk`);
    writeFileSync(path, '');
    truncateSync(path, 1 << 20);
    execFileSync(POISON, ['create', '--disk', path]);
    let isLeft = false;
    const onSaid = (text: string): void => {
      if (isLeft || scenario !== 'pill' || !text.includes('guest: begins')) return;
      isLeft = true;
      const words = ['--disk', path, '--node', 'n1', '--message', 'reset'];
      execFileSync(POISON, ['message', ...words]);
    };
    return { path, onSaid };
  }

  const consoleOf = (scenario: Scenario): string => said[scenario] ?? '';

  /** By the guest's clock. */
  function msToReset(text: string): number {
    const from = /^guest: begins at ([\d.]+)/m.exec(text)?.[1];
    const to = RESET.exec(text)?.[1];
    if (from === undefined || to === undefined) throw new Error(`no reset:\n${text}`);
    return (Number(to) - Number(from)) * 1000;
  }

  test('is not reset while it is fit, while its feeder is restarted, after a release', () => {
    const text = consoleOf('fed');
    expect(text).toContain('guest: fed by another process');
    expect(text).toContain('guest: not needed any more');
    expect(text).not.toMatch(RESET);
  });

  test('says what it is armed with', () => {
    const [before, armed] = consoleOf('fed').matchAll(/^\{.*\}$/gm);
    expect(JSON.parse(String(before))).toMatchObject({
      armed: false,
      why: 'the daemon has not proved its health yet',
    });
    expect(JSON.parse(String(armed))).toEqual({
      armed: true,
      feeding: true,
      timeoutMs: TIMEOUT_MS,
      proofAgeMs: PROOF_AGE_MS,
      identity: 'Software Watchdog',
      canDisarm: true,
      virtual: true,
      why: '',
    });
  });

  test.each([
    ['the daemon proves nothing any more', 'silent', PROOF_AGE_MS, 0, 'the daemon has not proved'],
    ['there is no quorum any more', 'quorum', 0, 0, 'there is no quorum'],
    ['Corosync has died', 'corosync', 0, 0, "Corosync's quorum service does not answer"],
    ['the disk for poison pills is gone', 'lost', DISK_AGE_MS, LOOK_MS, 'most of the disks'],
    ['its feeder was killed', 'killed', 0, 0, 'watchdog did not stop'],
  ] as const)('is reset when %s', (_what, scenario, delayMs, beforeMs, reason) => {
    const text = consoleOf(scenario);
    expect(text).toContain(reason);
    const ms = msToReset(text);
    expect(ms).toBeGreaterThan(delayMs + TIMEOUT_MS - 2 * INTERVAL_MS - SLACK_MS - beforeMs);
    // So long the others wait before they start what ran here.
    expect(ms).toBeLessThan(delayMs + 2 * TIMEOUT_MS);
  });

  test('is reset at once by a poison pill that another machine has left on its disk', () => {
    const text = consoleOf('pill');
    expect(text).toMatch(
      /^\{"armed":true.*"disks":\[\{"path":"\/dev\/vda","uuid":"[0-9a-f-]{36}"/m,
    );
    expect(text).toContain('a poison pill for this machine is on a disk');
    const times = [...text.matchAll(/^guest: (?:begins|runs) at ([\d.]+)/gm)].map(([, at]) =>
      Number(at),
    );
    const ms = ((times.at(-1) ?? Infinity) - (times[0] ?? 0)) * 1000;
    // One look a second; it does not wait for its watchdog to end.
    expect(ms).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    expect(text).not.toMatch(RESET);
  });

  test('that can not be disarmed is fed on after a release, and reset when it counts again', () => {
    const text = consoleOf('nowayout');
    expect(text).toMatch(/^guest: released/m);
    expect(msToReset(text)).toBeGreaterThan(TIMEOUT_MS - SLACK_MS);
  });
});
