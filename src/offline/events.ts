/** The what-if options of the command line as events. */
import { suggestionText } from '../core/model/nearest.ts';
import type { WhatIfEvent } from './what-if.ts';

/** As the options are called: `--node-down n1 --fail web --on n2 --op-fail start:web@n2=5 …`. */
export interface WhatIfOptions {
  readonly nodeDown?: readonly string[];
  readonly nodeUp?: readonly string[];
  readonly nodeLeft?: readonly string[];
  readonly standby?: readonly string[];
  readonly online?: readonly string[];
  readonly maintenance?: readonly string[];
  /** Resources whose monitor fails, each on the node of `on` at the same place. */
  readonly fail?: readonly string[];
  /** One node for all of `fail`, or one for each. */
  readonly on?: readonly string[];
  /** `OPERATION:RESOURCE@NODE`, perhaps `=EXITCODE`. */
  readonly opFail?: readonly string[];
  readonly ticketGrant?: readonly string[];
  readonly ticketRevoke?: readonly string[];
  readonly ticketStandby?: readonly string[];
  readonly ticketActivate?: readonly string[];
  readonly stop?: readonly string[];
  readonly start?: readonly string[];
  readonly unmanage?: readonly string[];
  readonly quorumLost?: boolean;
  readonly quorumGained?: boolean;
}

export type EventsResult = { readonly events: readonly WhatIfEvent[] } | { readonly error: string };

/** In a fixed order: nodes, quorum, what is wanted of resources, tickets, failures. */
export function whatIfEvents(options: WhatIfOptions): EventsResult {
  const failures = [...failEvents(options), ...(options.opFail ?? []).map(operationFailure)];
  const wrong = failures.find((failure) => 'error' in failure);
  if (wrong && 'error' in wrong) return wrong;
  const events: readonly WhatIfEvent[] = [
    ...nodeEvents(options),
    ...(options.quorumLost === true ? [{ kind: 'quorum', quorate: false } as const] : []),
    ...(options.quorumGained === true ? [{ kind: 'quorum', quorate: true } as const] : []),
    ...(['stop', 'start', 'unmanage'] as const).flatMap((kind) =>
      (options[kind] ?? []).map((resource) => ({ kind, resource })),
    ),
    ...ticketEvents(options),
    ...failures.filter((failure) => 'kind' in failure),
  ];
  return { events };
}

function nodeEvents(options: WhatIfOptions): readonly WhatIfEvent[] {
  const kinds = [
    ['node-down', options.nodeDown],
    ['node-left', options.nodeLeft],
    ['node-up', options.nodeUp],
    ['standby', options.standby],
    ['online', options.online],
    ['maintenance', options.maintenance],
  ] as const;
  return kinds.flatMap(([kind, nodes]) => (nodes ?? []).map((node) => ({ kind, node })));
}

function ticketEvents(options: WhatIfOptions): readonly WhatIfEvent[] {
  const changes = [
    ['grant', options.ticketGrant],
    ['revoke', options.ticketRevoke],
    ['standby', options.ticketStandby],
    ['activate', options.ticketActivate],
  ] as const;
  return changes.flatMap(([change, tickets]) =>
    (tickets ?? []).map((ticket) => ({ kind: 'ticket' as const, ticket, change })),
  );
}

type FailureOrError =
  | Extract<WhatIfEvent, { kind: 'operation-failed' }>
  | { readonly error: string };

function failEvents({ fail = [], on = [] }: WhatIfOptions): readonly FailureOrError[] {
  if (fail.length === 0) {
    return on.length === 0
      ? []
      : [{ error: '--on says where something fails: give --fail as well' }];
  }
  if (on.length !== 1 && on.length !== fail.length) {
    return [{ error: 'say with --on NODE where it fails: once for all, or once for each --fail' }];
  }
  return fail.map((resource, index) => ({
    kind: 'operation-failed',
    resource,
    node: on[index] ?? on[0] ?? '',
  }));
}

const OPERATIONS: ReadonlySet<string> = new Set([
  'start',
  'stop',
  'monitor',
  'promote',
  'demote',
  'migrate_to',
  'migrate_from',
]);

const OPERATION_FAILURE = /^([a-z_-]+):(.+)@([^@=]+)(?:=(\d{1,3}))?$/;

function operationFailure(text: string): FailureOrError {
  const match = OPERATION_FAILURE.exec(text);
  if (!match) {
    return {
      error: `"${text}" is not OPERATION:RESOURCE@NODE or OPERATION:RESOURCE@NODE=EXITCODE`,
    };
  }
  const [, operation = '', resource = '', node = '', code] = match;
  if (!OPERATIONS.has(operation)) {
    return {
      error: `there is no operation "${operation}"${suggestionText(operation, OPERATIONS)}`,
    };
  }
  return {
    kind: 'operation-failed',
    resource,
    node,
    operation,
    ...(code !== undefined && { exitCode: Number(code) }),
  };
}
