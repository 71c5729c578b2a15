/** The shape of cluster.yaml as JSON Schema 2020-12, for editors and for the API's description. */
import { z } from 'zod';
import { clusterDocument } from './shape/document.ts';

/** Where editors find it; also the schema's `$id`. */
export const SCHEMA_ID = 'https://holdfast.example/schema/cluster-1.json';

export function clusterJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(clusterDocument, {
    target: 'draft-2020-12',
    io: 'input',
    reused: 'ref',
  });
  return { ...schema, $id: SCHEMA_ID, title: 'Holdfast cluster configuration, version 1' };
}
