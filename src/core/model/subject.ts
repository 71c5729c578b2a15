/** A place in a configuration that a finding is about, in the words of cluster.yaml. */
export interface ConfigurationSubject {
  readonly kind:
    | 'cluster'
    | 'node'
    | 'resource'
    | 'template'
    | 'constraint'
    | 'tag'
    | 'fence-device'
    | 'fencing-level';
  /** The id of the node, resource …; empty for the cluster itself. */
  readonly id: string;
  /** The way from there to the value: `['parameters', 'ip']`. */
  readonly field?: readonly string[];
}
