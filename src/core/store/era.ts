/**
 * Eras: a ballot is worth something only if nobody who took part in it takes part in a lower one
 * afterwards (the promise of Paxos). Within one life of a daemon rings rise. What it has announced
 * before is gone with that life, and a machine that loses power may see lower rings again (Corosync
 * writes a ring's number without waiting for the disk). So each life begins a new era, which is on
 * the disk before it announces anything, and a ballot is an era with a ring in it. Those who meet a
 * later era adopt it; until it is on their disks, they do not count in it. See docs/decisions/store.md.
 */
import { appendRecord, writeNext } from './disk.ts';
import { encodeEra } from './records.ts';
import { askForGather } from './round.ts';
import type { DiskJob, Draft } from './state.ts';

/** Others are in this era, or an epoch of it is known here: this replica goes into it, too. */
export function adoptEra<S, C>(draft: Draft<S, C>, era: number): void {
  if (era <= draft.era.wanted) return;
  draft.era = { ...draft.era, wanted: era };
  appendRecord(draft, encodeEra(era));
}

/** Is it too early to announce anything, because this life's era is not on the disk? */
export function awaitsEra<S, C>(draft: Draft<S, C>): boolean {
  if (draft.era.durable !== undefined || draft.standing !== 'synced') return false;
  writeNext(draft);
  return true;
}

/** This job is durable: answers whether it brought the wanted era to the disk. */
export function keepsEra<S, C>(draft: Draft<S, C>, job: DiskJob): boolean {
  const { durable, wanted } = draft.era;
  if (durable === wanted || !holdsEra(job, wanted)) return false;
  draft.era = { durable: wanted, wanted };
  return true;
}

function holdsEra(job: DiskJob, era: number): boolean {
  if (job.kind === 'snapshot') return job.era === era;
  const record = encodeEra(era);
  return job.items.some((item) => item.record === record);
}

/** Whoever did not count in the open view because of its era asks for another, now that it would. */
export function countIn<S, C>(draft: Draft<S, C>): void {
  const { group, era } = draft;
  if (group === undefined || (era.durable ?? 0) <= group.era) return;
  const { acting, members, rule } = group.opening;
  const isWhole = members.every(({ node }) => rule.counted.includes(node));
  if (!acting || !isWhole) askForGather(draft);
}
