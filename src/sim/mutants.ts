/**
 * Bugs planted to test the tests: each is a textual change of one file or a few, made in a copy of
 * the source, and the named checks must find it. The product's code carries no switches for this.
 */
import type { Mutant } from './mutant.ts';
import { ofAbsence } from './mutants-absence.ts';
import { ofCalm } from './mutants-calm.ts';
import { promised } from './mutants-promised.ts';
import { ofMoves } from './mutants-moves.ts';
import { ofNodes } from './mutants-nodes.ts';
import { ofPeople } from './mutants-people.ts';
import { ofPromoted } from './mutants-promoted.ts';
import { ofProvoked } from './mutants-provoked.ts';
import { ofStorage } from './mutants-storage.ts';
import { ofUnreached } from './mutants-unreached.ts';
import { ofVersions } from './mutants-versions.ts';
import { ofTheStore } from './mutants-store.ts';

export const mutants: readonly Mutant[] = [
  ...promised,
  ...ofNodes,
  ...ofProvoked,
  ...ofAbsence,
  ...ofCalm,
  ...ofPromoted,
  ...ofStorage,
  ...ofPeople,
  ...ofMoves,
  ...ofUnreached,
  ...ofVersions,
  ...ofTheStore,
];
