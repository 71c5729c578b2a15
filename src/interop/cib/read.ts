/**
 * Reads a Pacemaker CIB (schemas 1.3 to 4.0) in one pass, straight into the model.
 *
 * Broken XML, a document type (hence every entity of one's own) and input beyond the limits are
 * refused with line and column. What is read but means nothing here becomes a finding.
 */
import { SaxesParser } from 'saxes';
import { nodeName } from '../../core/model/ids.ts';
import type { NodeName } from '../../core/model/ids.ts';
import type { NodeStatus, Picture } from '../../core/model/picture.ts';
import { parseBoolean } from '../../core/model/value.ts';
import { configurationReader, emptyLists } from './configuration.ts';
import type { ConfigurationLists } from './configuration.ts';
import { findingCollector, readContext, skipped } from './draft.ts';
import type { Attributes, Draft, ElementReader, ReadContext } from './draft.ts';
import { wallSeconds } from './history.ts';
import { statusReader } from './status.ts';
import type { ReadStatus } from './status.ts';

export interface CibError {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  readonly text: string;
}

export type CibResult = { readonly picture: Picture } | { readonly error: CibError };

/** A CIB of 32 nodes and 10 000 resources has 190 million characters. */
const CHARACTERS_MAX = 400_000_000;
const ELEMENTS_MAX = 20_000_000;
/** The schema itself needs 10 levels; each nested rule takes one more. */
const DEPTH_MAX = 100;
const ATTRIBUTES_MAX = 1000;

/**
 * @param xml the whole document: a `cib` element with `configuration` and perhaps `status`
 */
export function readCib(xml: string): CibResult {
  const { note, findings } = findingCollector();
  const context = readContext(note);
  const document = newDocument();
  const error = parse(xml, rootReader(context, document), context);
  if (error) return { error };
  if (!document.root) return { error: { line: 1, column: 1, text: 'there is no "cib" element' } };
  for (const work of context.later) work();
  return { picture: finish(document, document.root, findings) };
}

interface CibDocument {
  root: Attributes | undefined;
  readonly configuration: ConfigurationLists;
  readonly status: ReadStatus;
}

const newDocument = (): CibDocument => ({
  root: undefined,
  configuration: emptyLists(),
  status: { nodes: [], tickets: [] },
});

function rootReader(context: ReadContext, document: CibDocument): ElementReader {
  const openSection = (name: string): ElementReader | undefined => {
    if (name === 'configuration') return configurationReader(context, document.configuration);
    return name === 'status' ? statusReader(context, document.status) : undefined;
  };
  const open = (name: string, attributes: Attributes): ElementReader => {
    if (name !== 'cib') throw new Refusal(`the document is a "${name}", not a "cib"`);
    document.root = attributes;
    return { open: openSection };
  };
  return { open };
}

/** Ends the parse from within a handler. */
class Refusal extends Error {}

function parse(xml: string, root: ElementReader, context: ReadContext): CibError | undefined {
  const parser = new SaxesParser();
  const at = (text: string): CibError => ({
    line: parser.line,
    column: Math.max(1, parser.columnIndex),
    text,
  });
  if (xml.length > CHARACTERS_MAX) return at(`more than ${CHARACTERS_MAX} characters`);
  listen(parser, root, context);
  try {
    parser.write(xml).close();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return at(error.message);
    throw error;
  }
}

function listen(parser: SaxesParser, root: ElementReader, context: ReadContext): void {
  const stack: ElementReader[] = [root];
  let elements = 0;
  parser.on('opentag', (tag) => {
    elements += 1;
    checkLimits(elements, stack.length);
    const reader = stack.at(-1) ?? skipped;
    const child = reader.open(tag.name, tag.attributes);
    if (!child) context.note('unknown-element', tag.name, `the element "${tag.name}" is not used`);
    stack.push(child ?? skipped);
  });
  parser.on('closetag', () => {
    stack.pop()?.end?.();
  });
  parser.on('error', (error) => {
    throw new Refusal(error.message.replace(/^\d+:\d+: /, ''));
  });
  parser.on('doctype', () => {
    throw new Refusal('a document type declaration (DOCTYPE) is not accepted');
  });
  limitAttributes(parser);
}

function checkLimits(elements: number, depth: number): void {
  if (elements > ELEMENTS_MAX) throw new Refusal(`more than ${ELEMENTS_MAX} elements`);
  if (depth > DEPTH_MAX) throw new Refusal(`elements nested more than ${DEPTH_MAX} deep`);
}

function limitAttributes(parser: SaxesParser): void {
  let attributes = 0;
  parser.on('opentagstart', () => {
    attributes = 0;
  });
  parser.on('attribute', () => {
    attributes += 1;
    if (attributes > ATTRIBUTES_MAX) throw new Refusal(`more than ${ATTRIBUTES_MAX} attributes`);
  });
}

function finish(document: CibDocument, root: Attributes, findings: Picture['findings']): Picture {
  const { configuration, status } = document;
  nameNodes(configuration, status.nodes);
  const dc = dcName(configuration, status.nodes, root['dc-uuid']);
  const recordedAt = wallSeconds(root['execution-date']);
  return {
    configuration,
    status: {
      quorate: parseBoolean(root['have-quorum'] ?? '') ?? false,
      ...(dc !== undefined && { dc }),
      ...(recordedAt !== undefined && { recordedAt }),
      nodes: status.nodes,
      tickets: status.tickets,
    },
    findings,
  };
}

/** Fills in ids from names and names from ids, as the configured nodes have them. */
function nameNodes(configuration: ConfigurationLists, states: readonly Draft<NodeStatus>[]): void {
  const nameOf = new Map(configuration.nodes.map((node) => [node.id, node.name]));
  const idOf = new Map(configuration.nodes.map((node) => [node.name, node.id]));
  for (const state of states) {
    if (state.name === '') state.name = nameOf.get(state.id) ?? nodeName(state.id);
    if (state.id === '') state.id = idOf.get(state.name) ?? state.name;
  }
}

function dcName(
  configuration: ConfigurationLists,
  states: readonly NodeStatus[],
  id: string | undefined,
): NodeName | undefined {
  if (id === undefined || id === '') return undefined;
  const known = configuration.nodes.find((node) => node.id === id);
  return known?.name ?? states.find((state) => state.id === id)?.name;
}
