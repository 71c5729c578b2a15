/**
 * Agreed delivery with views, small and pure of chance: whoever drives it decides what arrives and
 * where a stream is cut. What it promises is what core/model/engine.ts promises, no more: a part of
 * a divided group may deliver messages that the other parts never get.
 */
import type { EngineEvent, GroupMember, LeaveReason, RingId } from '../../model/engine.ts';
import type { NodeName, NodeNumber } from '../../model/ids.ts';
import { nodeName, nodeNumber } from '../../model/ids.ts';

/** Chooses an integer from 0 to `below - 1`. */
export type Choose = (below: number) => number;

interface Sent {
  readonly sender: GroupMember;
  readonly text: string;
}

interface Component {
  readonly ring: RingId;
  quorate: boolean;
  members: GroupMember[];
  readonly stream: Sent[];
}

interface Port {
  readonly member: GroupMember;
  component: Component;
  /** How much of the component's stream is in `inbox`. */
  position: number;
  readonly inbox: EngineEvent[];
  readonly quorum: EngineEvent[];
}

export class Network {
  readonly #ports = new Map<NodeName, Port>();
  readonly #rings = new Map<NodeName, number>();
  readonly #names: readonly NodeName[];
  /** Whom each node's engine has seen since it began. */
  readonly #met = new Map<NodeName, ReadonlySet<NodeName>>();
  readonly #isQuorate: (nodes: readonly NodeName[]) => boolean;
  #processes = 0;
  /** For each node, the number of the part of the network that it is in. */
  #parts: Map<NodeName, number>;

  constructor(names: readonly string[], isQuorate: (nodes: readonly NodeName[]) => boolean) {
    this.#names = names.map(nodeName);
    this.#isQuorate = isQuorate;
    this.#parts = new Map(this.#names.map((name) => [name, 0]));
  }

  numberOf(node: NodeName): NodeNumber {
    return nodeNumber(this.#names.indexOf(node) + 1);
  }

  /** A daemon joins. Its node was down, or only its daemon was: then the ring stays as it is. */
  join(node: NodeName, choose: Choose, isNodeUp: boolean): void {
    this.#processes += 1;
    const member = { node, number: this.numberOf(node), process: this.#processes };
    const ring = { sequence: 0, representative: nodeNumber(0) };
    const nowhere: Component = { ring, quorate: false, members: [], stream: [] };
    const part = this.#parts.get(node);
    const near = [...this.#ports.values()].find(
      (port) => this.#parts.get(port.member.node) === part,
    );
    const port: Port = { member, component: nowhere, position: 0, inbox: [], quorum: [] };
    this.#ports.set(node, port);
    if (isNodeUp && near !== undefined) this.#enterRing(port, near.component);
    else this.#reform(choose, []);
  }

  #enterRing(port: Port, component: Component): void {
    const { ring } = component;
    component.members = [...component.members, port.member];
    const { members } = component;
    const nodes = members.map((each) => each.node);
    const quorate = component.quorate || this.#isQuorate(nodes);
    for (const other of this.#portsOf(component)) {
      this.#fill(other, component.stream.length);
      other.inbox.push({ kind: 'engine-view', ring, members, left: [] });
      if (!component.quorate) other.quorum.push({ kind: 'engine-quorum', ring, quorate, nodes });
    }
    component.quorate = quorate;
    port.component = component;
    port.position = component.stream.length;
    port.inbox.push({ kind: 'engine-view', ring, members, left: [] });
    port.quorum.push({ kind: 'engine-quorum', ring, quorate, nodes });
    this.#components.set(port.member, component);
  }

  /** A daemon dies; with its node, or alone. What it sent last may be lost. */
  leave(node: NodeName, reason: LeaveReason, choose: Choose): void {
    const port = this.#ports.get(node);
    if (port === undefined) return;
    this.#ports.delete(node);
    const { component } = port;
    if (reason === 'node-down') {
      this.#met.delete(node);
      this.#reform(choose, [{ member: port.member, reason }]);
      return;
    }
    this.#dropTail(component, port, choose);
    component.members = component.members.filter((each) => each !== port.member);
    for (const other of this.#portsOf(component)) {
      this.#fill(other, component.stream.length);
      other.inbox.push({
        kind: 'engine-view',
        ring: component.ring,
        members: component.members,
        left: [{ member: port.member, reason }],
      });
    }
  }

  /** The node's machine has lost power, and with it the number of its last rings. */
  forgetRings(node: NodeName, count: number): void {
    this.#rings.set(node, Math.max(0, (this.#rings.get(node) ?? 0) - 4 * count));
  }

  /** Divides the network: nodes with equal numbers reach each other. */
  divide(parts: readonly number[], choose: Choose): void {
    this.#parts = new Map(this.#names.map((name, at) => [name, parts[at] ?? 0]));
    this.#reform(choose, []);
  }

  send(node: NodeName, text: string): void {
    const port = this.#ports.get(node);
    port?.component.stream.push({ sender: port.member, text });
  }

  /** Takes the next event for this node, if there is one. */
  next(node: NodeName): EngineEvent | undefined {
    const port = this.#ports.get(node);
    if (port === undefined) return undefined;
    if (port.inbox.length === 0) this.#fill(port, port.position + 1);
    return port.inbox.shift();
  }

  /** Engines go on while a daemon is stopped: after a while each has what was sent in its ring. */
  receiveAll(): void {
    for (const port of this.#ports.values()) this.#fill(port, port.component.stream.length);
  }

  /** The word on quorum comes by another way than the rest. */
  nextQuorum(node: NodeName): EngineEvent | undefined {
    const word = this.#ports.get(node)?.quorum.shift();
    if (word?.kind !== 'engine-quorum') return word;
    const met = new Set([...(this.#met.get(node) ?? []), ...word.nodes]);
    this.#met.set(node, met);
    return { ...word, unseen: this.#names.filter((name) => !met.has(name)) };
  }

  hasNews(node: NodeName): boolean {
    const port = this.#ports.get(node);
    if (port === undefined) return false;
    return (
      port.inbox.length > 0 ||
      port.quorum.length > 0 ||
      port.position < port.component.stream.length
    );
  }

  /** Forms the components that the parts of the network allow; unchanged ones stay. */
  #reform(choose: Choose, gone: readonly { member: GroupMember; reason: LeaveReason }[]): void {
    const wanted = new Map<number, Port[]>();
    for (const name of this.#names) {
      const port = this.#ports.get(name);
      const part = this.#parts.get(name) ?? 0;
      if (port !== undefined) wanted.set(part, [...(wanted.get(part) ?? []), port]);
    }
    const goneComponents = new Set(
      gone.map(({ member }) => this.#components.get(member)).filter((each) => each !== undefined),
    );
    for (const ports of wanted.values()) {
      const [first] = ports;
      const component = first?.component;
      const stays =
        component !== undefined &&
        !goneComponents.has(component) &&
        component.members.length === ports.length &&
        ports.every((port) => port.component === component);
      if (!stays) this.#form(ports, gone, choose);
    }
  }

  readonly #components = new Map<GroupMember, Component>();

  #form(
    ports: readonly Port[],
    gone: readonly { member: GroupMember; reason: LeaveReason }[],
    choose: Choose,
  ): void {
    const stream: Sent[] = [];
    const groups = new Map<Component, Port[]>();
    for (const port of ports)
      groups.set(port.component, [...(groups.get(port.component) ?? []), port]);
    for (const [old, group] of groups) stream.push(...this.#closeStream(old, group, choose));
    const members = ports.map((each) => each.member);
    const quorate = this.#isQuorate(members.map((each) => each.node));
    const component = { ring: this.#nextRing(ports), quorate, members, stream };
    for (const port of ports) this.#enter(port, component, gone);
  }

  /**
   * Those who go together deliver the same: everything that one of them has, perhaps more. Then what
   * they sent themselves may still be delivered without what the others sent before it. The rest of
   * their own messages is ordered anew.
   */
  #closeStream(old: Component, group: readonly Port[], choose: Choose): readonly Sent[] {
    const { stream } = old;
    const seen = Math.max(...group.map((port) => port.position));
    const cut = seen + choose(stream.length - seen + 1);
    const lastOwn = cut + choose(stream.length - cut + 1);
    const own = new Set(group.map((port) => port.member));
    const ownTail = stream.slice(cut, lastOwn).filter((each) => own.has(each.sender));
    for (const port of group) {
      this.#fill(port, cut);
      for (const { sender, text } of ownTail)
        port.inbox.push({ kind: 'engine-message', sender, text });
    }
    return stream.slice(lastOwn).filter((each) => own.has(each.sender));
  }

  #enter(
    port: Port,
    component: Component,
    gone: readonly { member: GroupMember; reason: LeaveReason }[],
  ): void {
    const { ring, members, quorate } = component;
    const old = port.component;
    const left = old.members
      .filter((each) => !members.includes(each))
      .map(
        (member) =>
          gone.find((each) => each.member === member) ?? { member, reason: 'node-down' as const },
      );
    port.component = component;
    port.position = 0;
    this.#components.set(port.member, component);
    port.inbox.push({ kind: 'engine-view', ring, members, left });
    const nodes = members.map((each) => each.node);
    port.quorum.push({ kind: 'engine-quorum', ring, quorate, nodes });
  }

  #nextRing(ports: readonly Port[]): RingId {
    const nodes = ports.map((port) => port.member.node);
    const sequence = Math.max(...nodes.map((node) => this.#rings.get(node) ?? 0)) + 4;
    for (const node of nodes) this.#rings.set(node, sequence);
    const representative = nodeNumber(Math.min(...ports.map((port) => port.member.number)));
    return { sequence, representative };
  }

  /** What its engine had not sent yet goes with it: nobody has delivered that, nor has it itself. */
  #dropTail(component: Component, gone: Port, choose: Choose): void {
    const ports = [gone, ...this.#portsOf(component)];
    const seen = Math.max(...ports.map((port) => port.position));
    const from = seen + choose(component.stream.length - seen + 1);
    const kept = component.stream.slice(from).filter((each) => each.sender !== gone.member);
    component.stream.splice(from, component.stream.length - from, ...kept);
  }

  #portsOf(component: Component): readonly Port[] {
    return [...this.#ports.values()].filter((port) => port.component === component);
  }

  #fill(port: Port, upTo: number): void {
    const { stream } = port.component;
    for (; port.position < Math.min(upTo, stream.length); port.position += 1) {
      const sent = stream[port.position];
      if (sent !== undefined) port.inbox.push({ kind: 'engine-message', ...sent });
    }
  }
}
