/** An executor by hand: ready actions in, what it does in words out. */
import { action, freeze, n1 } from '../../cluster/testing/cluster.ts';
import { monotonicMs, resourceId, wallMs } from '../../model/ids.ts';
import type { Containment, OperationOutcome, OperationResult } from '../../model/operation.ts';
import { queueDueMonitors, syncQueue } from '../queue.ts';
import { childExited, endOperation, reportAnswered, reportEnded } from '../report.ts';
import { spawnQueued } from '../run.ts';
import type { ExecutorEffect, ExecutorState, Permission, StartPermission } from '../types.ts';

export class Hand {
  executor: ExecutorState = {
    self: n1,
    operations: {},
    recurring: {},
    receiving: {},
    calls: 0,
    slow: {},
  };
  nowMs = 0;
  operationsMax = 4;
  allowed: StartPermission = { kind: 'yes' };
  ready: readonly string[] = [];
  leftOver: readonly string[] = [];
  readonly logged: string[] = [];
  mayBeContained = false;

  /** One step of the node: what is wanted, what is due, what may run, what is to be told. */
  turn(ready: readonly string[] = this.ready, leftOver = this.leftOver): readonly string[] {
    this.ready = ready;
    this.leftOver = leftOver;
    const actions = (texts: readonly string[]): ReturnType<typeof action>[] =>
      texts.map((text, id) => action(text, id));
    const synced = syncQueue(freeze(this.executor), actions(ready), actions(leftOver));
    const due = queueDueMonitors(freeze(synced), monotonicMs(this.nowMs));
    const permission: Permission = { mayStart: () => this.allowed };
    const now = monotonicMs(this.nowMs);
    const spawned = spawnQueued(freeze(due), permission, this.operationsMax, now);
    const told = reportEnded(freeze(spawned.executor), now);
    this.executor = freeze(told.executor);
    return [...spawned.effects, ...told.effects]
      .map((effect) => this.words(effect))
      .filter(Boolean);
  }

  words(effect: ExecutorEffect): string {
    switch (effect.kind) {
      case 'run-operation': {
        const { operation, resource, intervalMs, operationId } = effect.request;
        const interval = intervalMs === 0 ? '' : `/${intervalMs}`;
        return `run ${operation}${interval} ${resource} #${operationId}`;
      }
      case 'cancel-operation':
        return `cancel #${effect.operationId}`;
      case 'report': {
        const { outcome, operation, resource } = effect.result;
        const code = outcome.kind === 'exited' ? String(outcome.exitCode) : outcome.kind;
        return `report ${operation} ${resource} ${code}`;
      }
      case 'log':
        this.logged.push(effect.text);
        return '';
    }
  }

  end(
    operationId: string,
    outcome: OperationOutcome | number = 0,
    durationMs = 5.4,
    containment?: Containment,
  ): void {
    const ended: OperationOutcome =
      typeof outcome === 'number' ? { kind: 'exited', exitCode: outcome, exitReason: '' } : outcome;
    const result: OperationResult = {
      operationId,
      outcome: ended,
      durationMs,
      output: 'said',
      ...(containment === undefined ? {} : { containment }),
    };
    const clocks = { nowMs: monotonicMs(this.nowMs), wallMs: wallMs(1000) };
    this.executor = freeze(
      endOperation(freeze(this.executor), result, clocks, () => this.mayBeContained),
    );
  }

  exit(resource: string): void {
    const id = resourceId(resource);
    this.executor = freeze(
      childExited(freeze(this.executor), id, 'killed by SIGSEGV', wallMs(1000)),
    );
  }

  /** The store answers every report that was given. */
  answer(applied = true): void {
    for (const key of Object.keys(this.executor.operations)) {
      if (this.executor.operations[key]?.asked !== true) continue;
      this.executor = freeze(reportAnswered(freeze(this.executor), key, applied));
    }
  }

  phases(): readonly string[] {
    return Object.values(this.executor.operations)
      .map((each) => `${each.request.operation} ${each.request.resource} ${each.phase}`)
      .toSorted();
  }

  monitors(): readonly string[] {
    return Object.keys(this.executor.recurring).toSorted();
  }
}
