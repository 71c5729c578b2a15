/** Carries out what the core asks for; what comes of it goes back as an input. */
import type { OperationRunner } from '../agents/runner.ts';
import { assertNever } from '../core/model/ids.ts';
import type { NodeEffect, NodeInput } from '../core/node/types.ts';
import type { DiskLog } from '../host/disk/log.ts';
import type { WatchdogClient } from '../host/watchdog/client.ts';
import type { Decider, DecisionListener } from './decide.ts';
import { messageOf } from './exit.ts';
import type { KeptDecisions } from './kept-decisions.ts';
import type { Log } from './log.ts';
import type { Outbox } from './outbox.ts';
import type { Requests } from './requests.ts';

export interface World {
  readonly outbox: Outbox;
  readonly disk: Pick<DiskLog, 'append' | 'writeSnapshot'>;
  readonly runner: OperationRunner;
  readonly decider: Decider;
  /** Whom the decision of this number is told. */
  readonly decided: (number: number) => DecisionListener;
  readonly kept: KeptDecisions;
  readonly requests: Requests;
  readonly log: Log;
  /** Absent where a node is no machine of its own. */
  readonly watchdog: WatchdogClient | undefined;
  readonly bootTimeMs: () => number;
  readonly push: (input: NodeInput) => void;
  readonly exit: (restart: boolean, reason: string) => void;
}

export function perform(world: World, effect: NodeEffect): void {
  const { push } = world;
  world.log.debug(`effect ${effect.kind}`);
  switch (effect.kind) {
    case 'send':
      return world.outbox.send(effect.text);
    case 'append':
      void write(world, effect.ticket, world.disk.append(effect.records));
      return undefined;
    case 'write-snapshot':
      void write(world, effect.ticket, world.disk.writeSnapshot(effect.text, effect.keepAside));
      return undefined;
    case 'run-operation':
      void world.runner
        .run(effect.request)
        .then((result) => push({ kind: 'operation-ended', result }));
      return undefined;
    case 'cancel-operation':
      void world.runner.cancel(effect.operationId);
      return undefined;
    case 'run-fence':
      void world.runner
        .runFence(effect.request)
        .then((result) => push({ kind: 'fence-ended', result }));
      return undefined;
    case 'decide':
      return decide(world, effect);
    case 'abandon-decision':
      return world.decider.abandon(effect.number);
    case 'reply':
      return world.requests.reply(effect.tag, effect.result);
    case 'log':
      return tell(world.log, effect.severity, effect.text);
    case 'prove-health':
      return world.watchdog?.prove(effect.atMs);
    case 'release-watchdog':
      return world.watchdog?.release(world.bootTimeMs());
    case 'exit':
      return world.exit(effect.restart, effect.reason);
    case 'wake':
      return undefined; // the loop's own
    default:
      return assertNever(effect);
  }
}

/** The cluster comes first, keeping the input after it. */
function decide(world: World, effect: Extract<NodeEffect, { kind: 'decide' }>): void {
  const { number, id, picture, now } = effect;
  const { onPlan, onFailure } = world.decided(number);
  world.decider.decide(number, picture, now, {
    onPlan: (plan) => {
      onPlan(plan);
      world.kept.keep({ id, picture, now }, plan);
    },
    onFailure,
  });
}

async function write(world: World, ticket: number, written: Promise<void>): Promise<void> {
  try {
    await written;
  } catch (error) {
    const reason = messageOf(error);
    world.push({ kind: 'disk-failed', ticket, reason });
    return;
  }
  world.push({ kind: 'disk-done', ticket });
}

function tell(log: Log, severity: 'info' | 'warning' | 'error', text: string): void {
  if (severity === 'error') log.error(text);
  else if (severity === 'warning') log.warn(text);
  else log.info(text);
}
