/**
 * What one daemon did, as a file that does it again: its state at one moment, and from there on every
 * input with the clocks it came with, and what was done (docs/decisions/incidents.md).
 */
import { clusterMachine } from '../cluster/machine.ts';
import { decodeMessage } from '../store/messages.ts';
import { checksum } from '../wire/digest.ts';
import { decodeGraph, encodeGraph } from '../wire/graph.ts';
import type { Graph } from '../wire/graph.ts';
import type { NodeState } from './state.ts';
import type { NodeClocks, NodeEffect, NodeInput } from './types.ts';

export const INCIDENT_FORMAT = 'holdfast-incident/1';

export interface Incident {
  readonly format: typeof INCIDENT_FORMAT;
  /** Of the decision that it is named after: `4.17`. */
  readonly id: string;
  readonly node: string;
  /** Of the program. */
  readonly version: string;
  readonly state: Graph;
  readonly steps: readonly IncidentStep[];
}

export interface IncidentStep {
  readonly clocks: NodeClocks;
  readonly input: NodeInput;
  /** As `effectText` has them. */
  readonly effects: readonly string[];
}

export interface RecordedStep {
  readonly clocks: NodeClocks;
  readonly input: NodeInput;
  readonly effects: readonly NodeEffect[];
}

const TEXT_CHARS_MAX = 2000;

/** The effect as JSON; of a long one its kind, its length and a checksum. */
export function effectText(effect: NodeEffect): string {
  const text = JSON.stringify(effect);
  if (text.length <= TEXT_CHARS_MAX) return text;
  return `${effect.kind}: ${text.length} characters, ${checksum(text)}`;
}

export const incidentStep = ({ clocks, input, effects }: RecordedStep): IncidentStep => ({
  clocks,
  input,
  effects: effects.map(effectText),
});

/** The machine, and how messages are read, are the program's own. */
export function encodeNode(node: NodeState): Graph {
  const { machine: _own, decode: _decode, ...replica } = node.replica;
  return encodeGraph({ ...node, replica });
}

/** Only of the same version of the program: nothing of it is checked. Throws for what is no graph. */
export function decodeNode(graph: Graph): NodeState {
  const node = decodeGraph(graph) as NodeState;
  return { ...node, replica: { ...node.replica, machine: clusterMachine, decode: decodeMessage } };
}
