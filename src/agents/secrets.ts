/** Parameters whose value is `secret:NAME` get the secret's text at the last moment. */
import { SECRET_MISSING } from '../core/model/attributes.ts';
import type { Parameters } from '../core/model/operation.ts';
import { SECRET_REFERENCE, isSecretName } from '../core/model/secret-parameters.ts';
import { messageOf } from './output.ts';
import { splitCommand } from './words.ts';
import { writtenForms } from './written-forms.ts';

export interface SecretStore {
  /** The secret's text, or undefined when this node has none of that name. Throws on I/O errors. */
  read(name: string): Promise<string | undefined>;
}

/** Shorter ones are part of other words. */
const PLAIN_CHARS_MIN = 4;

export type Resolved =
  | {
      readonly kind: 'resolved';
      readonly parameters: Parameters;
      /** The texts that must not be seen in anything printed. */
      readonly secrets: readonly string[];
    }
  | { readonly kind: 'missing'; readonly reason: string };

export async function resolveSecrets(
  parameters: Parameters,
  store: SecretStore,
): Promise<Resolved> {
  const filled: Record<string, string> = { ...parameters };
  const secrets: string[] = [];
  for (const [parameter, value] of Object.entries(parameters)) {
    if (!value.startsWith(SECRET_REFERENCE)) {
      // It stands in the configuration for all to read, and need not stand in the history as well.
      if (isSecretName(parameter) && value.length >= PLAIN_CHARS_MIN) secrets.push(value);
      continue;
    }
    const name = value.slice(SECRET_REFERENCE.length);
    const secret = await readSecret(store, name);
    if (typeof secret !== 'string') {
      return {
        kind: 'missing',
        reason: `parameter ${parameter}: secret ${name} ${secret.problem}`,
      };
    }
    filled[parameter] = secret;
    secrets.push(secret, ...(parameter === 'environment' ? valuesIn(secret) : []));
  }
  return { kind: 'resolved', parameters: filled, secrets };
}

/** Of `NAME=value` words: a program prints its password alone. */
function valuesIn(environment: string): readonly string[] {
  const split = splitCommand(environment);
  const words = split.kind === 'words' ? split.words : [];
  return words
    .map((word) => word.slice(word.indexOf('=') + 1))
    .filter((value) => value.length >= PLAIN_CHARS_MIN);
}

async function readSecret(
  store: SecretStore,
  name: string,
): Promise<string | { readonly problem: string }> {
  try {
    return (await store.read(name)) ?? { problem: SECRET_MISSING };
  } catch (error) {
    return { problem: `cannot be read: ${messageOf(error)}` };
  }
}

/**
 * Replaces every secret by `[secret]`, the longest first, also where it stands as a program has written it
 * for another one (written-forms.ts). A secret of one character is left.
 */
export function redact(text: string, secrets: readonly string[]): string {
  const words = secrets
    .flatMap((secret) => [secret, ...secret.split('\n')])
    .filter((secret) => secret.length > 1);
  return [...new Set(words.flatMap(writtenForms))]
    .toSorted((left, right) => right.length - left.length)
    .reduce((rest, form) => rest.replaceAll(form, '[secret]'), text);
}
