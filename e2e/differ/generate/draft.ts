/** A cluster while it is being made up: plain lists and maps that the parts of the generator fill. */
import type { Chance } from '../chance.ts';
import type { XmlElement } from '../xml.ts';
import type { Feature } from './features.ts';

export interface Draft {
  readonly chance: Chance;
  readonly has: (feature: Feature) => boolean;
  readonly nodes: NodeDraft[];
  readonly resources: ResourceDraft[];
  /** `template` elements. */
  readonly templates: XmlElement[];
  readonly tags: XmlElement[];
  readonly constraints: XmlElement[];
  readonly options: Map<string, string>;
  readonly resourceDefaults: XmlElement[];
  readonly operationDefaults: XmlElement[];
  readonly topology: XmlElement[];
  readonly tickets: XmlElement[];
  isQuorate: boolean;
}

export type NodeState = 'online' | 'offline' | 'lost' | 'hung' | 'pending' | 'banned' | 'unseen';

export interface NodeDraft {
  readonly id: string;
  readonly name: string;
  readonly kind: 'member' | 'remote' | 'guest' | 'bundle';
  state: NodeState;
  readonly attributes: Map<string, string>;
  readonly transient: Map<string, string>;
  readonly utilization: Map<string, string>;
  /** By the name in the history. */
  readonly history: Map<string, HistoryDraft>;
  /** Number of the last operation that ran there. */
  lastCall: number;
}

export interface HistoryDraft {
  readonly agent: Agent;
  readonly container?: string;
  readonly attributes: Record<string, string>;
  readonly operations: RecordDraft[];
}

export interface RecordDraft {
  readonly operation: string;
  readonly intervalMs: number;
  readonly exitCode: number;
  readonly expected: number;
  /** `op-status`; -1 is pending. */
  readonly status: number;
  /** Seconds before the decision. */
  readonly agoS: number;
  /** Says `last_failure` in its id. */
  readonly isFailure: boolean;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Agent {
  readonly class: string;
  readonly provider?: string;
  readonly type: string;
}

export interface OperationDraft {
  readonly name: string;
  readonly intervalMs: number;
  readonly attributes: Record<string, string>;
}

export interface PrimitiveDraft {
  readonly kind: 'primitive';
  readonly id: string;
  readonly agent: Agent;
  readonly template?: string;
  readonly parameters: Map<string, string>;
  /** Further blocks with rules. */
  readonly blocks: XmlElement[];
  readonly meta: Map<string, string>;
  readonly utilization: Map<string, string>;
  readonly operations: OperationDraft[];
}

export interface GroupDraft {
  readonly kind: 'group';
  readonly id: string;
  readonly meta: Map<string, string>;
  readonly members: readonly PrimitiveDraft[];
}

export interface CloneDraft {
  readonly kind: 'clone';
  readonly id: string;
  readonly meta: Map<string, string>;
  readonly child: PrimitiveDraft | GroupDraft;
  readonly isPromotable: boolean;
  readonly isUnique: boolean;
}

export interface BundleDraft {
  readonly kind: 'bundle';
  readonly id: string;
  readonly engine: 'podman' | 'docker';
  readonly replicas: number;
  readonly promotedMax: number;
  readonly hasAddress: boolean;
  readonly meta: Map<string, string>;
  readonly child: PrimitiveDraft | undefined;
}

export type ResourceDraft = PrimitiveDraft | GroupDraft | CloneDraft | BundleDraft;

/** The second in which everything is decided: 2026-07-01T12:00:00Z. */
export const NOW_S = 1_782_907_200;

/** Where something may have run until now: nodes that are, or were a moment ago, in the cluster. */
export const usable = (draft: Draft): readonly NodeDraft[] =>
  draft.nodes.filter(
    ({ state, kind }) =>
      kind === 'member' && (state === 'online' || state === 'lost' || state === 'hung'),
  );

export function leavesOf(resource: ResourceDraft): readonly PrimitiveDraft[] {
  switch (resource.kind) {
    case 'primitive':
      return [resource];
    case 'group':
      return resource.members;
    case 'clone':
      return leavesOf(resource.child);
    case 'bundle':
      return resource.child === undefined ? [] : [resource.child];
  }
}

export function primitive(id: string, agent: Agent): PrimitiveDraft {
  return {
    kind: 'primitive',
    id,
    agent,
    parameters: new Map(),
    blocks: [],
    meta: new Map(),
    utilization: new Map(),
    operations: [],
  };
}

/** All but fence devices, which nobody constrains but by location. */
export const constrainable = (draft: Draft): readonly ResourceDraft[] =>
  draft.resources.filter((entry) => entry.kind !== 'primitive' || entry.agent.class !== 'stonith');

export const isPromotable = (resource: ResourceDraft): boolean =>
  resource.kind === 'clone'
    ? resource.isPromotable
    : resource.kind === 'bundle' && resource.promotedMax > 0;

export function operation(
  name: string,
  intervalMs: number,
  attributes: Record<string, string> = {},
): OperationDraft {
  return { name, intervalMs, attributes };
}
