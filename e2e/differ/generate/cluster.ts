/** A random cluster from a seed: what is configured, what happened, and where that left it. */
import { chanceFrom } from '../chance.ts';
import { xmlText } from '../xml.ts';
import type { XmlElement } from '../xml.ts';
import { withDigests } from '../digests.ts';
import { addConstraints } from './constraints.ts';
import type { Draft } from './draft.ts';
import { addEvents } from './events.ts';
import { chooseFeatures } from './features.ts';
import type { Feature } from './features.ts';
import { addNodes } from './nodes.ts';
import { addOptions } from './options.ts';
import { addPlacements } from './placement.ts';
import { addResources } from './resources.ts';
import { writeDraft } from './write.ts';

export interface Generated {
  readonly features: readonly Feature[];
  /** Without the digests of operations: `withDigests` adds them. */
  readonly cib: XmlElement;
}

export function generateCluster(seed: number): Generated {
  const chance = chanceFrom(seed);
  const features = chooseFeatures(chance);
  const draft: Draft = {
    chance,
    has: (feature) => features.has(feature),
    nodes: [],
    resources: [],
    templates: [],
    tags: [],
    constraints: [],
    options: new Map(),
    resourceDefaults: [],
    operationDefaults: [],
    topology: [],
    tickets: [],
    isQuorate: true,
  };
  addNodes(draft);
  addResources(draft);
  addOptions(draft);
  addConstraints(draft);
  addPlacements(draft);
  addEvents(draft);
  return { features: [...features], cib: writeDraft(draft) };
}

/** The file as either side reads it. */
export const cibText = (cib: XmlElement): string => xmlText(withDigests(cib));
