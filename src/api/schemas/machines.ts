/** What runs on the nodes and is no resource of the cluster. */
import { z } from 'zod';

import { listOf } from './list.ts';

const machine = z
  .strictObject({
    node: z.string(),
    kind: z.enum(['vm', 'container']),
    name: z.string().describe('as whoever runs it calls it'),
    agent: z.string(),
    parameters: z.record(z.string(), z.string()),
    identity: z.string().describe('tells it from all others while it runs'),
    operations: z.strictObject({
      start: z.string(),
      stop: z.string(),
      monitor: z.string(),
      migrate: z.string().exactOptional(),
    }),
    memoryMib: z.number().exactOptional(),
    cpus: z.number().exactOptional(),
    off: z.boolean().describe('it is only defined: its resource stays stopped until it is started'),
    uuid: z.string().exactOptional(),
    autostart: z.boolean().describe('whoever runs it would start it with the node'),
    fixed: z.boolean().describe('no other node reaches a disk of it: it cannot move'),
    keptFrom: listOf(z.string()).describe(
      'nodes that do not reach a disk of it: it is not started there',
    ),
    switches: listOf(z.string()).describe('what would be switched off'),
    notes: listOf(z.string()).describe('what is to be known before it is adopted'),
  })
  .meta({ id: 'FoundMachine' });

export const foundMachines = z
  .strictObject({
    machines: listOf(machine),
    off: listOf(z.strictObject({ node: z.string(), name: z.string() })).describe(
      'defined, off, and left alone as they were not named',
    ),
    known: listOf(z.string()).describe('names of what runs and is a resource already'),
    conflicts: listOf(z.string()).describe('why not all of these can become resources'),
    problems: listOf(z.string()).describe('why there may be more than these'),
  })
  .meta({ id: 'FoundMachines' });

export const switched = z
  .strictObject({ switches: listOf(z.string()), problems: listOf(z.string()) })
  .meta({ id: 'Switched' });

export const machineSearch = z.strictObject({
  vms: z.boolean(),
  containers: z.boolean(),
  names: z.array(z.string()).max(1000).default([]).describe('only these; none: all'),
});

const bytes = z.number().describe('bytes');

export const pool = z
  .strictObject({
    at: z.string().describe('where it is mounted, or vg/pool'),
    type: z.string(),
    shared: z.boolean(),
    nodes: listOf(z.string()),
    total: bytes,
    free: bytes,
    growth: bytes.describe('what its images may still grow by, in bytes'),
    images: z.number(),
    rate: z.number().describe('how fast it becomes fuller, bytes per second'),
    shortage: z.enum(['critical', 'short', 'promised', 'none']),
    secondsLeft: z.number().exactOptional().describe('at the present rate'),
    text: z.string(),
  })
  .meta({ id: 'Pool' });

export type FoundMachine = z.output<typeof machine>;
export type FoundMachines = z.output<typeof foundMachines>;
export type MachineSearch = z.output<typeof machineSearch>;
