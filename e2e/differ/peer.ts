/**
 * The peer: Debian's `crm_simulate` (package pacemaker-cli-utils), asked as its manual page says.
 * One run at a time, each with a limit.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ActionGraph, ComparedAction } from './graph.ts';
import { parseXml } from './xml.ts';
import type { XmlElement } from './xml.ts';

export type PeerAnswer =
  | { readonly kind: 'graph'; readonly graph: ActionGraph; readonly wallMs: number }
  /** It refused the input (invalid, say) or did not end in time. */
  | { readonly kind: 'none'; readonly why: string };

export interface Peer {
  /** `Pacemaker 2.1.5` */
  readonly version: string;
  readonly decide: (cib: string) => PeerAnswer;
  /** Removes its files. */
  readonly close: () => void;
}

const TIMEOUT_MS = 20_000;

/** Undefined when it is not installed. */
export function openPeer(
  program = process.env['CRM_SIMULATE'] ?? 'crm_simulate',
): Peer | undefined {
  const asked = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: TIMEOUT_MS });
  if (asked.error !== undefined || asked.status !== 0) return undefined;
  const inMemory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const directory = mkdtempSync(join(inMemory, 'holdfast-differ-'));
  return {
    version: asked.stdout.split('\n')[0] ?? '',
    decide: (cib) => decide(program, directory, cib),
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function decide(program: string, directory: string, cib: string): PeerAnswer {
  const [input, output] = [join(directory, 'cib.xml'), join(directory, 'graph.xml')];
  writeFileSync(input, cib);
  rmSync(output, { force: true });
  const begin = performance.now();
  // `--run` and not `--simulate`: carrying the graph out may abort, and nothing is asked about it.
  const ran = spawnSync(program, ['-x', input, '-R', '-Q', '-G', output], {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
    env: { ...process.env, LC_ALL: 'C', CIB_shadow_dir: directory },
  });
  const wallMs = performance.now() - begin;
  if (!existsSync(output)) {
    const said = (ran.stderr || ran.stdout).trim().split('\n').at(-1) ?? '';
    return { kind: 'none', why: `exit ${String(ran.status ?? ran.signal)}: ${said}` };
  }
  return { kind: 'graph', graph: readGraph(readFileSync(output, 'utf8')), wallMs };
}

/** A transition graph as Pacemaker writes it: a synapse is an action with what it waits for. */
export function readGraph(xml: string): ActionGraph {
  const actions = new Map<string, ComparedAction | undefined>();
  const order: [string, string][] = [];
  for (const synapse of parseXml(xml).children) {
    const then = below(synapse, 'action_set');
    for (const action of then) {
      const id = action.attributes['id'] ?? '';
      actions.set(id, action.name === 'pseudo_event' ? undefined : comparedAction(action));
    }
    for (const trigger of below(synapse, 'inputs')) {
      for (const first of trigger.children) {
        for (const action of then) {
          order.push([first.attributes['id'] ?? '', action.attributes['id'] ?? '']);
        }
      }
    }
  }
  return { actions, order };
}

const below = (parent: XmlElement, name: string): readonly XmlElement[] =>
  parent.children.filter((child) => child.name === name).flatMap(({ children }) => children);

const NAMES: Readonly<Record<string, string>> = {
  stonith: 'fence',
  'reload-agent': 'reload',
  do_shutdown: 'shutdown',
  clear_failcount: 'clear-failcount',
  lrm_delete: 'forget',
};

function comparedAction({ attributes, children }: XmlElement): ComparedAction {
  const named = attributes['operation'] ?? '';
  const operation = NAMES[named] ?? named;
  const key = attributes['operation_key'] ?? '';
  const part = (name: string) => children.find((child) => child.name === name)?.attributes;
  const isAboutNode = operation === 'fence' || operation === 'shutdown';
  return {
    operation,
    resource: isAboutNode ? '' : (part('primitive')?.['id'] ?? key.replace(/_lrm_delete_0$/, '')),
    node: attributes['on_node'] ?? '',
    // A notification's key names what it is about; the number at its end is no interval.
    intervalMs: isAboutNode || operation === 'notify' ? 0 : Number(/_(\d+)$/.exec(key)?.[1] ?? 0),
    detail: detailOf(operation, key, part('attributes') ?? {}),
  };
}

function detailOf(operation: string, key: string, meta: XmlElement['attributes']): string {
  switch (operation) {
    case 'notify': {
      const [, when = '', of = ''] = /_(pre|post)_notify_([a-z_-]+)_\d+$/.exec(key) ?? [];
      return `${when}-${of}`;
    }
    case 'fence':
      return meta['CRM_meta_stonith_action'] ?? '';
    case 'cancel':
      return meta['CRM_meta_operation'] ?? 'monitor';
    default:
      return '';
  }
}
