/** Machines and containers that are nobody's resources: found on all nodes, taken over, given back. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Found } from '../adopt/found.ts';
import {
  conflictsOf,
  copyNotes,
  isFixed,
  keptFrom,
  pathsOf,
  reachNotes,
  together,
} from '../adopt/gather.ts';
import type { Machine, Reach, Report } from '../adopt/gather.ts';
import { isKnown, isManaged } from '../adopt/known.ts';
import { search } from '../adopt/search.ts';
import { lookAt } from '../adopt/storage.ts';
import type { Seen } from '../adopt/storage.ts';
import { answerWay } from '../agents/container/arrival.ts';
import { whyNotTaken } from '../agents/vm/refusal.ts';
import { placesIn, switchOff, switchOn, switchedOff } from '../adopt/switches.ts';
import type { Switched } from '../api/backend.ts';
import type { FoundMachine, FoundMachines, MachineSearch } from '../api/schemas/machines.ts';
import type { Configuration } from '../core/model/configuration.ts';
import type { Answers } from './inquiry.ts';

/** From daemon to daemon: what each does on its own node. */
export type MachineQuestion =
  | { readonly kind: 'search'; readonly vms: boolean; readonly containers: boolean }
  | { readonly kind: 'reach'; readonly paths: readonly string[] }
  /** What starts these is switched off where they run. */
  | { readonly kind: 'take'; readonly adoptions: readonly Taking[] }
  | { readonly kind: 'give'; readonly resources: readonly string[] }
  /** Why a machine that is sent there is not taken. */
  | { readonly kind: 'arrival'; readonly resource: string }
  /** Its half of the key for a container that is sent there. */
  | { readonly kind: 'way'; readonly resource: string; readonly half: string }
  | { readonly kind: 'ignore'; readonly names: readonly string[]; readonly ignored: boolean };

export interface Taking {
  readonly resource: string;
  readonly identity: string;
  /** Where it is only defined, it is known by this. */
  readonly uuid?: string;
}

interface SearchAnswer {
  readonly found: readonly Found[];
  readonly problems: readonly string[];
  readonly ignored: readonly string[];
}

export interface MachinesParts {
  readonly stateDirectory: string;
  readonly configuration: () => { readonly version: number; readonly model: Configuration };
}

/** Asks every node that is online, or these. */
export type AskNodes = (question: MachineQuestion, nodes?: readonly string[]) => Promise<Answers>;

const PATHS_MAX = 500;

/** This node's part of it: answers to what `askAll…` below asks of every node. */
export class Machines {
  readonly #parts: MachinesParts;
  /** Taken for a configuration that is still to come: the version that was in force then. */
  readonly #taken = new Map<string, number>();

  constructor(parts: MachinesParts) {
    this.#parts = parts;
  }

  async answer(asked: unknown): Promise<unknown> {
    const question = asked as MachineQuestion | undefined;
    switch (question?.kind) {
      case 'search': {
        const { found, problems } = await search(question);
        return { found, problems, ignored: this.ignored() } satisfies SearchAnswer;
      }
      case 'reach':
        return lookAt(question.paths.slice(0, PATHS_MAX));
      case 'take':
        return this.#take(question.adoptions);
      case 'give':
        return this.#give(question.resources);
      case 'arrival':
        return whyNotTaken(question.resource);
      case 'way':
        return answerWay(question.resource, question.half);
      case 'ignore':
        return this.#ignore(question);
      default:
        throw new Error('it does not know this question (another version?)');
    }
  }

  /** Names that are not to be suggested. */
  ignored(): readonly string[] {
    try {
      const names = JSON.parse(readFileSync(this.#ignoredFile, 'utf8')) as unknown;
      return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
    } catch {
      return [];
    }
  }

  /** What was released, or is gone from the configuration, while this node was not there to hear it. */
  async giveBackWhatIsNobodys(): Promise<Switched> {
    const { version, model } = this.#parts.configuration();
    const free = switchedOff(this.#places).filter(
      (resource) => !isManaged(model, resource) && (this.#taken.get(resource) ?? -1) < version,
    );
    return this.#give(free);
  }

  async #take(adoptions: readonly Taking[]): Promise<Switched> {
    const { found } = await search({ vms: true, containers: true });
    const switches: string[] = [];
    const problems: string[] = [];
    for (const { resource, identity, uuid } of adoptions) {
      const isIt = (one: Found): boolean =>
        one.identity === identity || (one.off && uuid !== undefined && one.uuid === uuid);
      const one = found.find(isIt);
      if (one === undefined) continue;
      this.#taken.set(resource, this.#parts.configuration().version);
      problems.push(...(await switchOff({ resource, switches: one.switches }, this.#places)));
      switches.push(...one.switches.map(({ what }) => what));
    }
    return { switches, problems };
  }

  async #give(resources: readonly string[]): Promise<Switched> {
    const switches: string[] = [];
    const problems: string[] = [];
    for (const resource of resources) {
      this.#taken.delete(resource);
      const given = await switchOn(resource, this.#places);
      switches.push(...(given?.switches ?? []).map(({ what }) => what));
      problems.push(...(given?.problems ?? []));
    }
    return { switches, problems };
  }

  #ignore({ names, ignored }: Extract<MachineQuestion, { kind: 'ignore' }>): readonly string[] {
    const others = this.ignored().filter((name) => !names.includes(name));
    const now = ignored ? [...others, ...names].toSorted() : others;
    mkdirSync(this.#parts.stateDirectory, { recursive: true, mode: 0o700 });
    writeFileSync(this.#ignoredFile, JSON.stringify(now), { mode: 0o600 });
    return now;
  }

  get #places() {
    return placesIn(this.#parts.stateDirectory);
  }

  get #ignoredFile(): string {
    return join(this.#parts.stateDirectory, 'ignored-machines.json');
  }
}

// --- Of all nodes together ---

/** What runs and is no resource, with what is to be known before it becomes one. */
export async function searchAll(
  { ask, configuration }: Pick<MachinesParts, 'configuration'> & { readonly ask: AskNodes },
  { vms, containers, names }: MachineSearch,
): Promise<FoundMachines> {
  const { given, problems } = await ask({ kind: 'search', vms, containers });
  const answers = [...given].map(([node, one]) => ({ node, ...(one as SearchAnswer) }));
  const all = together(answers.map(({ node, found }): Report => ({ node, found })));
  const ignored = new Map(answers.map((one) => [one.node, one.ignored]));
  const { model } = configuration();
  const isMeant = ({ name, node, off }: Machine): boolean =>
    names.length === 0 ? !off && ignored.get(node)?.includes(name) !== true : names.includes(name);
  const isWanted = (machine: Machine): boolean => !isKnown(model, machine) && isMeant(machine);
  const wanted = all.filter(isWanted);
  const reached = await ask({ kind: 'reach', paths: pathsOf(all).slice(0, PATHS_MAX) });
  const reach = new Map([...reached.given].map(([node, one]) => [node, one as readonly Seen[]]));
  return {
    machines: wanted.map((machine) => toView(machine, reach)),
    off: all
      .filter((one) => one.off && names.length === 0 && !isKnown(model, one))
      .map(({ node, name }) => ({ node, name })),
    known: all.filter((one) => isKnown(model, one)).map(({ name }) => name),
    conflicts: conflictsOf(all, reach, isWanted),
    problems: [
      ...problems,
      ...answers.flatMap((one) => one.problems.map((text) => `${one.node}: ${text}`)),
    ],
  };
}

function toView(machine: Machine, reach: Reach): FoundMachine {
  const { node, kind, name, agent, parameters, identity, operations, memoryMib, cpus, off, uuid } =
    machine;
  const { migrate, ...usual } = operations;
  return {
    node,
    kind,
    name,
    agent,
    parameters,
    identity,
    operations: { ...usual, ...(migrate === undefined ? {} : { migrate }) },
    ...(memoryMib === undefined ? {} : { memoryMib }),
    ...(cpus === undefined ? {} : { cpus }),
    off,
    ...(uuid === undefined ? {} : { uuid }),
    autostart: machine.autostart,
    switches: machine.switches.map(({ what }) => what),
    notes: [...reachNotes(machine, reach), ...copyNotes(machine, reach), ...machine.notes],
    fixed: isFixed(machine, reach),
    keptFrom: [...keptFrom(machine, reach)],
  };
}

/** Each node does what concerns it; what could not be done is said with its name. */
export async function switchAll(ask: AskNodes, question: MachineQuestion): Promise<Switched> {
  const { given, problems } = await ask(question);
  const answers = [...given].map(([node, one]) => ({ node, ...(one as Switched) }));
  return {
    switches: answers.flatMap(({ node, switches }) =>
      [...new Set(switches)].map((what) => `${what} (${node})`),
    ),
    problems: [
      ...problems,
      ...answers.flatMap((one) => one.problems.map((text) => `${one.node}: ${text}`)),
    ],
  };
}
