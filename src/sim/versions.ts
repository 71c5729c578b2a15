/**
 * Two versions of the program side by side (docs/decisions/rolling-upgrade.md). The second brings a command
 * that the first cannot read, nor a state with what came of it: here a ticket with a name of its own. Judged
 * by what is true: no program of the first version is ever given such a text, and nothing is said in it
 * while a node that may come back has the first version.
 */
import { isForgotten } from '../core/cluster/forget.ts';
import type { Command } from '../core/cluster/commands.ts';
import type { clusterMachine } from '../core/cluster/machine.ts';
import { sortedKeys } from '../core/cluster/order.ts';
import type { ClusterState } from '../core/cluster/state.ts';
import type { Profile } from './fault.ts';
import type { Machine } from './machine.ts';
import { Violation } from './violation.ts';

type Program = typeof clusterMachine;

/** The feature level of the second version. */
export const newest = 2;
const isNewer = (ticket: string): boolean => ticket.startsWith('new-');

/** Every other one that a newer program is asked for is of the newer kind. */
export function ticketName({ upgrades }: Profile, { node }: Machine, number: number): string {
  const level = node?.replica.options.featureLevel ?? 0;
  const isNew = upgrades === true && level >= newest && number % 2 === 0;
  return `${isNew ? 'new-' : ''}ticket-${number}`;
}

/** The program as this machine has it now: what it reads, and what it takes for newer. */
export const programOf = (
  program: Program,
  { name, featureLevel }: Machine,
  machines: readonly Machine[],
): Program =>
  featureLevel < newest ? ofFirstVersion(program, name) : ofSecondVersion(program, machines);

const ofFirstVersion = (program: Program, name: string): Program => ({
  ...program,
  decode: (text) => {
    const state = program.decode(text);
    const ticket = state && sortedKeys(state.tickets).find(isNewer);
    if (ticket !== undefined)
      throw new Violation(`too new: ${name} is to read a state with ${ticket}`);
    return state;
  },
  decodeCommand: (text) => {
    const command = program.decodeCommand(text);
    if (!isOfSecondVersion(command)) return command;
    throw new Violation(`too new: ${name} is to read what its program does not know`);
  },
});

const ofSecondVersion = (program: Program, machines: readonly Machine[]): Program => ({
  ...program,
  levelOf: (command) => (isOfSecondVersion(command) ? newest : program.levelOf(command)),
  apply: (state, command, at) => {
    if (isOfSecondVersion(command)) maySay(state, machines);
    return program.apply(state, command, at);
  },
});

const isOfSecondVersion = (command: Command | undefined): boolean =>
  command?.kind === 'ticket' && isNewer(command.ticket);

/** Who was never there, or is gone for good, holds nothing back; who was there with the newer version is not let in. */
function maySay(state: ClusterState, machines: readonly Machine[]): void {
  const old = machines.find(
    ({ name, featureLevel, isDowngraded }) =>
      featureLevel < newest &&
      !isDowngraded &&
      (state.nodes[name]?.incarnation ?? '') !== '' &&
      !isForgotten(state, name),
  );
  if (old === undefined) return;
  throw new Violation(`said too early: ${old.name} has the version before`);
}

/** All who are there were upgraded; who stays away and was last seen with the older version holds it back. */
export function whatIsOld({ upgrades }: Profile, machines: readonly Machine[]): string | undefined {
  const isHeldBack = machines.some(
    ({ absence, wasDowngraded }, at) => absence !== undefined && (at === 0 || wasDowngraded),
  );
  if (upgrades !== true || isHeldBack) return undefined;
  const old = machines.find(
    ({ absence, node }) => absence === undefined && (node?.cluster.featureLevel ?? 0) < newest,
  );
  return old === undefined ? undefined : `${old.name} has not heard of the newer feature level`;
}
