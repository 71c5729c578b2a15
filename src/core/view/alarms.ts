/** What an administrator must know now, beside the resources' own reasons. Worst first. */
import {
  clockDifference,
  clockWords,
  isTimeDoubtful,
  slowMonitors,
  stallWords,
} from '../model/said.ts';
import { DISK_ATTRIBUTE, STALL_ATTRIBUTE } from '../model/attributes.ts';
import { isUnfencing } from '../cluster/fencing-methods.ts';
import { heldBackOf } from '../cluster/fence-loop.ts';
import { reliesOnWatchdogs } from '../cluster/watchdog.ts';
import type { ClusterState } from '../cluster/state.ts';
import type { Reading } from './reading.ts';
import { accessNotes } from './access.ts';
import { levelNotes } from './levels.ts';
import { listText } from './names.ts';
import { deviceNotes } from './devices.ts';
import { proofNotes } from './fencing-tests.ts';
import { missingSecrets } from './secrets.ts';
import { isActing, quorumView } from './quorum.ts';
import { ranOnNotes } from './ran-on.ts';
import { riskySettings } from './risky-settings.ts';
import type { Note, ResourceView, Severity } from './types.ts';
import { forgottenNotes } from './forgotten.ts';
import { suggestions } from './machines.ts';
import { spaceNotes } from './space.ts';
import { stoppingNotes } from './stopping.ts';
import { watchdogNotes } from './watchdogs.ts';

export function alarms(reading: Reading, resources: readonly ResourceView[]): readonly Note[] {
  const notes = [
    ...clusterNotes(reading),
    ...nodeNotes(reading),
    ...ranOnNotes(reading),
    ...heldBackNotes(reading),
    ...accessNotes(reading),
    ...fullDisks(reading),
    ...stalls(reading),
    ...clocks(reading),
    ...slow(reading),
    ...doubles(resources),
    ...missingSecrets(reading),
    ...deviceNotes(reading),
    ...watchdogNotes(reading),
    ...proofNotes(reading),
    ...riskySettings(reading),
    ...storeNotes(reading),
    ...levelNotes(reading),
    ...forgottenNotes(reading),
    ...spaceNotes(reading),
    ...suggestions(reading),
    ...orphans(reading),
    ...reading.cluster.decision.findings
      .filter(isNews)
      .map(({ code, about, text }) =>
        note('warning', text.includes(about) ? text : `${about}: ${text}`, adviceOn(reading, code)),
      ),
    ...reading.local.notes,
  ];
  return notes.toSorted((a, b) => RANK[a.severity] - RANK[b.severity]);
}

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

function clusterNotes(reading: Reading): Note[] {
  const { cluster, view } = reading;
  const notes: Note[] = [];
  if (!isActing(view) && view.phase.kind !== 'starting' && !isToldByDisk(reading)) {
    const { sentence, advice } = quorumView(view, reading.local.votes);
    const severity = view.phase.kind === 'gathering' ? 'info' : 'error';
    notes.push(note(severity, sentence, advice));
  }
  if (cluster.decision.frozen !== undefined) {
    notes.push(
      note(
        'error',
        `The scheduler failed, so nothing is done: ${cluster.decision.frozen}`,
        'change the configuration (holdfast apply), and report the saved input',
      ),
    );
  }
  notes.push(...stoppingNotes(cluster));
  if (cluster.configuration.version === 0 && isActing(view)) {
    notes.push(note('info', 'Nothing is configured yet.', 'holdfast apply -f cluster.yaml'));
  }
  return notes;
}

/** The node itself has said so to all, and it is an alarm of its own. */
const isToldByDisk = ({ view, nodes }: Reading): boolean =>
  view.phase.kind === 'disk-failed' &&
  nodes.some(
    ({ name, attributes }) => name === view.self && attributes[DISK_ATTRIBUTE] !== undefined,
  );

/** A node that cannot write neither acknowledges changes nor leads: one more that fails is one too many. */
function fullDisks({ nodes }: Reading): Note[] {
  return nodes.flatMap(({ name, condition, attributes }) => {
    const words = attributes[DISK_ATTRIBUTE];
    if (condition !== 'online' || words === undefined) return [];
    const advice = `free space or mend the disk on ${name}: it goes on by itself`;
    return [note('error', `${name} cannot write its state: ${words}.`, advice)];
  });
}

/** Said for ten minutes: whoever looks after an alarm wants to know why nothing was done for a while. */
function stalls({ nodes }: Reading): Note[] {
  return nodes.flatMap(({ name, condition, attributes }) => {
    const words = stallWords(name, attributes[STALL_ATTRIBUTE] ?? '');
    if (condition !== 'online' || words === undefined) return [];
    const advice = `look on ${name} for a paused virtual machine, swapping, or too little CPU time`;
    return [note('warning', `${words}: its timers started anew.`, advice)];
  });
}

function slow({ nodes }: Reading): Note[] {
  const advice = 'find out why, or give it a longer timeout: a monitor that times out is a failure';
  return nodes
    .filter((node) => node.condition === 'online')
    .flatMap((node) => slowMonitors(node))
    .map(({ words }) =>
      note('warning', `${words.charAt(0).toUpperCase()}${words.slice(1)}.`, advice),
    );
}

function clocks({ nodes }: Reading): Note[] {
  const advice = 'set them by one time source: chrony or another NTP client (chronyc tracking)';
  const notes = nodes.flatMap((node) => {
    const difference = clockDifference(node);
    if (node.condition !== 'online' || difference === undefined) return [];
    const words = clockWords(node.name, difference);
    return [note('warning', `${words.charAt(0).toUpperCase()}${words.slice(1)}.`, advice)];
  });
  if (!isTimeDoubtful(nodes)) return notes;
  const text = 'Nobody knows which clock is right: standby, moves and the like do not end by time.';
  return [note('error', text, advice), ...notes];
}

function nodeNotes(reading: Reading): Note[] {
  const { cluster, view } = reading;
  const notes: Note[] = [];
  for (const node of reading.nodes) {
    // Without quorum nobody may be fenced: the alarm about quorum says what to do.
    if (node.condition !== 'lost' || !isActing(view)) continue;
    const failures = cluster.fencing.failures[node.name] ?? 0;
    const isTried = cluster.fencing.active.some((request) => request.target === node.name);
    if (isTried && failures === 0) continue;
    const tried = failures === 0 ? '' : failedText(cluster, node.name, failures);
    notes.push(
      note(
        'error',
        `${node.name} is lost, and what ran there may still be running.${tried}`,
        failures === 0
          ? `make sure that it is off, then: holdfast fence confirm ${node.name}`
          : `mend the fence device; or make sure that it is off, then: holdfast fence confirm ${node.name}`,
      ),
    );
  }
  if (view.silent.length > 0) {
    notes.push(
      note('warning', `No heartbeat from ${listText(view.silent)}: its daemon stands still.`),
    );
  }
  return notes;
}

/** It is said as long as nobody has released it, on every screen. */
function heldBackNotes({ cluster, nodes }: Reading): Note[] {
  return nodes.flatMap(({ name, condition }) => {
    const held = heldBackOf(cluster, name);
    if (held === undefined) return [];
    const what =
      condition === 'online'
        ? 'nothing is started there, and it fences nobody'
        : 'it stays off until somebody switches it on';
    const text = `${name} is held back, since it was fenced ${held.fencings} times in a short time: ${what}.`;
    return [
      note(
        'error',
        text,
        `find out why (holdfast fence history), then: holdfast fence release ${name}`,
      ),
    ];
  });
}

function failedText({ fencing }: ClusterState, target: string, failures: number): string {
  const last = fencing.ended.findLast((each) => each.target === target && !isUnfencing(each));
  const times = failures === 1 ? 'once' : `${failures} times`;
  return ` Fencing failed ${times}${last === undefined ? '' : `: ${last.text}`}.`;
}

/** A double is an alarm, also while the cluster already ends it. */
function doubles(resources: readonly ResourceView[]): Note[] {
  const notes: Note[] = [];
  const stack = resources.filter(({ kind }) => kind === 'primitive' || kind === 'group');
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    stack.push(...next.children);
    if (next.kind !== 'primitive') continue;
    const running = next.on.filter(({ state }) => state === 'running').map(({ node }) => node);
    if (running.length > 1) {
      notes.push(note('error', `${next.id} runs on ${listText(running)} at once.`));
    }
  }
  return notes;
}

/** What this daemon says itself, with what to do, is not said again by its store. */
function storeNotes({ view, local }: Reading): Note[] {
  const own = new Set(local.notes.map(({ text }) => text));
  return view.findings.filter((text) => !own.has(text)).map((text) => note('warning', text));
}

function adviceOn({ cluster }: Reading, code: string): string | undefined {
  if (code !== 'no-fence-device') return undefined;
  // Who is not armed, and why not, is an alarm of its own.
  return reliesOnWatchdogs(cluster.configuration.model)
    ? 'arm the watchdogs, or describe a device under fencing.devices, and apply it'
    : 'describe a device under fencing.devices, or set fencing-enabled to false, and apply it';
}

/** What is not configured any more is told by `orphans`, as it is now. */
const isNews = ({ code }: { readonly code: string }): boolean => code !== 'removed';

/** Running and not in the configuration: left so, or not stopped yet. What does not run is no news. */
function orphans(reading: Reading): Note[] {
  const notes: Note[] = [];
  for (const [id, traces] of reading.traces) {
    if (reading.resources.has(id)) continue;
    const active = traces.filter(
      ({ activity, node }) => node.condition === 'online' && ACTIVE.has(activity.state),
    );
    if (active.length === 0) continue;
    const where = listText(active.map(({ node }) => node.name));
    const changing = [...(reading.readyOf.get(id) ?? []), ...(reading.waitingOf.get(id) ?? [])];
    if (changing.some(({ kind }) => kind === 'stop')) {
      notes.push(
        note('info', `${id} is not in the configuration any more: it is stopped on ${where}.`),
      );
      continue;
    }
    notes.push(
      note(
        'warning',
        `${id} is not in the configuration any more, but runs on ${where}, and nobody watches it.`,
        'put it back into the configuration, or stop it there by hand',
      ),
    );
  }
  return notes;
}

const ACTIVE: ReadonlySet<string> = new Set(['running', 'failed']);

function note(severity: Severity, text: string, advice?: string): Note {
  return { severity, text, ...(advice === undefined ? {} : { advice }) };
}
