/** holdfast-watchdog on a real kernel with a real Corosync: is the machine reset, and when? */
import { rmSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { obstacle } from '../guest/archive.ts';
import { buildGuest, runGuest } from './guest.ts';

// As init.sh starts it.
const TIMEOUT_MS = 3000;
const PROOF_AGE_MS = 2000;
/** Two feedings are so far apart at most; and what a busy host takes from the guest. */
const INTERVAL_MS = 750;
const SLACK_MS = 1000;

const SCENARIOS = ['fed', 'silent', 'killed', 'quorum', 'corosync', 'nowayout'] as const;
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
    await Promise.all(
      SCENARIOS.map(async (scenario) => (said[scenario] = await runGuest(guest.archive, scenario))),
    );
  });

  afterAll(() => {
    if (directory !== undefined) rmSync(directory, { recursive: true });
  });

  const consoleOf = (scenario: (typeof SCENARIOS)[number]): string => said[scenario] ?? '';

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
    ['the daemon proves nothing any more', 'silent', PROOF_AGE_MS, 'the daemon has not proved'],
    ['there is no quorum any more', 'quorum', 0, 'there is no quorum'],
    ['Corosync has died', 'corosync', 0, "Corosync's quorum service does not answer"],
    ['its feeder was killed', 'killed', 0, 'watchdog did not stop'],
  ] as const)('is reset when %s', (_what, scenario, delayMs, reason) => {
    const text = consoleOf(scenario);
    expect(text).toContain(reason);
    const ms = msToReset(text);
    expect(ms).toBeGreaterThan(delayMs + TIMEOUT_MS - 2 * INTERVAL_MS - SLACK_MS);
    // What the others wait for is twice as long.
    expect(ms).toBeLessThan(delayMs + TIMEOUT_MS + INTERVAL_MS + SLACK_MS);
  });

  test('that can not be disarmed is fed on after a release, and reset when it counts again', () => {
    const text = consoleOf('nowayout');
    expect(text).toMatch(/^guest: released/m);
    expect(msToReset(text)).toBeGreaterThan(TIMEOUT_MS - SLACK_MS);
  });
});
