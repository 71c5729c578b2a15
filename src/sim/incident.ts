/** A live incident again (`holdfast report --incident`): the same inputs must do the same. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { INCIDENT_FORMAT, decodeNode, effectText } from '../core/node/incident.ts';
import type { Incident, IncidentStep } from '../core/node/incident.ts';
import { step } from '../core/node/node.ts';
import type { FenceRequest } from '../core/model/operation.ts';
import type { NodeEffect } from '../core/node/types.ts';
import { schedule } from '../core/scheduler/schedule.ts';

export interface Replayed {
  readonly inputs: number;
  readonly effects: number;
  /** Those that were made here and decided again. */
  readonly decisions: number;
  /** Where it was not the same, in words. */
  readonly divergence: string | undefined;
  /** What the daemon logged, decided and began. */
  readonly told: readonly string[];
}

type Decide = Extract<NodeEffect, { kind: 'decide' }>;

/** Gzip or plain JSON. Throws with a sentence for anything else. */
export function readIncident(path: string): Incident {
  const bytes = readFileSync(path);
  const plain = bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
  const read = parse(plain.toString('utf8')) as Partial<Incident> | undefined;
  if (read?.format === INCIDENT_FORMAT) return read as Incident;
  throw new Error(
    `${path} is no incident of this version (${INCIDENT_FORMAT}): holdfast report --incident writes one`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function replay(incident: Incident): Replayed {
  let node = decodeNode(incident.state);
  const told: string[] = [];
  const wanted = new Map<number, Decide>();
  let effects = 0;
  let decisions = 0;
  for (const [at, each] of incident.steps.entries()) {
    const where = `input ${at + 1} of ${incident.steps.length}, ${inputText(each)}`;
    const decided = decidedAgain(each, wanted);
    if (decided !== undefined) decisions += 1;
    const done = step(node, each.input, each.clocks);
    node = done.node;
    for (const effect of done.effects)
      if (effect.kind === 'decide') wanted.set(effect.number, effect);
    for (const effect of done.effects) told.push(...storyOf(each, effect));
    effects += done.effects.length;
    const divergence =
      decided === false ? `${where}: the decision is another one` : differing(each, done.effects);
    if (divergence !== undefined) {
      const words = decided === false ? divergence : `${where}:\n${divergence}`;
      return { inputs: at + 1, effects, decisions, divergence: words, told };
    }
  }
  return { inputs: incident.steps.length, effects, decisions, divergence: undefined, told };
}

/** Whether a plan that was made here comes out the same; undefined: it is none of those. */
function decidedAgain(
  { input }: IncidentStep,
  wanted: ReadonlyMap<number, Decide>,
): boolean | undefined {
  const asked = input.kind === 'decided' ? wanted.get(input.number) : undefined;
  if (input.kind !== 'decided' || asked === undefined) return undefined;
  return JSON.stringify(schedule(asked.picture, asked.now)) === JSON.stringify(input.plan);
}

function differing(
  { effects: expected }: IncidentStep,
  effects: readonly NodeEffect[],
): string | undefined {
  const found = effects.map(effectText);
  for (let at = 0; at < Math.max(found.length, expected.length); at += 1) {
    if (found[at] === expected[at]) continue;
    return `  then: ${expected[at] ?? 'nothing more'}\n  now:  ${found[at] ?? 'nothing more'}`;
  }
  return undefined;
}

function storyOf({ clocks }: IncidentStep, effect: NodeEffect): readonly string[] {
  const at = new Date(clocks.wallMs).toISOString();
  switch (effect.kind) {
    case 'log':
      return [`${at}  ${effect.text}`];
    case 'decide':
      return [`${at}  decides ${effect.id}`];
    case 'run-operation':
      return [`${at}  ${effect.request.operation} of ${effect.request.resource}`];
    case 'run-fence':
      return [`${at}  ${fencingText(effect.request)}`];
    default:
      return [];
  }
}

/** Without a target the device itself is looked at. */
const fencingText = ({ action, device, target }: FenceRequest): string =>
  target === undefined ? `${action} of ${device}` : `${action} of ${target} by ${device}`;

const inputText = ({ input }: IncidentStep): string =>
  input.kind === 'engine' ? input.event.kind : input.kind;
