/**
 * Reads votes and findings again now and then. Reading waits for Corosync's answer, so it is done
 * only right after Corosync has said something: one that is stopped is not asked.
 */
import { statSync } from 'node:fs';

import type { EngineFinding, QuorumOptions, Votes } from '../../core/model/engine.ts';
import type { Native } from '../../../native/holdfast.ts';
import { hasDevice, nodeEntries } from './configuration.ts';
import type { Keys } from './configuration.ts';
import { findingsOf, keyFile } from './findings.ts';
import { votesOf } from './votes.ts';

/** What has just changed has more to do than to be counted: a node may be lost. */
const restMs = 1000;
/** A change of the votes alone (a device's, last_man_standing's) comes without a word of its own. */
const votesMs = 2000;
/** corosync.conf was changed and reloaded. */
const keysMs = 30_000;

type Reads = Pick<Native, 'cmapRead' | 'votequorumRead'>;

export class Counting {
  readonly #native: Reads;
  readonly #started: QuorumOptions;
  #keys: Keys = {};
  #votes: Votes | undefined;
  #findings: readonly EngineFinding[] = [];
  #nodeNames: readonly string[] | undefined;
  #dueAtMs = -Infinity;
  #hasChanged = false;
  #keysAtMs = -Infinity;

  /** `started`: the rules that this daemon has gone by since it was started. */
  constructor(native: Reads, started: QuorumOptions) {
    this.#native = native;
    this.#started = started;
  }

  get votes(): Votes | undefined {
    return this.#votes;
  }

  get findings(): readonly EngineFinding[] {
    return this.#findings;
  }

  /** Undefined: not read yet. */
  get nodeNames(): readonly string[] | undefined {
    return this.#nodeNames;
  }

  /** The next reading is due in a second; the very first at once. */
  changed(): void {
    this.#hasChanged = true;
  }

  readWhenDue(nowMs: number): void {
    if (this.#hasChanged && this.#votes !== undefined) this.#dueAtMs = nowMs + restMs;
    this.#hasChanged = false;
    if (nowMs < this.#dueAtMs) return;
    this.#dueAtMs = nowMs + votesMs;
    try {
      this.#read(nowMs);
    } catch {
      // Corosync is about to be lost: the connections will say so.
    }
  }

  #read(nowMs: number): void {
    const numbers = this.#native.votequorumRead(0);
    const isReloaded = numbers.expectedVotes !== this.#votes?.expected;
    if (isReloaded || nowMs - this.#keysAtMs >= keysMs) {
      this.#keysAtMs = nowMs;
      const read = (prefix: string): Keys => this.#native.cmapRead(prefix);
      this.#keys = { ...read('totem.'), ...read('nodelist.'), ...read('quorum.') };
      this.#nodeNames = nodeEntries(this.#keys).map(({ node }) => node);
    }
    this.#votes = votesOf(numbers, hasDevice(this.#keys));
    this.#findings = [
      ...changedRules(this.#started, this.#votes),
      ...findingsOf(this.#keys, this.#votes, modeOf(keyFile(this.#keys))),
    ];
  }
}

/** By which disks a change counts as kept was settled when the daemon started. */
function changedRules(started: QuorumOptions, { options, device }: Votes): EngineFinding[] {
  const isSame =
    started.twoNode === options.twoNode &&
    started.lastManStanding === options.lastManStanding &&
    started.autoTieBreaker === options.autoTieBreaker &&
    started.quorumDevice === (device !== undefined);
  if (isSame) return [];
  const text = "Corosync's rules of quorum have changed since this daemon was started.";
  return [{ text, advice: 'systemctl restart holdfastd, on each node; no service stops' }];
}

/** Undefined where it cannot be looked at, and where there is none. */
function modeOf(file: string | undefined): number | undefined {
  return file === undefined ? undefined : statSync(file, { throwIfNoEntry: false })?.mode;
}
