/**
 * The commands that need no daemon, as functions: they read files and return what to print. The
 * command line gives them its options and prints their outcome.
 */
import { basename } from 'node:path';
import type { Finding, Plan } from '../core/model/plan.ts';
import type { Picture } from '../core/model/picture.ts';
import { findingText } from '../schema/finding.ts';
import { runBatch } from './answers.ts';
import { checkClusterYaml } from './configuration.ts';
import { whatIfEvents } from './events.ts';
import type { WhatIfOptions } from './events.ts';
import { exportCib } from './export.ts';
import { TooLong, readWithin } from './files.ts';
import { importCib } from './import.ts';
import { planDigest, readKept } from './kept.ts';
import type { KeptDecision } from './kept.ts';
import { pictureOfBoth, pictureOfCib, pictureOfYaml } from './inputs.ts';
import { renderDecision, simulate } from './simulate.ts';
import type { SimulationFormat } from './simulate.ts';
import { parseTime } from './time.ts';

export type Outcome =
  /** `text` is the answer (standard output), `notes` are lines about it (standard error). */
  { readonly kind: 'done'; readonly text: string; readonly notes: readonly string[] } | Failed;

export interface Failed {
  readonly kind: 'failed';
  /** As in the command's table of exit codes. */
  readonly reason: 'usage' | 'notFound' | 'invalid';
  readonly lines: readonly string[];
}

export const failed = (reason: Failed['reason'], ...lines: readonly string[]): Failed => ({
  kind: 'failed',
  reason,
  lines,
});

const done = (text: string, notes: readonly string[] = []): Outcome => ({
  kind: 'done',
  text,
  notes,
});

/** A decision that a daemon kept: its file, or what the daemon gave. */
export type KeptSource =
  | { readonly path: string }
  | { readonly name: string; readonly bytes: Uint8Array };

/**
 * A CIB, a cluster.yaml, or a picture that the daemon gave. With `config` beside another one the
 * configuration is taken from there, and the situation from the other.
 */
export interface SituationOptions {
  readonly cib?: string;
  readonly config?: string;
  readonly picture?: Picture;
  readonly kept?: KeptSource;
  /** Members for `config`, where it lists none, or more than it lists. */
  readonly nodes?: readonly string[];
}

export interface SimulateOptions extends WhatIfOptions, SituationOptions {
  readonly now?: string;
  /** As if everything ran already that would be started. */
  readonly running?: boolean;
  readonly format?: SimulationFormat;
}

/** `holdfast simulate`. */
export async function simulateCommand(options: SimulateOptions): Promise<Outcome> {
  const events = whatIfEvents(options);
  if ('error' in events) return failed('usage', events.error);
  const now = options.now === undefined ? undefined : parseTime(options.now);
  if (options.now !== undefined && now === undefined) {
    return failed('usage', `"${options.now}" is not a time: write 2026-07-01T12:00:00Z`);
  }
  const input = readInput(options);
  if ('kind' in input) return input;
  const { picture, name, kept } = input;
  const time = now ?? kept?.now;
  const result = simulate({
    picture,
    events: events.events,
    running: options.running === true,
    ...(time !== undefined && { now: time }),
  });
  if ('error' in result) return failed('notFound', result.error);
  const { decision } = result;
  const notes =
    picture === kept?.picture && decision.picture === picture && time === kept.now
      ? await replayNotes(kept, decision.plan)
      : [];
  return done(renderDecision(decision, options.format ?? 'text', name), notes);
}

/** Whether the scheduler of today decides as the one that ran then. */
async function replayNotes(
  { id, planDigest: before, reason }: KeptDecision,
  plan: Plan,
): Promise<readonly string[]> {
  if (reason !== undefined) return [`then the scheduler failed (${reason}); now it answers`];
  if (before === undefined) return [];
  const isSame = (await planDigest(plan)) === before;
  return [
    isSame
      ? `decision ${id} decided again: the same plan, byte for byte`
      : `decision ${id} decided again: another plan than it was then (another version of Holdfast?)`,
  ];
}

interface Input {
  readonly picture: Picture;
  readonly name: string;
  /** Where the picture is that of a decision that was kept. */
  readonly kept?: KeptDecision;
}

const SOURCES = '--cib FILE, --config FILE, --live and --history ID';

export function readInput(options: SituationOptions): Input | Failed {
  const { cib, config, picture, kept } = options;
  const sources = [cib, picture, kept].filter((source) => source !== undefined);
  if (sources.length > 1) return failed('usage', 'give one of --cib FILE, --live and --history ID');
  const situation = readSituation(options);
  if (config === undefined) return situation ?? failed('usage', `give one of ${SOURCES}`);
  if (situation && 'kind' in situation) return situation;
  const file = readText(config);
  if ('kind' in file) return file;
  const name = basename(config);
  const read = situation
    ? pictureOfBoth(file.text, name, situation.picture)
    : pictureOfYaml(file.text, name, options.nodes);
  return 'errors' in read ? failed('invalid', ...read.errors) : { picture: read.picture, name };
}

function readSituation({ cib, picture, kept }: SituationOptions): Input | Failed | undefined {
  if (picture !== undefined) return { picture, name: 'live' };
  if (kept !== undefined) return readKeptInput(kept);
  return cib === undefined ? undefined : readCib(cib);
}

function readKeptInput(source: KeptSource): Input | Failed {
  const file = 'path' in source ? readBytes(source.path) : source;
  if ('kind' in file) return file;
  const name = 'path' in source ? basename(source.path) : source.name;
  const read = readKept(file.bytes, name);
  if ('error' in read) return failed('invalid', read.error);
  return { picture: read.kept.picture, name, kept: read.kept };
}

function readCib(path: string): Input | Failed {
  const file = readText(path);
  if ('kind' in file) return file;
  const name = basename(path);
  const read = pictureOfCib(file.text, name);
  return 'errors' in read ? failed('invalid', ...read.errors) : { picture: read.picture, name };
}

/** `holdfast simulate --batch LIST`: one JSON line per file, as soon as it is known. */
export function batchCommand(list: string, write: (text: string) => void): Outcome {
  const file = readText(list);
  if ('kind' in file) return file;
  runBatch(file.text, write);
  return done('');
}

export interface ImportCommandOptions {
  readonly keepFenceResources?: boolean;
}

/** `holdfast import CIB`: the text of cluster.yaml; what was translated is told beside it. */
export function importCommand(path: string, options: ImportCommandOptions = {}): Outcome {
  const file = readText(path);
  if ('kind' in file) return file;
  const result = importCib(file.text, basename(path), options);
  if ('error' in result) return failed('invalid', result.error);
  const { text, findings } = result.imported;
  const checked = checkClusterYaml(text, 'cluster.yaml');
  const remarks = checked.findings.map((it) => `${it.severity}: ${findingText(it)}`);
  return done(text, [...findings.map(noteText), ...remarks]);
}

/** `holdfast export --cib --file FILE`: the configuration as a CIB. */
export function exportCommand(path: string): Outcome {
  const file = readText(path);
  return 'kind' in file ? file : exportText(file.text, basename(path));
}

/** @param name what messages call the text */
export function exportText(yaml: string, name: string): Outcome {
  const checked = checkClusterYaml(yaml, name);
  if (!checked.configuration) return failed('invalid', ...checked.findings.map(findingText));
  const { text, findings } = exportCib(checked.configuration);
  const notes = checked.findings.map((it) => `${it.severity}: ${findingText(it)}`);
  return done(text, [...notes, ...findings.map(noteText)]);
}

function noteText({ about, text }: Finding): string {
  return about === '' ? text : `${about}: ${text}`;
}

function readText(path: string): { readonly text: string } | Failed {
  const file = readBytes(path);
  return 'kind' in file ? file : { text: file.bytes.toString('utf8') };
}

/** `-` is standard input. */
function readBytes(path: string): { readonly bytes: Buffer } | Failed {
  try {
    return { bytes: readWithin(path) };
  } catch (error) {
    if (error instanceof TooLong) return failed('invalid', error.message);
    const reason = error instanceof Error ? error.message : String(error);
    return failed('notFound', `${path} cannot be read: ${reason}`);
  }
}
