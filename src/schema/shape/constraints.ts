/** Shapes of constraints: location, colocation, order, ticket; and of resource sets. */
import { z } from 'zod';
import { rule } from './rules.ts';
import {
  action,
  integer,
  map,
  oneOf,
  orderKind,
  role,
  score,
  text,
  word,
  yesNo,
} from './values.ts';

const set = oneOf([
  z.array(text),
  map({
    id: text.exactOptional(),
    resources: z.array(text),
    sequential: yesNo.exactOptional(),
    'require-all': yesNo.exactOptional(),
    ordering: word('group', 'listed').exactOptional(),
    action: action.exactOptional(),
    role: role.exactOptional(),
    score: score.exactOptional(),
    kind: orderKind.exactOptional(),
  }),
]);
export type SetShape = z.output<typeof set>;

const sets = map({ sets: z.array(set) });

const commonFields = {
  id: text.exactOptional(),
  lifetime: rule.exactOptional().meta({ description: 'when it counts; absent: always' }),
};

/** `n1`, `[n1, n2]` (both with INFINITY) or `{ n1: 100 }`. */
const preferences = oneOf([text, z.array(text), z.record(z.string(), score)]);
export type PreferencesShape = z.output<typeof preferences>;

const location = map({
  location: oneOf([text, map({ pattern: text }), map({ 'not-pattern': text }), sets]),
  ...commonFields,
  prefers: preferences.exactOptional(),
  avoids: preferences.exactOptional(),
  node: text.exactOptional(),
  score: score.exactOptional(),
  rules: z.array(rule).exactOptional(),
  role: role.exactOptional(),
  'resource-discovery': word('always', 'never', 'exclusive').exactOptional(),
});
export type LocationShape = z.output<typeof location>;

const colocation = map({
  colocate: oneOf([text, sets]),
  with: text.exactOptional(),
  ...commonFields,
  score: score.exactOptional(),
  role: role.exactOptional(),
  'with-role': role.exactOptional(),
  instance: integer.exactOptional(),
  'with-instance': integer.exactOptional(),
  'node-attribute': text.exactOptional(),
  influence: yesNo.exactOptional(),
});
export type ColocationShape = z.output<typeof colocation>;

const order = map({
  order: oneOf([
    z.array(text),
    map({
      first: text,
      // oxlint-disable-next-line unicorn/no-thenable -- a shape, and the field's own word
      then: text,
      'first-action': action.exactOptional(),
      'then-action': action.exactOptional(),
      'first-instance': integer.exactOptional(),
      'then-instance': integer.exactOptional(),
    }),
    sets,
  ]),
  ...commonFields,
  kind: orderKind.exactOptional(),
  symmetrical: yesNo.exactOptional(),
  'require-all': yesNo.exactOptional(),
});
export type OrderShape = z.output<typeof order>;

const ticket = map({
  ticket: text,
  ...commonFields,
  resource: text.exactOptional(),
  sets: z.array(set).exactOptional(),
  role: role.exactOptional(),
  'loss-policy': word('stop', 'demote', 'fence', 'freeze').exactOptional(),
});
export type TicketShape = z.output<typeof ticket>;

export const constraint = oneOf([location, colocation, order, ticket]);
export type ConstraintShape = z.output<typeof constraint>;
