/** Real messages with the node that got them, as it was right before: what the fuzzer begins from. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { NodeState } from '../../src/core/node/state.ts';
import { playScenario } from '../../src/core/node/testing/scenario.ts';
import { World } from '../../src/core/node/testing/world.ts';
import type { NodeClocks } from '../../src/core/node/types.ts';
import type { EngineEvent } from '../../src/core/model/engine.ts';
import { monotonicMs, wallMs } from '../../src/core/model/ids.ts';
import type { Chance } from '../differ/chance.ts';

export type MessageEvent = Extract<EngineEvent, { kind: 'engine-message' }>;

export interface Delivery {
  readonly node: NodeState;
  readonly event: MessageEvent;
  readonly clocks: NodeClocks;
}

const STORIES = join(import.meta.dirname, '../../scenarios/cluster');
/** 2026-11-20T12:00:00Z, somewhere near the stories' own clock. */
const WALL_MS = 1_795_176_000_000;

/** Deliveries of all stories of whole clusters, so many of each at most, chosen by chance. */
export function recordDeliveries(chance: Chance, perStoryMax: number): readonly Delivery[] {
  const files = readdirSync(STORIES).filter((name) => name.endsWith('.txt'));
  return files.sort().flatMap((name) => {
    const heard = deliveriesOf(readFileSync(join(STORIES, name), 'utf8'));
    return chance.some(heard, perStoryMax);
  });
}

function deliveriesOf(story: string): readonly Delivery[] {
  const heard: Delivery[] = [];
  // oxlint-disable-next-line typescript/unbound-method -- called with the world below
  const { give } = World.prototype;
  World.prototype.give = function listen(this: World, machine, input): void {
    const { node } = machine;
    if (node !== undefined && input.kind === 'engine' && input.event.kind === 'engine-message') {
      const nowMs = monotonicMs(this.nowMs);
      const clocks = { nowMs, wallMs: wallMs(WALL_MS + this.nowMs + machine.clockAheadMs) };
      heard.push({ node, event: input.event, clocks });
    }
    give.call(this, machine, input);
  };
  try {
    playScenario(story);
  } catch {
    // Whether a story ends well is for others to say (src/core/node/scenarios.test.ts).
  } finally {
    World.prototype.give = give;
  }
  return heard;
}
