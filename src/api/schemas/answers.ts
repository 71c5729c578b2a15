/** What routes other than the status answer, and what they take. */
import { z } from 'zod';

import type { Picture } from '../../core/model/picture.ts';
import type { ConfigurationChange } from '../../core/config/compare.ts';
import type { RemovedView } from '../../core/view/types.ts';

import { mark } from './status.ts';
import { listOf } from './list.ts';

const wallMs = z.number().describe('milliseconds since 1970-01-01T00:00:00Z');

const finding = z
  .strictObject({
    severity: z.enum(['error', 'warning']),
    where: z.string().exactOptional(),
    text: z.string(),
    advice: z.string().exactOptional(),
  })
  .meta({ id: 'Finding' });

export const problem = z
  .strictObject({
    code: z.string(),
    text: z.string(),
    advice: z.string().optional(),
    findings: listOf(finding).optional(),
  })
  .meta({ id: 'Problem' });

export const configuration = z
  .strictObject({
    version: z.number().describe('0: nothing was ever applied'),
    source: z.string().describe('the YAML text as it was applied'),
    appliedAt: wallMs,
    appliedBy: z.string(),
  })
  .meta({ id: 'Configuration' });

const change = z
  .strictObject({
    kind: z.enum(['added', 'removed', 'changed']),
    path: listOf(z.string()).describe('in the words of cluster.yaml'),
    text: z.string(),
  })
  .meta({ id: 'Change' }) satisfies z.ZodType<ConfigurationChange>;

/** Its fields are those of the model and change with it. */
export const picture = z
  .strictObject({ picture: z.custom<Picture>().meta({ type: 'object' }) })
  .meta({ id: 'Picture' });

export const decisionIds = z
  .strictObject({ ids: listOf(z.string()).describe('as the history names them') })
  .meta({ id: 'DecisionIds' });

export const keptDecision = z
  .strictObject({
    id: z.string(),
    file: z.string().describe('base64 of gzip of JSON: id, now, picture, planDigest'),
  })
  .meta({ id: 'KeptDecision' });

export const incidentFile = z
  .strictObject({
    id: z.string(),
    file: z.string().describe('base64 of gzip of JSON, for ./dev sim --incident'),
  })
  .meta({ id: 'IncidentFile' });

const plannedAction = z
  .strictObject({
    text: z.string(),
    reason: z.string(),
    node: z.string().exactOptional(),
    resource: z.string().exactOptional(),
    after: listOf(z.number()).describe('positions in this list that come first'),
  })
  .meta({ id: 'PlannedAction' });

const removed = z
  .strictObject({
    resource: z.string(),
    node: z.string(),
    fate: z.enum(['stopped', 'left', 'unknown']).describe('left: it goes on running, unwatched'),
    because: z.string().exactOptional(),
    advice: z.string().exactOptional(),
  })
  .meta({ id: 'Removed' }) satisfies z.ZodType<RemovedView>;

export const plan = z
  .strictObject({
    changes: listOf(change),
    removed: listOf(removed).describe('what runs now and is not in it'),
    actions: listOf(plannedAction),
    unplaced: listOf(
      z.strictObject({
        resource: z.string(),
        reason: z.string(),
        advice: z.string().exactOptional(),
      }),
    ),
    findings: listOf(finding),
    /** The version that the plan was made against, for `expectedVersion`. */
    version: z.number(),
  })
  .meta({ id: 'Plan' });
export type PlanView = z.infer<typeof plan>;
export type Removed = z.infer<typeof removed>;

export const done = z
  .strictObject({
    text: z.string().describe('what was done, in a sentence'),
    index: z.number().describe('position in the order of changes'),
    mark: mark.exactOptional(),
    findings: listOf(finding).exactOptional(),
    removed: listOf(removed).exactOptional(),
  })
  .meta({ id: 'Done' });
export type Done = z.infer<typeof done>;

export const confirmable = done
  .extend({
    incarnation: z
      .string()
      .exactOptional()
      .describe('the life of the node that the word would be about; to be sent with it'),
  })
  .meta({ id: 'Confirmable' });

export const attributes = z
  .record(z.string(), z.string())
  .meta({ id: 'Attributes', description: 'by name' });

export const names = z
  .strictObject({
    nodes: listOf(z.string()),
    resources: listOf(z.string()),
    secrets: listOf(z.string()),
  })
  .meta({ id: 'Names' });

export const agentSummary = z
  .strictObject({ name: z.string(), title: z.string().exactOptional() })
  .meta({ id: 'AgentSummary' });
export type AgentSummary = z.infer<typeof agentSummary>;

export const agentDescription = z
  .strictObject({
    name: z.string(),
    title: z.string(),
    description: z.string(),
    parameters: listOf(
      z.strictObject({
        name: z.string(),
        title: z.string(),
        description: z.string(),
        type: z.string(),
        required: z.boolean(),
        unique: z.boolean(),
        deprecated: z.boolean(),
        default: z.string().exactOptional(),
      }),
    ),
    operations: listOf(
      z.strictObject({
        name: z.string(),
        timeoutMs: z.number().exactOptional(),
        intervalMs: z.number().exactOptional(),
        role: z.string().exactOptional(),
      }),
    ),
  })
  .meta({ id: 'AgentDescription' });
export type AgentDescription = z.infer<typeof agentDescription>;

export const secret = z
  .strictObject({
    name: z.string(),
    usedBy: z.string().exactOptional(),
    nodes: listOf(z.string()).describe('nodes that have it'),
    lacking: listOf(z.string()).describe('nodes that are online and lack it'),
  })
  .meta({ id: 'Secret' });

export const debugOutput = z
  .strictObject({ printed: z.string().describe('whole lines, as they come') })
  .meta({ id: 'DebugOutput' });
export type DebugOutput = z.infer<typeof debugOutput>;

export const logPart = z
  .strictObject({
    node: z.string(),
    what: z.string().describe('whose output it is, or of which operation'),
    text: z.string().describe('the last lines, at most 8 KiB, without secrets'),
  })
  .meta({ id: 'LogPart' });
export type LogPart = z.infer<typeof logPart>;

export const resourceLogs = z
  .strictObject({
    resource: z.string(),
    parts: listOf(logPart),
    problems: listOf(z.string()).describe('why there may be more than these'),
  })
  .meta({ id: 'ResourceLogs' });
export type ResourceLogs = z.infer<typeof resourceLogs>;

export const debugResult = z
  .strictObject({
    resource: z.string(),
    operation: z.string(),
    node: z.string(),
    outcome: z.string().describe('in words'),
    ok: z.boolean(),
    exitCode: z.number().exactOptional(),
    durationMs: z.number(),
    output: z.string(),
  })
  .meta({ id: 'DebugResult' });
export type DebugResult = z.infer<typeof debugResult>;
