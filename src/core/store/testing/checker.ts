/** The store's promises, checked from outside: see docs/decisions/store.md. */
import { canonicalJson } from '../../wire/canonical.ts';
import { epochOf } from '../line.ts';
import type { StoreOutput } from '../types.ts';
import type { WordCommand } from './machine.ts';
import type { Daemon } from './daemon.ts';

type Answer = Extract<StoreOutput, { kind: 'answer' }>;

interface Submitted {
  readonly life: string;
  readonly command: WordCommand;
  result: Answer['result'] | undefined;
}

export class Checker {
  readonly #submitted = new Map<string, Submitted>();
  readonly #byPlace = new Map<string, string>();
  readonly #byChain = new Map<string, string>();
  readonly #actingViews = new Map<number, string>();
  /** Halves of a two-node cluster may both act until one is fenced; the fenced one's changes go. */
  readonly #mayDivide: boolean;

  constructor(mayDivide: boolean) {
    this.#mayDivide = mayDivide;
  }

  submitted(daemon: Daemon, tag: string, command: WordCommand): void {
    this.#submitted.set(tag, { life: lifeOf(daemon), command, result: undefined });
  }

  /** A daemon dies: nobody is left to hear its answers. */
  forget(daemon: Daemon): void {
    for (const [tag, each] of this.#submitted) {
      if (each.life === lifeOf(daemon) && each.result === undefined) this.#submitted.delete(tag);
    }
  }

  answered(answer: Answer): void {
    const submitted = this.#submitted.get(answer.tag);
    if (submitted === undefined) throw new Error(`an answer to nobody: ${answer.tag}`);
    if (submitted.result !== undefined) throw new Error(`answered twice: ${answer.tag}`);
    submitted.result = answer.result;
  }

  look(daemons: readonly Daemon[]): void {
    for (const { node, replica } of daemons) {
      if (replica === undefined) continue;
      const { line, group } = replica;
      const where = `${node} at ${epochOf(line)}.${line.applied}`;
      if (replica.alone !== undefined) continue;
      same(this.#byChain, line.chain, canonicalJson(line.state), `one chain, two states: ${where}`);
      // What a disk gives is taken for committed only if its line goes on.
      if (this.#mayDivide || line.opening === undefined) continue;
      const place = `${epochOf(line)}.${line.applied}`;
      const applied = canonicalJson(line.state.kept.slice(0, line.applied));
      same(this.#byPlace, place, applied, `one place, two states: ${where}`);
      if (group?.opening.acting !== true) continue;
      const { number } = group.opening.epoch;
      same(this.#actingViews, number, group.view, `two views act in epoch ${number}: ${where}`);
    }
  }

  /** After healing: all the same, nothing acknowledged is lost, nothing refused was done. */
  converged(daemons: readonly Daemon[]): void {
    const states = new Set(daemons.map((each) => canonicalJson(each.replica?.state ?? null)));
    if (states.size !== 1) throw new Error(`no convergence: ${describe(daemons)}`);
    const views = new Set(daemons.map((each) => each.replica?.line.view));
    if (views.size !== 1) throw new Error(`different views: ${describe(daemons)}`);
    for (const { node, replica } of daemons) {
      const { phase, members } = replica?.view ?? {};
      if (phase?.kind !== 'open' || !phase.acting || members?.length !== daemons.length) {
        throw new Error(`${node} is not in an acting view of all: ${describe(daemons)}`);
      }
    }
    this.#checkFates(daemons[0]?.replica?.state.kept ?? []);
  }

  #checkFates(kept: readonly string[]): void {
    const times = new Map<string, number>();
    for (const word of kept) times.set(word, (times.get(word) ?? 0) + 1);
    for (const [word, count] of times) {
      if (count > 1) throw new Error(`${word} was done ${count} times`);
    }
    for (const [tag, { command, result }] of this.#submitted) {
      if (result === undefined) throw new Error(`never answered: ${tag}`);
      if (command.kind !== 'keep') continue;
      const isKept = times.has(command.word);
      if (result.kind === 'applied' && !isKept && !this.#mayDivide)
        throw new Error(`acknowledged and lost: ${tag}`);
      if (result.kind === 'refused' && isKept) throw new Error(`refused and done: ${tag}`);
    }
  }
}

function same<K>(known: Map<K, string>, key: K, value: string, problem: string): void {
  const before = known.get(key);
  if (before === undefined) known.set(key, value);
  else if (before !== value) throw new Error(`${problem}\n  ${before}\n  ${value}`);
}

const lifeOf = (daemon: Daemon): string => `${daemon.node}/${daemon.lives}`;

/** One line per daemon, for failures and stories. */
export function describe(daemons: readonly Daemon[]): string {
  const lines = daemons.map(({ node, replica, jobs }) => {
    if (replica === undefined) return `${node}: down`;
    const { view, line, standing } = replica;
    const members = view.members.map((each) => each.incarnation).join(' ');
    return [
      `${node}: ${canonicalJson(view.phase)} ${standing}`,
      `epoch ${epochOf(line)} index ${line.applied}/${line.index}`,
      `members ${members}; ${jobs.length} disk jobs; ${view.findings.join('; ')}`,
    ].join(' ');
  });
  return `\n${lines.join('\n')}`;
}
