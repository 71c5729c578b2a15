/** Agents that are installed on this node, and the secrets of fence devices. */
import { z } from 'zod';

import { SECRETS_ATTRIBUTE } from '../../core/model/attributes.ts';
import { referencedSecrets } from '../../core/view/secrets.ts';
import { suggestion } from '../../core/view/suggest.ts';
import type { Backend } from '../backend.ts';
import { reading } from '../lookup.ts';
import { Problem } from '../problem.ts';
import { json } from '../route.ts';
import { agentDescription, agentSummary, done, secret } from '../schemas/answers.ts';
import { listOf } from '../schemas/list.ts';

const SECRET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const SECRET_CHARACTERS_MAX = 8192;

export const agentRoutes = {
  'GET /v1/agents': json({
    summary: 'The agents that are installed on this node',
    role: 'read',
    query: z.strictObject({
      titles: z
        .enum(['true', 'false'])
        .optional()
        .describe('ask each for its title: takes seconds'),
    }),
    answer: listOf(agentSummary),
    handle: ({ backend, query }) => backend.agents(query.titles === 'true'),
  }),

  'GET /v1/agents/{agent}': json({
    summary: 'One agent with its parameters and operations',
    role: 'read',
    answer: agentDescription,
    handle: async ({ backend, params }) => {
      const name = params['agent'] ?? '';
      const found = await backend.agent(name);
      if (found !== undefined) return found;
      const known = (await backend.agents(false)).map((agent) => agent.name);
      throw new Problem('not-found', `There is no agent "${name}" here${suggestion(name, known)}`, {
        advice: 'holdfast agents lists all',
      });
    },
  }),

  'GET /v1/secrets': json({
    summary: 'Secrets by name, with the nodes that have and that lack them; never their values',
    role: 'read',
    answer: listOf(secret),
    handle: ({ backend }) => secretViews(backend),
  }),

  'PUT /v1/secrets/{secret}': json({
    summary: 'Store a secret on this node',
    role: 'write',
    body: z.strictObject({ value: z.string().min(1).max(SECRET_CHARACTERS_MAX) }),
    answer: done,
    handle: async ({ backend, params, body }) => {
      const name = secretName(params['secret']);
      await backend.setSecret(name, body.value);
      return { text: `The secret "${name}" is stored on ${backend.local().self}.`, index: 0 };
    },
  }),

  'DELETE /v1/secrets/{secret}': json({
    summary: 'Remove a secret from this node',
    role: 'write',
    answer: done,
    handle: async ({ backend, params }) => {
      const name = secretName(params['secret']);
      const { self } = backend.local();
      if (await backend.removeSecret(name)) {
        return { text: `The secret "${name}" is gone from ${self}.`, index: 0 };
      }
      throw new Problem('not-found', `${self} has no secret "${name}"`);
    },
  }),
};

function secretName(name: string | undefined): string {
  if (name !== undefined && SECRET_NAME.test(name)) return name;
  throw new Problem('bad-request', `"${name}" cannot be the name of a secret.`, {
    advice: 'use letters, digits, dot, dash and underscore, at most 64',
  });
}

async function secretViews(backend: Backend): Promise<z.input<typeof secret>[]> {
  const state = reading(backend);
  const used = referencedSecrets(state);
  const here = await backend.secrets();
  const has = new Map<string, readonly string[]>(
    state.nodes
      .filter((node) => node.condition === 'online')
      .map((node) => [node.name, (node.attributes[SECRETS_ATTRIBUTE] ?? '').split(',')]),
  );
  has.set(backend.local().self, here);
  const names = new Set(
    [...used.keys(), ...[...has.values()].flat()].filter((name) => name !== ''),
  );
  return [...names].sort().map((name) => {
    const user = used.get(name);
    const nodes = [...has.keys()].sort();
    return {
      name,
      ...(user === undefined ? {} : { usedBy: user }),
      nodes: nodes.filter((node) => has.get(node)?.includes(name)),
      lacking: nodes.filter((node) => !has.get(node)?.includes(name)),
    };
  });
}
