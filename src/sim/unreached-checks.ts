/**
 * What one node cannot switch off, another one must; and where devices are monitored, nobody begins with one that
 * has not answered for a while.
 */
import { isHeldBack } from '../core/cluster/fence-loop.ts';
import { FENCE_DEVICE_PREFIX } from '../core/model/attributes.ts';
import type { FenceRequest } from '../core/model/operation.ts';
import type { Profile } from './fault.ts';
import type { Machine } from './machine.ts';
import type { Tally } from './tally.ts';
import type { Timers } from './timers.ts';
import { Violation } from './violation.ts';

/** Who leads, and what is known of the devices, may change between two tries. */
const triesInARowMax = 3;
/** So long a daemon has had part in a view that acts: a monitor began, waited for its timeout, and its word has come to all. */
const knownAfterMs = 40_000;
/** Later it is no further try, but another fencing. */
const forgottenAfterMs = 120_000;

interface Around {
  readonly isHealed: boolean;
  readonly machines: readonly Machine[];
  readonly timers: Timers;
  readonly setting: Profile;
}

/** For how long this daemon could ask its devices and tell the others, until its last step. */
interface Asking {
  readonly lives: number;
  readonly ms: number;
  /** Absent: it has no part in a view that acts. */
  readonly sinceMs: number | undefined;
}

const nothingYet = { ms: 0, sinceMs: undefined };

/** When nothing else goes wrong any more. */
export class UnreachedChecks {
  readonly #tally: Tally;
  /** By target: who tried last, and how often in a row in vain, while another one might have. */
  readonly #tries = new Map<
    string,
    { readonly by: string; readonly inARow: number; readonly atMs: number }
  >();

  /** Of the node that no switch answers for good. */
  #asking: Asking = { lives: 0, ms: 0, sinceMs: undefined };

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  /** After each step of a node. What was known of a daemon is gone with it, and a new one has nothing said yet. */
  look({ lives, node, unreachedAtMs }: Machine, nowMs: number): void {
    if (unreachedAtMs === undefined || node === undefined) return;
    const { phase } = node.view;
    const { ms, sinceMs } = this.#asking.lives === lives ? this.#asking : nothingYet;
    const more = sinceMs === undefined ? 0 : nowMs - sinceMs;
    const acts = phase.kind === 'open' && phase.acting;
    this.#asking = { lives, ms: ms + more, sinceMs: acts ? nowMs : undefined };
  }

  shoots(machine: Machine, request: FenceRequest, world: Around): void {
    const { name, unreached } = machine;
    const { target, action } = request;
    if (target === undefined || !['off', 'reboot'].includes(action)) return;
    const { nowMs } = world.timers;
    const last = this.#tries.get(target);
    const before = last?.by === name && unreached !== undefined ? last.inARow : 0;
    const isInVain = unreached !== undefined && othersFor(machine, target, world).length > 0;
    const inARow = isInVain ? before + 1 : before;
    this.#tries.set(target, { by: name, inARow, atMs: nowMs });
    if (unreached !== undefined) this.#tally.count('shots of a node that no switch answers');
    else if (last !== undefined && last.by !== name) {
      this.#tally.count('shots by another node than the last one');
    }
    if (!world.isHealed || unreached === undefined) return;
    const isKnown = this.#asking.lives === machine.lives && this.#asking.ms >= knownAfterMs;
    if (isKnown && nowMs - (last?.atMs ?? -Infinity) > forgottenAfterMs)
      mayBegin(machine, request, world);
    if (inARow <= triesInARowMax) return;
    throw new Violation(
      `nobody else tries: no switch answers ${name}, which is to fence ${target}`,
    );
  }
}

/** Unless nobody is there of whom more is known. */
function mayBegin(machine: Machine, { device, target }: FenceRequest, world: Around): void {
  if (world.setting.monitors !== 'answered') return;
  const better = othersFor(machine, target, world).find(({ name, node, unreached }) => {
    const { attributes } = node?.cluster.nodes[name] ?? {};
    return (
      unreached === undefined && (attributes?.[`${FENCE_DEVICE_PREFIX}${device}`] ?? 'ok') === 'ok'
    );
  });
  if (better === undefined) return;
  throw new Violation(
    `known not to answer: ${machine.name} begins to fence ${target ?? ''} by ${device}, which answers ${better.name}`,
  );
}

/** Who may shoot as well, whether or not a switch answers it: who is held back fences nobody, even where nobody else can. */
const othersFor = (
  { name }: Machine,
  target: string | undefined,
  { machines }: Around,
): readonly Machine[] =>
  machines.filter(({ name: other, node, absence }) => {
    if (other === name || other === target) return false;
    if (node === undefined || absence !== undefined) return false;
    const { cluster } = node;
    return cluster.nodes[other]?.condition === 'online' && !isHeldBack(cluster, other);
  });
