/**
 * Stories of whole clusters in plain text:
 *
 *     # What is to be seen here.
 *     nodes n1 n2 n3
 *     primitive web monitor=10s
 *     when
 *      0 boot n1 n2 n3
 *     10 apply
 *     60 end
 *     then
 *       10.0 …
 *
 * Times are seconds. What is told below `then` is the outcome, written by the run.
 */
import type { Command } from '../../cluster/commands.ts';
import type { Mark } from '../../cluster/marks.ts';
import { needsAccess } from '../../cluster/requirement.ts';
import type { Configuration, Primitive } from '../../model/configuration.ts';
import { givesAccess } from '../../model/fence-device.ts';
import { nodeName, resourceId, wallMs } from '../../model/ids.ts';
import type { OperationOutcome } from '../../model/operation.ts';
import { isFinished } from '../../transition/advance.ts';
import { configurationOf, configure, uniqueResources } from './notation.ts';
import { World } from './world.ts';

/** The story with its outcome as it is now. */
export function runScenario(text: string): string {
  const [head = ''] = text.split(/^then$/m);
  const outcome = playOf(head).run();
  return `${head}then\n${outcome.map((line) => `${line}\n`).join('')}`;
}

/** How the world is at the end of the story. */
export function playScenario(text: string): World {
  const [head = ''] = text.split(/^then$/m);
  const play = playOf(head);
  play.run();
  return play.world;
}

function playOf(head: string): Play {
  const [given = '', when = ''] = head.split(/^when$/m);
  const lines = given.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const names = lines
    .filter((line) => line.startsWith('nodes '))
    .flatMap((line) => line.split(' ').slice(1));
  const rest = lines.filter((line) => !line.startsWith('nodes ') && line !== TWO_NODE);
  const play = new Play(names, configurationOf(rest), lines.includes(TWO_NODE));
  for (const line of when.split('\n')) if (line.trim() !== '') play.schedule(line);
  return play;
}

/** A line for the rules of quorum (votequorum(5)); without it the majority has it. */
const TWO_NODE = 'two_node, wait_for_all: 0';

class Play {
  readonly #world: World;
  #configuration: Configuration;
  #endMs = 0;

  constructor(names: readonly string[], configuration: Configuration, isTwoNode: boolean) {
    this.#world = new World(names, isTwoNode);
    this.#configuration = configuration;
  }

  get world(): World {
    return this.#world;
  }

  schedule(line: string): void {
    const [, seconds = '', what = ''] = /^\s*(\d+(?:\.\d+)?)\s+(.*)$/.exec(line) ?? [];
    if (what === '') throw new Error(`this is no event: ${line}`);
    const atMs = Math.round(Number(seconds) * 1000);
    if (what === 'end') this.#endMs = atMs;
    else
      this.#world.at(atMs, () => {
        this.#world.tell(`> ${what}`);
        this.#act(what);
      });
  }

  run(): readonly string[] {
    this.#world.runUntil(this.#endMs);
    const told = this.#world.told.map(({ atMs, text }) => {
      const seconds = (atMs / 1000).toFixed(1).padStart(6);
      return `${seconds}  ${text}`.trimEnd();
    });
    return [...told, ...this.#end().map((line) => `   end  ${line}`)];
  }

  #end(): readonly string[] {
    const world = this.#world;
    const { cluster } = world;
    const { transition, decision } = cluster ?? {};
    const lines = [world.conditions(), ...world.whereabouts()];
    if (decision !== undefined && decision.wanted > decision.answered)
      lines.push('a decision is wanted');
    if (transition !== undefined && !isFinished(transition))
      lines.push('something is still to be done');
    const differences = world.differences();
    if (differences.length > 0) lines.push(`different states: ${differences.join(' / ')}`);
    return lines;
  }

  /** One event, in words. */
  #act(what: string): void {
    const world = this.#world;
    const [word = '', ...rest] = what.split(' ');
    const [first = '', second = '', third = ''] = rest;
    switch (word) {
      case 'boot':
        return rest.forEach((name) => {
          world.boot(name);
        });
      case 'power-off':
        return rest.forEach((name) => {
          world.switchOff(name);
        });
      case 'kill-daemon':
        return world.killDaemon(first);
      case 'start-daemon':
        return world.startDaemon(first);
      case 'hang':
        return world.hang(first, true);
      case 'go-on':
        return world.hang(first, false);
      case 'lose-engine':
        return world.loseEngine(first);
      case 'divide':
        return world.divide(
          rest
            .join(' ')
            .split(' | ')
            .map((part) => part.split(' ')),
        );
      case 'heal':
        return world.divide([world.machines.map((machine) => machine.name)]);
      case 'fencing':
        world.doesFencingWork = first === 'works';
        return undefined;
      case 'unfencing':
        world.doesUnfencingWork = first === 'works';
        return undefined;
      case 'disk-full':
        world.machine(first).diskRefuses = 'no space is left on the disk (ENOSPC)';
        return undefined;
      case 'clock':
        world.machine(first).clockAheadMs = Number(second) * 1000;
        return undefined;
      case 'disk-well':
        world.machine(first).diskRefuses = undefined;
        return undefined;
      case 'takes':
        world.durations.set(`${first} ${second}`, Number(third) * 1000);
        return undefined;
      case 'dies':
        world.machine(second).active.delete(first);
        return undefined;
      // With what is configured now.
      case 'starts-by-hand':
        world.machine(second).startByHand(first, this.#primitive(first));
        return undefined;
      case 'exits':
        world.machine(second).active.delete(first);
        return world.give(world.machine(second), {
          kind: 'child-exited',
          resource: resourceId(first),
          text: 'its process ended',
        });
      case 'next':
        return this.#script(rest);
      case 'shutdown':
        return world.give(world.machine(first), { kind: 'shutdown', by: 'anna' });
      case 'apply':
        return this.#apply();
      case 'remove': {
        const { resources } = this.#configuration;
        const left = resources.filter((each) => each.id !== first);
        this.#configuration = { ...this.#configuration, resources: left };
        return this.#apply();
      }
      case 'rename': {
        const resources = this.#configuration.resources.map((each) =>
          each.id === first ? { ...each, id: resourceId(second) } : each,
        );
        this.#configuration = { ...this.#configuration, resources };
        return this.#apply();
      }
      case 'change': {
        const changed = configure(this.#configuration, rest.join(' '));
        if (changed === undefined) throw new Error(`this is no change: ${what}`);
        this.#configuration = changed;
        return this.#apply();
      }
      default:
        return world.command(commandOf(what, world.nowMs));
    }
  }

  #primitive(id: string): Primitive {
    const found = this.#configuration.resources.find((each) => each.id === id);
    if (found?.kind !== 'primitive') throw new Error(`there is no primitive ${id}`);
    return found;
  }

  #apply(): void {
    const configuration = this.#configuration;
    this.#world.unique = uniqueResources(configuration);
    this.#world.needsAccess = configuration.fenceDevices.some(givesAccess)
      ? (resource) => needsAccess(configuration, resource)
      : () => false;
    this.#world.command({ kind: 'configure', configuration, source: '', by: 'anna' });
  }

  /** `next start web n1 exits 1 port in use`, `next stop web n1 times-out`. */
  #script([
    operation = '',
    resource = '',
    node = '',
    verb = '',
    code = '',
    ...words
  ]: readonly string[]): void {
    const outcome: OperationOutcome =
      verb === 'times-out'
        ? { kind: 'timed-out' }
        : { kind: 'exited', exitCode: Number(code), exitReason: words.join(' ') };
    const { script } = this.#world.machine(node);
    const key = `${operation} ${resource}`;
    script.set(key, [...(script.get(key) ?? []), outcome]);
  }
}

/** A client's command: `standby n1 for 60`, `clear standby:n1`, `move web n2 for 60`, `confirm n3` … */
function commandOf(what: string, nowMs: number): Command {
  const [word = '', first = '', second = '', third = '', seconds = ''] = what
    .replace(/^(standby|maintenance|unmanage|restart|stop|start) (\S+) for/, '$1 $2 - for')
    .split(' ');
  const end =
    seconds === '' ? {} : { expiresAt: wallMs(1_795_176_000_000 + nowMs + Number(seconds) * 1000) };
  const common = { by: 'anna', setAt: wallMs(0), ...end };
  const resource = resourceId(first);
  const set = (mark: Mark): Command => ({ kind: 'set-mark', mark });
  switch (word) {
    case 'standby':
      return set({
        kind: 'node-standby',
        id: `standby:${first}`,
        node: nodeName(first),
        ...common,
      });
    case 'maintenance':
      return set({
        kind: 'node-maintenance',
        id: `maintenance:${first}`,
        node: nodeName(first),
        ...common,
      });
    case 'evacuate':
      return set({
        kind: 'node-maintenance',
        id: `maintenance:${first}`,
        node: nodeName(first),
        evacuation: 'wanted',
        ...common,
      });
    case 'unmanage':
      return set({ kind: 'resource-maintenance', id: `maintenance:${first}`, resource, ...common });
    case 'move':
      return set({ kind: 'move', id: `move:${first}`, resource, to: nodeName(second), ...common });
    case 'restart':
      return set({ kind: 'restart', id: `restart:${first}`, resource, ...common });
    case 'stop':
      return set({
        kind: 'target-role',
        id: `target:${first}`,
        resource,
        role: 'Stopped',
        ...common,
      });
    case 'clear':
      return { kind: 'clear-mark', id: first, by: 'anna' };
    case 'cleanup':
      return first === ''
        ? { kind: 'cleanup', by: 'anna' }
        : { kind: 'cleanup', resource, by: 'anna' };
    case 'attribute':
      return { kind: 'attribute', node: nodeName(first), name: second, value: third };
    case 'reboot-for-test':
      return {
        kind: 'fence-test',
        id: `${nowMs}`,
        node: nodeName(first),
        by: 'anna',
        forReal: true,
      };
    case 'release':
      return { kind: 'fence-release', node: nodeName(first), by: 'anna' };
    case 'stop-all':
      return { kind: 'cluster-stop', by: 'anna' };
    case 'shoot':
      return { kind: 'fence-request', node: nodeName(first), by: 'anna' };
    case 'confirm':
      return { kind: 'fence-confirm', node: nodeName(first), by: 'anna' };
    default:
      throw new Error(`this is no event: ${what}`);
  }
}
