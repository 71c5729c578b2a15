/**
 * The metadata of OCF and fence agents (OCF Resource Agent API 1.1, "Metadata"; FenceAgentAPI,
 * "Agent Operations and Metadata"), read in one pass.
 */
import { SaxesParser, type SaxesTagPlain } from 'saxes';
import type { AgentName } from '../core/model/operation.ts';
import { parseDurationMs } from '../core/model/value.ts';
import type {
  AgentDescription,
  OperationDescription,
  ParameterDescription,
} from './description.ts';

export type ParsedMetadata =
  | { readonly kind: 'description'; readonly description: AgentDescription }
  /** `reason` has line and column. */
  | { readonly kind: 'wrong'; readonly reason: string };

const depthMax = 20;
const entriesMax = 2000;

export function parseMetadata(agent: AgentName, xml: string): ParsedMetadata {
  const reader = new MetadataReader();
  const problem = reader.read(xml);
  return problem === undefined
    ? { kind: 'description', description: reader.description(agent) }
    : { kind: 'wrong', reason: problem };
}

type Attributes = Readonly<Record<string, string>>;

/** A parameter while its element is open. */
interface OpenParameter {
  readonly attributes: Attributes;
  content: Attributes;
  readonly options: string[];
  readonly replacedBy: string[];
  deprecated: boolean;
  title: string;
  description: string;
}

class MetadataReader {
  #path: string[] = [];
  #text = '';
  #problem: string | undefined;
  #root: Attributes | undefined;
  #version = '';
  #title = '';
  #description = '';
  #open: OpenParameter | undefined;
  readonly #parameters: OpenParameter[] = [];
  readonly #operations: OperationDescription[] = [];

  /** Undefined when all was well. */
  read(xml: string): string | undefined {
    const parser = new SaxesParser();
    parser.on('error', (error) => (this.#problem ??= error.message));
    parser.on('opentag', (tag) => this.#enter(tag));
    parser.on('text', (text) => (this.#text += text));
    parser.on('cdata', (text) => (this.#text += text));
    parser.on('closetag', (tag) => this.#leave(tag.name));
    // Some agents print an empty line before the declaration, which XML does not allow.
    parser.write(xml.trimStart()).close();
    if (this.#problem === undefined && !this.#root) this.#problem = 'there is no <resource-agent>';
    return this.#problem;
  }

  description(agent: AgentName): AgentDescription {
    return {
      agent,
      version: this.#version === '' ? (this.#root?.['version'] ?? '') : this.#version,
      title: this.#title === '' ? (this.#root?.['shortdesc'] ?? '') : this.#title,
      description: this.#description,
      parameters: this.#parameters.map((one) => toParameter(one, this.#parameters)),
      parametersKnown: true,
      operations: this.#operations,
    };
  }

  #enter(tag: SaxesTagPlain): void {
    this.#path.push(tag.name);
    this.#text = '';
    if (this.#path.length > depthMax) this.#problem ??= 'elements are nested too deeply';
    const { name, attributes } = tag;
    if (this.#path.length === 1 && name === 'resource-agent') this.#root = attributes;
    if (name === 'parameter') this.#openParameter(attributes);
    if (name === 'action') this.#addOperation(attributes);
    if (!this.#open) return;
    if (name === 'content') this.#open.content = attributes;
    if (name === 'option') this.#open.options.push(attributes['value'] ?? '');
    if (name === 'deprecated') this.#open.deprecated = true;
    if (name === 'replaced-with') this.#open.replacedBy.push(attributes['name'] ?? '');
  }

  #leave(name: string): void {
    this.#path.pop();
    const inside = this.#path.at(-1);
    const text = this.#text.trim();
    const subject = inside === 'parameter' ? this.#open : undefined;
    if (name === 'parameter') this.#closeParameter();
    else if (name === 'version' && this.#path.length === 1) this.#version = text;
    else if (name === 'shortdesc') this.#setTitle(subject, inside, oneLine(text));
    else if (name === 'longdesc') this.#setDescription(subject, inside, text);
    this.#text = '';
  }

  /** The first of several languages counts: agents write English first. */
  #setTitle(subject: OpenParameter | undefined, inside: string | undefined, text: string): void {
    if (subject) subject.title ||= text;
    else if (inside === 'resource-agent') this.#title ||= text;
  }

  #setDescription(
    subject: OpenParameter | undefined,
    inside: string | undefined,
    text: string,
  ): void {
    if (subject) subject.description ||= text;
    else if (inside === 'resource-agent') this.#description ||= text;
  }

  #openParameter(attributes: Attributes): void {
    const empty = { content: {}, options: [], replacedBy: [], title: '', description: '' };
    this.#open = { ...empty, attributes, deprecated: isTrue(attributes['deprecated']) };
  }

  #closeParameter(): void {
    if (this.#open?.attributes['name']) this.#parameters.push(this.#open);
    if (this.#parameters.length > entriesMax) this.#problem ??= 'there are too many parameters';
    this.#open = undefined;
  }

  #addOperation(attributes: Attributes): void {
    if (attributes['name']) this.#operations.push(toOperation(attributes));
    if (this.#operations.length > entriesMax) this.#problem ??= 'there are too many actions';
  }
}

function toParameter(open: OpenParameter, all: readonly OpenParameter[]): ParameterDescription {
  const { attributes, content } = open;
  const name = attributes['name'] ?? '';
  const group = attributes['unique-group'] ?? (isTrue(attributes['unique']) ? name : undefined);
  // Fence agents say it the other way round: the new parameter names the one that it obsoletes.
  const successors = all.filter((other) => other.attributes['obsoletes'] === name);
  const deprecatedBy = [
    ...open.replacedBy,
    ...successors.map((other) => other.attributes['name'] ?? ''),
  ].filter((other) => other !== '');
  return {
    name,
    required: isTrue(attributes['required']),
    type: content['type'] ?? 'string',
    title: open.title,
    description: open.description,
    ...(content['default'] === undefined ? {} : { default: content['default'] }),
    ...(open.options.length > 0 ? { options: open.options } : {}),
    ...(group === undefined ? {} : { uniqueGroup: group }),
    unique: group !== undefined,
    reloadable: isTrue(attributes['reloadable']),
    deprecated: open.deprecated || deprecatedBy.length > 0,
    ...(deprecatedBy.length > 0 ? { deprecatedBy } : {}),
  };
}

function toOperation(attributes: Attributes): OperationDescription {
  const time = (key: string): number | undefined => parseDurationMs(attributes[key] ?? '');
  const timeoutMs = time('timeout');
  const intervalMs = time('interval');
  const startDelayMs = time('start-delay');
  const role = roleNames[attributes['role'] ?? ''];
  const depth = Number.parseInt(attributes['depth'] ?? '', 10);
  return {
    name: attributes['name'] ?? '',
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(intervalMs === undefined ? {} : { intervalMs }),
    ...(startDelayMs === undefined ? {} : { startDelayMs }),
    ...(role === undefined ? {} : { role }),
    ...(Number.isNaN(depth) ? {} : { depth }),
    ...(isTrue(attributes['automatic']) ? { automatic: true } : {}),
    ...(isTrue(attributes['on_target']) ? { onTarget: true } : {}),
  };
}

/** OCF 1.0 agents use the old words. */
const roleNames: Readonly<Record<string, string>> = {
  Master: 'Promoted',
  Promoted: 'Promoted',
  Slave: 'Unpromoted',
  Unpromoted: 'Unpromoted',
};

const isTrue = (text: string | undefined): boolean => text === '1' || text === 'true';
const oneLine = (text: string): string => text.replace(/\s+/g, ' ');
