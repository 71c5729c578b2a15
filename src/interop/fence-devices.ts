/**
 * Fence devices in both worlds: a CIB has resources of the class stonith whose `pcmk_*` parameters
 * are for the fencer (Pacemaker Explained, "Fencing"; man pacemaker-fenced), Holdfast has devices.
 */
import type { FenceDevice, HostCheck, Primitive } from '../core/model/configuration.ts';
import { resourceId } from '../core/model/ids.ts';
import type { AttributeBlock } from '../core/model/rule.ts';
import { durationText, parseDurationMs, parseInteger } from '../core/model/value.ts';

/** As a resource of a CIB. */
export function fenceDeviceResource(device: FenceDevice): Primitive {
  const { id, agent, monitorIntervalMs } = device;
  return {
    kind: 'primitive',
    id: resourceId(id),
    agent: { class: 'stonith', type: agent },
    parameters: [{ id: `${id}-instance_attributes`, score: 0, values: fencerParameters(device) }],
    meta: [],
    utilization: [],
    operations:
      monitorIntervalMs === 0
        ? []
        : [
            {
              id: `${id}-monitor-${durationText(monitorIntervalMs)}`,
              name: 'monitor',
              intervalMs: monitorIntervalMs,
              attributes: {},
              meta: [],
              parameters: [],
            },
          ],
  };
}

function fencerParameters(device: FenceDevice): Readonly<Record<string, string>> {
  const { parameters, action, timeoutMs, retries } = device;
  return {
    ...parameters,
    ...hostParameters(device.hosts),
    ...(device.hostCheck !== undefined && { pcmk_host_check: device.hostCheck }),
    ...(action === 'off' && { pcmk_reboot_action: 'off' }),
    [`pcmk_${action}_timeout`]: durationText(timeoutMs),
    [`pcmk_${action}_retries`]: String(retries),
    ...perAction('timeout', device.timeoutsMs, durationText),
    ...perAction('retries', device.retriesFor, String),
    ...delayParameters(device),
  };
}

function perAction(
  what: 'timeout' | 'retries',
  some: Readonly<Record<string, number | undefined>> | undefined,
  write: (value: number) => string,
): Readonly<Record<string, string>> {
  const entries = Object.entries(some ?? {}).flatMap(([action, value]) =>
    value === undefined ? [] : [[`pcmk_${action}_${what}`, write(value)] as const],
  );
  return Object.fromEntries(entries);
}

/** `pcmk_delay_base` takes one time, or `n1:5s;n2:0`. */
function delayParameters({
  delayMs,
  delaysMs,
  delayMaxMs,
}: FenceDevice): Readonly<Record<string, string>> {
  const each = Object.entries(delaysMs ?? {}).map(([node, ms]) => `${node}:${durationText(ms)}`);
  const base = each.length > 0 ? each.join(';') : delayMs > 0 ? durationText(delayMs) : undefined;
  return {
    ...(base !== undefined && { pcmk_delay_base: base }),
    ...(delayMaxMs !== undefined && { pcmk_delay_max: durationText(delayMaxMs) }),
  };
}

function hostParameters(hosts: FenceDevice['hosts']): Readonly<Record<string, string>> {
  const entries = Object.entries(hosts);
  if (entries.length === 0) return {};
  if (entries.every(([node, port]) => node === port)) {
    return { pcmk_host_list: entries.map(([node]) => node).join(' ') };
  }
  return { pcmk_host_map: entries.map(([node, port]) => `${node}:${port}`).join(';') };
}

export interface TranslatedDevice {
  readonly device: FenceDevice;
  /** Sentences about what has no counterpart. */
  readonly notes: readonly string[];
}

/** @param parameters blocks in the order in which they count: own before the template's */
export function fenceDeviceOf(
  primitive: Primitive,
  agent: string,
  parameters: readonly AttributeBlock[],
): TranslatedDevice {
  const values = new FencerValues(parameters);
  const action = values.take('pcmk_reboot_action') === 'off' ? 'off' : 'reboot';
  const timeout = values.duration(`pcmk_${action}_timeout`) ?? values.duration('pcmk_off_timeout');
  const retries = parseInteger(values.take(`pcmk_${action}_retries`) ?? '');
  const delays = values.delays();
  const timeoutsMs = values.timeouts();
  const retriesFor = values.retries();
  const hosts = { ...values.hostList(), ...values.hostMap() };
  const hostCheck = values.hostCheck();
  const monitor = primitive.operations.find(
    ({ name, intervalMs }) => name === 'monitor' && intervalMs > 0,
  );
  const notes = [...values.leftovers(), ...ruleNotes(parameters)];
  return {
    device: {
      id: primitive.id,
      agent,
      parameters: values.rest(),
      hosts,
      ...(hostCheck !== undefined && { hostCheck }),
      action,
      timeoutMs: timeout ?? 60_000,
      retries: retries ?? 2,
      monitorIntervalMs: monitor?.intervalMs ?? 60_000,
      ...delays,
      ...(Object.keys(timeoutsMs).length > 0 && { timeoutsMs }),
      ...(Object.keys(retriesFor).length > 0 && { retriesFor }),
    },
    notes,
  };
}

function ruleNotes(blocks: readonly AttributeBlock[]): readonly string[] {
  if (!blocks.some(({ rule }) => rule)) return [];
  return ['parameters that depend on a rule are left out'];
}

/** `n1:5s;n2:0`; undefined where that is not what it is. */
function delaysPerNode(text: string): Readonly<Record<string, number>> | undefined {
  const delays: Record<string, number> = {};
  for (const pair of text.split(/[\s;]+/).filter((each) => each !== '')) {
    const [node = '', time = ''] = pair.split(':');
    const ms = parseDurationMs(time);
    if (node === '' || ms === undefined) return undefined;
    delays[node] = ms;
  }
  return Object.keys(delays).length === 0 ? undefined : delays;
}

const HOST_CHECKS: readonly HostCheck[] = ['static-list', 'dynamic-list', 'status', 'none'];

/** The parameters, of which the fencer's own are taken out one after the other. */
class FencerValues {
  readonly #values = new Map<string, string>();

  constructor(blocks: readonly AttributeBlock[]) {
    const plain = blocks.filter(({ rule }) => !rule);
    for (const { values } of plain.toSorted((left, right) => right.score - left.score)) {
      for (const [name, value] of Object.entries(values)) {
        if (!this.#values.has(name)) this.#values.set(name, value);
      }
    }
  }

  take(name: string): string | undefined {
    const value = this.#values.get(name);
    this.#values.delete(name);
    return value;
  }

  duration(name: string): number | undefined {
    const text = this.take(name);
    return text === undefined ? undefined : parseDurationMs(text);
  }

  /** What cannot be read as a time stays among the leftovers. */
  delays(): Pick<FenceDevice, 'delayMs' | 'delaysMs' | 'delayMaxMs'> {
    const base = this.#values.get('pcmk_delay_base') ?? '';
    const delayMs = parseDurationMs(base);
    const delaysMs = delayMs === undefined ? delaysPerNode(base) : undefined;
    if (delayMs !== undefined || delaysMs !== undefined) this.#values.delete('pcmk_delay_base');
    const delayMaxMs = parseDurationMs(this.#values.get('pcmk_delay_max') ?? '');
    if (delayMaxMs !== undefined) this.#values.delete('pcmk_delay_max');
    return {
      delayMs: delayMs ?? 0,
      ...(delaysMs !== undefined && { delaysMs }),
      ...(delayMaxMs !== undefined && { delayMaxMs }),
    };
  }

  /** Those of the actions whose own has not been taken. */
  timeouts(): NonNullable<FenceDevice['timeoutsMs']> {
    return this.#perAction(
      ['off', 'reboot', 'on', 'status', 'monitor', 'list'],
      'timeout',
      (text) => parseDurationMs(text),
    );
  }

  retries(): NonNullable<FenceDevice['retriesFor']> {
    return this.#perAction(['off', 'reboot', 'on'], 'retries', (text) => parseInteger(text));
  }

  #perAction(
    actions: readonly string[],
    what: string,
    read: (text: string) => number | undefined,
  ): Readonly<Record<string, number>> {
    const found: Record<string, number> = {};
    for (const action of actions) {
      const name = `pcmk_${action}_${what}`;
      const value = read(this.#values.get(name) ?? '');
      if (value === undefined) continue;
      this.#values.delete(name);
      found[action] = value;
    }
    return found;
  }

  /** One that nobody knows stays among the leftovers. */
  hostCheck(): HostCheck | undefined {
    const word = this.#values.get('pcmk_host_check');
    const known = HOST_CHECKS.find((each) => each === word);
    if (known !== undefined) this.#values.delete('pcmk_host_check');
    return known;
  }

  hostList(): Readonly<Record<string, string>> {
    const list = this.take('pcmk_host_list') ?? '';
    const nodes = list.split(/[\s,;]+/).filter((node) => node !== '');
    return Object.fromEntries(nodes.map((node) => [node, node]));
  }

  /** `n1:1;n2:2,3`. */
  hostMap(): Readonly<Record<string, string>> {
    const map = this.take('pcmk_host_map') ?? '';
    const pairs = map.split(/[\s;]+/).flatMap((pair) => {
      const colon = pair.indexOf(':');
      return colon > 0 ? [[pair.slice(0, colon), pair.slice(colon + 1)] as const] : [];
    });
    return Object.fromEntries(pairs);
  }

  leftovers(): readonly string[] {
    const names = [...this.#values.keys()].filter((name) => name.startsWith('pcmk_'));
    // What the agent calls its port is of no use here: it is found out.
    return names
      .filter((name) => name !== 'pcmk_host_argument')
      .map((name) => `the parameter ${name} has no counterpart`);
  }

  rest(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#values].filter(([name]) => !name.startsWith('pcmk_')));
  }
}
