/**
 * The last that this daemon was told, and what it did, for `holdfast report`. Only references are
 * kept, so recording costs next to nothing: states share what has not changed. At most so many texts.
 */
import { createGzip } from 'node:zlib';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

import type { ClusterState } from '../core/cluster/state.ts';
import { INCIDENT_FORMAT, encodeNode, incidentStep } from '../core/node/incident.ts';
import type { Incident, RecordedStep } from '../core/node/incident.ts';
import type { NodeState } from '../core/node/state.ts';
import type { NodeInput } from '../core/node/types.ts';
import { jsonChunks } from '../offline/kept.ts';
import { VERSION } from './version.ts';

interface Part {
  readonly state: NodeState;
  readonly steps: RecordedStep[];
  chars: number;
}

interface Limits {
  readonly parts: number;
  readonly stepsOfPart: number;
  readonly charsOfPart: number;
}

const LIMITS: Limits = { parts: 4, stepsOfPart: 20_000, charsOfPart: 1_000_000 };
/** What an input without a text takes. */
const INPUT_CHARS = 100;

export class Recorder {
  readonly #limits: Limits;
  #parts: readonly Part[] = [];

  constructor(limits = LIMITS) {
    this.#limits = limits;
  }

  note(before: NodeState, step: RecordedStep): void {
    const last = this.#parts.at(-1);
    const { stepsOfPart, charsOfPart, parts } = this.#limits;
    const isFull =
      last === undefined || last.steps.length >= stepsOfPart || last.chars >= charsOfPart;
    const part = isFull ? { state: before, steps: [], chars: 0 } : last;
    if (isFull) this.#parts = [...this.#parts, part].slice(-parts);
    part.steps.push(step);
    part.chars += charsOf(step.input);
  }

  /** From before the decision of this id on; undefined: that is not kept any more. */
  incident(id: string): Incident | undefined {
    const from = this.#parts.findLastIndex(({ state }) => isBefore(state.cluster, id));
    const first = this.#parts[from];
    if (first === undefined) return undefined;
    const steps = this.#parts.slice(from).flatMap((part) => part.steps);
    return {
      format: INCIDENT_FORMAT,
      id,
      node: first.state.options.self,
      version: VERSION,
      state: encodeNode(first.state),
      steps: steps.map(incidentStep),
    };
  }

  /** As a file. */
  async file(id: string): Promise<Uint8Array | undefined> {
    const incident = this.incident(id);
    if (incident === undefined) return undefined;
    return buffer(Readable.from(jsonChunks(incident)).pipe(createGzip()));
  }
}

/** Messages are nearly all of it. */
function charsOf(input: NodeInput): number {
  const isMessage = input.kind === 'engine' && input.event.kind === 'engine-message';
  return INPUT_CHARS + (isMessage && 'text' in input.event ? input.event.text.length : 0);
}

/** `4.17`: epoch, and the count of what wanted a decision. */
function isBefore({ epoch, decision }: ClusterState, id: string): boolean {
  const [itsEpoch = 0, itsCount = 0] = id.split('.').map(Number);
  return epoch < itsEpoch || (epoch === itsEpoch && decision.wanted < itsCount);
}
