import { expect, it } from 'vitest';

import { MAJORITY } from '../../core/model/engine.ts';
import { Counting } from './counting.ts';

/** A Corosync that counts how often it is asked; `flags` are votequorum's. */
function corosync(): { asked: () => number; native: ConstructorParameters<typeof Counting>[0] } {
  let asked = 0;
  const votequorumRead = () => {
    asked += 1;
    const numbers = { flags: 2, quorum: 2, nodeVotes: 1, expectedVotes: 3, totalVotes: 3 };
    return { ...numbers, deviceVotes: 0, deviceName: '' };
  };
  const keys = { 'nodelist.node.0.ring0_addr': '192.0.2.1', 'nodelist.node.0.nodeid': 1 };
  const cmapRead = (prefix: string) => (prefix === 'nodelist.' ? keys : {});
  return { asked: () => asked, native: { votequorumRead, cmapRead } };
}

it('asks at most every two seconds, and a second after a change: a failover is not held up', () => {
  const { asked, native } = corosync();
  const counting = new Counting(native, MAJORITY);
  expect(counting.votes).toBe(undefined);
  for (const nowMs of [0, 500, 1999]) counting.readWhenDue(nowMs);
  expect(asked()).toBe(1);
  expect(counting.votes).toMatchObject({ present: 3, needed: 2 });
  expect(counting.findings[0]?.text).toMatch(/not encrypted/);
  counting.readWhenDue(2000);
  expect(asked()).toBe(2);
  counting.changed();
  for (const nowMs of [2001, 3000]) counting.readWhenDue(nowMs);
  expect(asked()).toBe(2);
  counting.readWhenDue(3001);
  expect(asked()).toBe(3);
});

it('keeps what it knew when Corosync does not answer', () => {
  const { native } = corosync();
  let fails = false;
  const votequorumRead = (node: number) => {
    if (fails) throw new Error('CS_2');
    return native.votequorumRead(node);
  };
  const counting = new Counting({ ...native, votequorumRead }, MAJORITY);
  counting.readWhenDue(0);
  fails = true;
  counting.readWhenDue(5000);
  expect(counting.votes).toMatchObject({ present: 3 });
});

it('says that the rules have changed since the start', () => {
  const { native } = corosync();
  const counting = new Counting(native, { ...MAJORITY, quorumDevice: true });
  counting.readWhenDue(0);
  expect(counting.findings[0]?.text).toMatch(/rules of quorum have changed/);
  expect(counting.findings[0]?.advice).toMatch(/restart holdfastd/);
});
