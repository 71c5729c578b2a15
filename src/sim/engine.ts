/**
 * The simulated engine: a Totem-like group in virtual time. A ring orders messages while all of its
 * nodes reach each other. When one is cut off or dies the ring stands still until that is detected;
 * then each part forms a ring of its own. Those who go together have heard the same: all that one of
 * them has got, and what they sent themselves, which the other parts may never get.
 */
import type { EngineEvent, GroupMember } from '../core/model/engine.ts';
import type { NodeName } from '../core/model/ids.ts';
import { nodeName, nodeNumber } from '../core/model/ids.ts';
import type { EngineTimes } from './engine-times.ts';
import { Links } from './links.ts';
import type { Item, Listener, Node, Port, Ring } from './rings.ts';
import { placeOf } from './rings.ts';
import type { Random } from './random.ts';
import type { Timers } from './timers.ts';

/** Messages that a daemon may have under way, as an engine's queue has a limit. */
const waitingMax = 10_000;
const ringsMax = 20;
/** Until a node that hears another ring is in its way again. */
const disturbedMs = [1000, 4000] as const;

export class SimulatedEngine {
  readonly #timers: Timers;
  readonly #random: Random;
  readonly #times: EngineTimes;
  readonly #isQuorate: (nodes: readonly NodeName[]) => boolean;
  readonly #nodes: readonly Node[];
  /** Rings that were formed of members of several. */
  merges = 0;
  /** Rings that had to be formed anew, for one of them heard somebody else. */
  disturbed = 0;
  /** So much longer takes everything that is sent: as nodes and networks are loaded. */
  slowness = 1;
  /** Changed by `relink` alone. */
  readonly links = new Links();
  #processes = 0;
  #changes = 0;

  constructor(
    names: readonly string[],
    isQuorate: (nodes: readonly NodeName[]) => boolean,
    times: EngineTimes,
    timers: Timers,
    random: Random,
  ) {
    this.#timers = timers;
    this.#random = random;
    this.#times = times;
    this.#isQuorate = isQuorate;
    this.#nodes = names.map((name, at) => ({
      name: nodeName(name),
      number: nodeNumber(at + 1),
      isUp: false,
      part: 0,
      isAlone: false,
      isExiled: false,
      isFrozen: false,
      ringSequence: 0,
      rings: [],
      ring: undefined,
      port: undefined,
    }));
  }

  /** The engine of a node starts; daemons may join. */
  start(name: string): void {
    const node = this.#node(name);
    if (node.isUp) return;
    node.isUp = true;
    this.#change(this.#times.mergeMs);
  }

  /** The engine of a node dies; its daemon hears so, unless the whole node is gone. */
  kill(name: string, cause: 'engine' | 'node'): void {
    const node = this.#node(name);
    if (!node.isUp) return;
    node.isUp = false;
    const { port, ring } = node;
    if (ring !== undefined) ring.isBroken = true;
    node.ring = undefined;
    node.port = undefined;
    if (port !== undefined) {
      port.isClosed = true;
      if (cause === 'engine') port.listener({ kind: 'engine-lost', reason: 'Corosync has died' });
    }
    this.#change(this.#times.detectionMs);
  }

  /** With the power goes what was written in the last moments: Corosync does not wait for the disk. */
  loseRings(name: string, ofTheLastMs: number): boolean {
    const node = this.#node(name);
    const kept = node.rings.filter(({ atMs }) => atMs <= this.#timers.nowMs - ofTheLastMs);
    const before = node.ringSequence;
    node.rings = kept.length > 0 ? kept : node.rings.slice(0, 1);
    node.ringSequence = node.rings.at(-1)?.sequence ?? 0;
    return node.ringSequence < before;
  }

  /** The one that a node is in, if that still orders anything. */
  ringOf(name: string): string | undefined {
    const { ring } = this.#node(name);
    if (ring === undefined || ring.isBroken) return undefined;
    return `${ring.id.sequence}.${ring.id.representative}`;
  }

  /** Which nodes reach each other: those with equal numbers. */
  divide(parts: readonly number[]): void {
    this.#rewire(() => {
      for (const [at, node] of this.#nodes.entries()) node.part = parts[at] ?? 0;
    });
  }

  /** A node reaches nobody, or all of its part again. */
  isolate(name: string, isAlone: boolean): void {
    this.#rewire(() => {
      this.#node(name).isAlone = isAlone;
    });
  }

  /** Cuts or mends links between nodes. */
  relink(change: (links: Links) => void): void {
    this.#rewire(() => {
      change(this.links);
    });
  }

  exile(name: string): void {
    this.#rewire(() => {
      this.#node(name).isExiled = true;
    });
  }

  freeze(name: string, isFrozen: boolean): void {
    const node = this.#node(name);
    if (node.isFrozen === isFrozen) return;
    node.isFrozen = isFrozen;
    // It may have been started anew meanwhile, and waited for a ring.
    if (!isFrozen) this.#change(this.#times.mergeMs);
  }

  /** A node that hears nobody is heard: the others form their ring again and again. */
  disturb(name: string): void {
    for (const node of this.#nodes) {
      if (node.name !== name && node.ring !== undefined) node.ring.isBroken = true;
    }
    this.#change(this.#times.detectionMs);
  }

  /** From a place in the order to a member, when nothing is slow. */
  get usualMostMs(): number {
    return this.#times.deliveryMs[1];
  }

  reaches(from: string, to: string): boolean {
    const isOnePlace = placeOf(this.#node(from)) === placeOf(this.#node(to));
    return isOnePlace && this.links.hearEachOther(from, to);
  }

  /** As its quorum service says on the machine: of the last ring, until there is another. */
  hasQuorum(name: string): boolean {
    const { isUp, ring } = this.#node(name);
    return isUp && ring?.quorate === true;
  }

  #rewire(change: () => void): void {
    const before = this.#reaching();
    change();
    if (before === this.#reaching()) return;
    for (const { ring } of this.#nodes) {
      if (ring !== undefined && !this.#isWhole(ring)) ring.isBroken = true;
    }
    this.#change(
      this.#nodes.some((node) => node.ring?.isBroken === true)
        ? this.#times.detectionMs
        : this.#times.mergeMs,
    );
  }

  /** Other nodes are configured than before: who had quorum may have none. */
  recount(): void {
    for (const ring of new Set(this.#nodes.map((node) => node.ring))) {
      if (ring === undefined || ring.isBroken || ring.quorate === this.#isQuorate(ring.nodes))
        continue;
      ring.quorate = !ring.quorate;
      for (const port of this.#portsOf(ring)) this.#tellQuorum(port, ring);
    }
  }

  #reaching(): string {
    return this.#nodes.map(placeOf).join(' ') + this.links.text;
  }

  /** A daemon joins; why it may not. */
  join(name: string, listener: Listener): string | undefined {
    const node = this.#node(name);
    if (!node.isUp) return 'the engine does not run';
    if (node.port !== undefined) return `${name} already is the place of a simulated daemon`;
    this.#processes += 1;
    const member = { node: node.name, number: node.number, process: this.#processes };
    const { nowMs } = this.#timers;
    const port: Port = {
      member,
      listener,
      ring: undefined,
      position: 0,
      deliversAtMs: nowMs,
      quorumAtMs: nowMs,
      waiting: [],
      seen: [],
      gone: [],
      isClosed: false,
    };
    node.port = port;
    if (node.ring !== undefined && !node.ring.isBroken) this.#enter(port, node.ring, undefined);
    return undefined;
  }

  /** A daemon ends: `leave` after all it sent was ordered, or its process dies amid that. */
  end(name: string, reason: 'leave' | 'process-down'): void {
    const node = this.#node(name);
    const { port } = node;
    if (port === undefined) return;
    port.isClosed = true;
    node.port = undefined;
    const { ring } = port;
    if (ring === undefined) return;
    if (ring.isBroken) {
      for (const other of this.#portsOf(ring))
        other.gone = [...other.gone, { member: port.member, reason }];
      return;
    }
    const ordered =
      reason === 'leave' ? port.waiting.length : this.#random.below(port.waiting.length + 1);
    for (const text of port.waiting.slice(0, ordered)) this.#order(ring, port.member, text);
    const members = ring.members.filter((each) => each !== port.member);
    ring.members = members;
    this.#append(ring, { kind: 'members', members, gone: { member: port.member, reason } });
  }

  /** False when the queue is full or the engine is gone: then it was not taken. */
  send(name: string, text: string): boolean {
    const { port } = this.#node(name);
    if (port === undefined || port.waiting.length >= waitingMax) return false;
    port.waiting.push(text);
    this.#timers.after(this.#draw(this.#times.orderMs) * this.slowness, () => {
      this.#orderNext(port);
    });
    return true;
  }

  #orderNext(port: Port): void {
    const { ring } = port;
    // A broken ring takes no more; what waits is ordered in the next one.
    if (port.isClosed || ring === undefined || ring.isBroken) return;
    const text = port.waiting.shift();
    if (text !== undefined) this.#order(ring, port.member, text);
  }

  #order(ring: Ring, sender: GroupMember, text: string): void {
    this.#append(ring, { kind: 'message', sender, text });
  }

  #append(ring: Ring, item: Item): void {
    ring.items.push(item);
    for (const port of this.#portsOf(ring)) this.#deliverSoon(port, ring);
  }

  #deliverSoon(port: Port, ring: Ring): void {
    const dueMs = this.#timers.nowMs + this.#draw(this.#times.deliveryMs) * this.slowness;
    port.deliversAtMs = Math.max(port.deliversAtMs, dueMs);
    this.#timers.at(port.deliversAtMs, () => {
      if (!port.isClosed && port.ring === ring && !ring.isBroken) this.#deliverNext(port, ring);
    });
  }

  #deliverNext(port: Port, ring: Ring): void {
    const item = ring.items[port.position];
    if (item === undefined) return;
    port.position += 1;
    this.#tell(port, ring, item);
  }

  #tell(port: Port, ring: Ring, item: Item): void {
    if (item.kind === 'message') {
      const { sender, text } = item;
      port.listener({ kind: 'engine-message', sender, text });
      return;
    }
    const { members } = item;
    const known = [...port.gone, ...(item.gone === undefined ? [] : [item.gone])];
    const left = port.seen
      .filter((each) => !members.includes(each))
      .map(
        (member) =>
          known.find((each) => each.member === member) ?? { member, reason: 'node-down' as const },
      );
    port.seen = members;
    port.gone = [];
    port.listener({ kind: 'engine-view', ring: ring.id, members, left });
  }

  /** A daemon begins to hear a ring: from its newest membership on. */
  #enter(port: Port, ring: Ring, members: readonly GroupMember[] | undefined): void {
    port.ring = ring;
    if (members === undefined) {
      ring.members = [...ring.members, port.member].toSorted(
        (left, right) => left.number - right.number,
      );
      port.position = ring.items.length;
      this.#append(ring, { kind: 'members', members: ring.members, gone: undefined });
    } else {
      port.position = 0;
      this.#deliverSoon(port, ring);
    }
    this.#tellQuorum(port, ring);
  }

  #tellQuorum(port: Port, ring: Ring): void {
    port.quorumAtMs = Math.max(
      port.quorumAtMs,
      this.#timers.nowMs + this.#draw(this.#times.deliveryMs),
    );
    const word: EngineEvent = {
      kind: 'engine-quorum',
      ring: ring.id,
      quorate: ring.quorate,
      nodes: ring.nodes,
    };
    this.#timers.at(port.quorumAtMs, () => {
      if (!port.isClosed) port.listener(word);
    });
  }

  /** Something changed: the last change decides when new rings form. */
  #change(delay: readonly [number, number]): void {
    this.#changes += 1;
    const change = this.#changes;
    this.#timers.after(this.#draw(delay), () => {
      if (change === this.#changes) this.#reform();
    });
  }

  #reform(): void {
    const parts = new Map<string, Node[]>();
    for (const node of this.#nodes) {
      const place = placeOf(node);
      if (node.isUp && !node.isFrozen) parts.set(place, [...(parts.get(place) ?? []), node]);
    }
    for (const part of parts.values()) {
      if (this.links.areCut) this.#formWhatCan(part);
      else this.#formWhole(part);
    }
  }

  /** Where links are cut: who is not disturbed stays as it is, all others form what they can. */
  #formWhatCan(part: readonly Node[]): void {
    const names = part.map(({ name }) => name);
    const stays = ({ ring }: Node): boolean =>
      ring?.isBroken === false && !this.links.isDisturbed(ring.nodes, names);
    const others = part.filter((node) => !stays(node));
    for (const nodes of this.links.ringsOf(others, this.#random)) this.#form(nodes);
    const isDisturbed = part.some(
      ({ ring }) => ring !== undefined && this.links.isDisturbed(ring.nodes, names),
    );
    if (!isDisturbed) return;
    this.disturbed += 1;
    this.#change(disturbedMs);
  }

  #formWhole(nodes: readonly Node[]): void {
    const ring = nodes[0]?.ring;
    const isSame =
      ring !== undefined &&
      !ring.isBroken &&
      ring.nodes.length === nodes.length &&
      nodes.every((node) => node.ring === ring);
    if (!isSame) this.#form(nodes);
  }

  #form(nodes: readonly Node[]): void {
    const old = new Map<Ring, Port[]>();
    for (const { port } of nodes) {
      if (port?.ring !== undefined) old.set(port.ring, [...(old.get(port.ring) ?? []), port]);
    }
    if (old.size > 1) this.merges += 1;
    for (const [ring, ports] of old) this.#closeRing(ring, ports);
    const sequence = Math.max(...nodes.map((node) => node.ringSequence)) + 4;
    const ports = nodes.flatMap((node) => node.port ?? []);
    const members = ports.map((port) => port.member);
    const representative = nodeNumber(Math.min(...nodes.map((node) => node.number)));
    const names = nodes.map((node) => node.name);
    const ring: Ring = {
      id: { sequence, representative },
      nodes: names,
      quorate: this.#isQuorate(names),
      items: [{ kind: 'members', members, gone: undefined }],
      members,
      isBroken: false,
    };
    for (const node of nodes) {
      node.ring = ring;
      node.ringSequence = sequence;
      const written = { sequence, atMs: this.#timers.nowMs };
      node.rings = [...node.rings, written].slice(-ringsMax);
    }
    for (const port of ports) {
      this.#enter(port, ring, members);
      for (let left = port.waiting.length; left > 0; left -= 1) {
        this.#timers.after(this.#draw(this.#times.orderMs), () => {
          this.#orderNext(port);
        });
      }
    }
  }

  /** What those who go together hear before they leave the old ring. */
  #closeRing(ring: Ring, ports: readonly Port[]): void {
    ring.isBroken = true;
    // Often nothing more than what was delivered: what a sender has heard of itself is then its alone.
    const reach = this.#random.pick(['least', 'some', 'all']);
    const got = ports.map((port) => {
      const least = Math.max(1, port.position);
      if (reach === 'some') return this.#random.between(least, ring.items.length);
      return reach === 'least' ? least : ring.items.length;
    });
    const common = Math.max(...got);
    const own = new Set(ports.map((port) => port.member));
    const rest = ring.items
      .slice(common)
      .filter((item) => item.kind === 'message' && own.has(item.sender));
    for (const port of ports) {
      const missing = ring.items.slice(port.position, common);
      for (const item of [...missing, ...rest]) if (!port.isClosed) this.#tell(port, ring, item);
    }
  }

  #isWhole(ring: Ring): boolean {
    const nodes = this.#nodes.filter((node) => node.ring === ring);
    const names = nodes.map(({ name }) => name);
    return new Set(nodes.map(placeOf)).size < 2 && this.links.doesTokenPass(names);
  }

  #portsOf(ring: Ring): readonly Port[] {
    return this.#nodes.flatMap((node) => (node.port?.ring === ring ? [node.port] : []));
  }

  #node(name: string): Node {
    const node = this.#nodes.find((each) => each.name === name);
    if (node === undefined) throw new Error(`there is no node ${name}`);
    return node;
  }

  #draw([min, max]: readonly [number, number]): number {
    return this.#random.between(min * 1000, max * 1000) / 1000;
  }
}
