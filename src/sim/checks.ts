/**
 * What must hold whatever happens, judged by what is true in the simulated world, never by what the
 * nodes believe:
 * - at most one active copy of each resource that must run once, and one promoted copy of the ledger;
 * - nothing is started while it runs or is being started elsewhere, so recovery waits for what ends
 *   the old copy: a stop, or a confirmed fencing; nor promoted while it is or is being promoted;
 * - nothing is started on a node whose engine has last said "no quorum", or is gone; that is so with
 *   `no-quorum-policy: ignore` as well, which only lets go on what runs (cluster/picture.ts), and so is
 *   that recovery waits for a confirmed fencing by those who have quorum;
 * - an acknowledged change is there at the end, a refused one is not, and each request was answered;
 * - equal places in the order, equal digests;
 * - what is carried out was decided in the view that carries it out;
 * - no operation counts as failed because its node stood still;
 * - a node that stood still waits as long for the others as if it began to wait then.
 */
import type { Command } from '../core/cluster/commands.ts';
import type { ClusterState } from '../core/cluster/state.ts';
import type { Plan } from '../core/model/plan.ts';
import type { OperationRequest } from '../core/model/operation.ts';
import { sortedValues } from '../core/cluster/order.ts';
import type { NodeState } from '../core/node/state.ts';
import type { NodeEffect } from '../core/node/types.ts';
import { promotable, uniqueResources } from './configuration.ts';
import type { Halves } from './halves.ts';
import type { Machine } from './machine.ts';
import { Violation } from './violation.ts';

type Reply = Extract<NodeEffect, { kind: 'reply' }>['result'];

interface Request {
  readonly machine: string;
  readonly life: number;
  readonly command: Command;
  reply: Reply | undefined;
}

export class Checks {
  readonly requests = new Map<string, Request>();
  readonly #decidedIn = new Map<string, Set<string>>();
  readonly #digests = new Map<string, { readonly digest: string; readonly node: string }>();
  /** Two halves of two nodes may both commit until one is fenced. */
  readonly #halves: Halves;

  constructor(halves: Halves) {
    this.#halves = halves;
  }

  requested(tag: string, machine: Machine, command: Command): void {
    const { name, lives } = machine;
    this.requests.set(tag, { machine: name, life: lives, command, reply: undefined });
  }

  replied(tag: string, reply: Reply): Request {
    const request = this.requests.get(tag);
    if (request === undefined) throw new Violation(`a reply to nobody: ${tag}`);
    if (request.reply !== undefined) throw new Violation(`request ${tag} was answered twice`);
    request.reply = reply;
    return request;
  }

  /** With a daemon its clients' connections end. */
  lifeEnded(machine: Machine): void {
    for (const [tag, request] of this.requests) {
      const isIts = request.machine === machine.name && request.life === machine.lives;
      if (isIts && request.reply === undefined) this.requests.delete(tag);
    }
  }

  oneCopy(machines: readonly Machine[]): void {
    for (const resource of uniqueResources) {
      const where = machines.filter((machine) => machine.isLive(resource));
      if (where.length < 2) continue;
      const names = where.map((machine) => machine.name).join(' and ');
      throw new Violation(`two active copies: ${resource} runs on ${names}`);
    }
    const where = machines.filter(
      (machine) => machine.isLive(promotable) && machine.isPromoted(promotable),
    );
    if (where.length < 2) return;
    const names = where.map((machine) => machine.name).join(' and ');
    throw new Violation(`two promoted copies: ${promotable} is promoted on ${names}`);
  }

  /** Nothing is started while it runs, or is being started, elsewhere. */
  startAlone(machines: readonly Machine[], starter: Machine, request: OperationRequest): void {
    const { operation, resource } = request;
    if (operation === 'promote') this.#promoteAlone(machines, starter, resource);
    if (operation !== 'start' || !uniqueResources.includes(resource)) return;
    for (const machine of machines) {
      if (machine === starter || !machine.mayUse(resource)) continue;
      if (machine.active.has(resource) || isUnderWay(machine, 'start', resource)) {
        throw new Violation(
          `started beside another copy: ${resource} on ${starter.name} and ${machine.name}`,
        );
      }
    }
  }

  #promoteAlone(machines: readonly Machine[], starter: Machine, resource: string): void {
    const other = machines.find(
      (machine) =>
        machine !== starter &&
        machine.mayUse(resource) &&
        (machine.isPromoted(resource) || isUnderWay(machine, 'promote', resource)),
    );
    if (other === undefined) return;
    throw new Violation(
      `promoted beside another copy: ${resource} on ${starter.name} and ${other.name}`,
    );
  }

  startAllowed(machine: Machine, what: string, isQuorate: boolean): void {
    if (!isQuorate) throw new Violation(`${what} begins on ${machine.name} without quorum`);
  }

  /** Of a migration, half may be going on elsewhere: that it timed out is the truth. */
  needlessFailure({ name, node, needless }: Machine): void {
    const record = node?.cluster.nodes[name];
    if (record === undefined || record.incarnation !== node?.options.incarnation) return;
    for (const { operation, resource, operationId } of needless) {
      if (operation.startsWith('migrate')) continue;
      const told = record.history[resource]?.operations.find(
        ({ callId }) => callId === Number(operationId),
      );
      if (told?.status !== 'timeout') continue;
      throw new Violation(
        `a needless failure: ${operation} of ${resource} timed out while ${name} stood still`,
      );
    }
  }

  /** A decision was made from what this view of the cluster knew. */
  decided(plan: Plan, view: string): void {
    const key = keyOf(plan.actions);
    this.#decidedIn.set(key, (this.#decidedIn.get(key) ?? new Set()).add(view));
  }

  /** What all begin to carry out was decided in the view that is open, not in one that is over. */
  accepted(before: ClusterState, after: ClusterState): void {
    const { transition, view } = after;
    if (transition === undefined || transition.id === before.transition?.id) return;
    if (before.view !== view) return;
    const views = this.#decidedIn.get(keyOf(transition.actions));
    if (views === undefined || views.has(view)) return;
    throw new Violation(`a stale order: decision ${transition.id} was made in another view`);
  }

  /** `before`: the node before the step that it has just made. */
  patience(
    { name, node, awakeSinceMs, stallsInARow }: Machine,
    before: NodeState,
    nowMs: number,
  ): void {
    if (node === undefined || awakeSinceMs === undefined || node.asked === before.asked) return;
    for (const record of sortedValues(node.cluster.nodes)) {
      const tag = `ask lost ${record.name}`;
      if (node.asked[tag] === undefined || before.asked[tag] !== undefined) continue;
      const isThere = node.machines?.includes(record.name) !== false;
      const graceMs = record.condition === 'unseen' ? 20_000 : node.options.daemonGraceMs;
      if (!isThere || record.condition === 'online' || stallsInARow > 3) continue;
      if (nowMs - awakeSinceMs >= graceMs) continue;
      throw new Violation(
        `judged by an old timer: ${name} stood still and declares ${record.name} lost`,
      );
    }
  }

  equalStates(machines: readonly Machine[]): void {
    for (const { name, node } of machines) {
      if (node === undefined || node.view.phase.kind !== 'open') continue;
      const { line, machine } = node.replica;
      const digest = machine.digest(line.state);
      const known = this.#digests.get(line.chain);
      if (known === undefined) this.#digests.set(line.chain, { digest, node: name });
      else if (known.digest !== digest) {
        throw new Violation(`${name} and ${known.node} are at one place and their states differ`);
      }
    }
    // Old places do not come again.
    if (this.#digests.size > 10_000) this.#digests.clear();
  }

  /** A request that one of these has not answered yet. */
  unanswered(machines: readonly Machine[]): string | undefined {
    const names = new Set<string>(machines.map(({ name }) => name));
    const isOpen = (request: Request): boolean =>
      request.reply === undefined && names.has(request.machine);
    return [...this.requests].find(([, request]) => isOpen(request))?.[0];
  }

  /** At the end, when all agree and all is answered. */
  fates(machine: Machine): void {
    const tickets = machine.node?.cluster.tickets ?? {};
    for (const [tag, { command, reply }] of this.requests) {
      if (reply === undefined || command.kind !== 'ticket') continue;
      const isThere = Object.hasOwn(tickets, command.ticket);
      if (reply.kind === 'applied' && !isThere && !this.#halves.isDivided) {
        throw new Violation(`acknowledged and lost: ${command.ticket} (request ${tag})`);
      }
      if (reply.kind === 'refused' && isThere) {
        throw new Violation(`refused and done: ${command.ticket} (request ${tag})`);
      }
    }
  }
}

const keyOf = (actions: Plan['actions']): string =>
  actions.map(({ id, name }) => `${id} ${name}`).join('\n');

const isUnderWay = (machine: Machine, operation: string, resource: string): boolean =>
  [...machine.running].some((each) => each.operation === operation && each.resource === resource);
