/**
 * Which parameters are secrets, by their names: the one list, for what is refused in a configuration,
 * left out of what is imported, and not shown in what agents print and changes say.
 */

/**
 * Names, and ends of names behind a `_`, with what has them. Not here, on purpose: files and programs
 * (`identity_file`, `password_script`), and the `key` of fence_scsi and fence_mpath, by which a node is
 * known to its disks: whoever reaches these can read it there.
 */
const SECRETS: Readonly<Record<string, string>> = {
  password: 'fence agents with a login; databases',
  passwd: 'the older name of it; snmp_priv_passwd of agents that speak SNMP 3',
  pass: 'test_pass of resource agents',
  passphrase: 'what opens a private key',
  secret: 'keys that both sides know',
  token: 'clouds and hypervisors (fence_ibm_powervs, token_secret)',
  api_key: 'clouds',
  apikey: 'clouds (fence_ibm_vpc, fence_ecloud)',
  access_key: 'clouds (fence_aws, fence_aliyun): half of a login',
  secret_key: 'the other half',
  private_key: 'a key itself; where a file is meant, agents say so in the name',
  credential: 'a login in one text',
  credentials: 'the same',
  kg: 'the key of a BMC (hexadecimal_kg of fence_ipmilan)',
  community: 'SNMP 1 and 2: whoever knows it may switch',
};

/** Prefix of a value that is the name of a secret on each node. */
export const SECRET_REFERENCE = 'secret:';

/** `passwd`, `snmp_priv_passwd`, `monpassword`, `API-Key`. */
export function isSecretName(parameter: string): boolean {
  const name = parameter.toLowerCase().replaceAll('-', '_');
  if (/passw(or)?d$/.test(name)) return true;
  return Object.keys(SECRETS).some((word) => name === word || name.endsWith(`_${word}`));
}

/** A secret in the clear, where a reference should be. */
export const isPlainSecret = (parameter: string, value: string): boolean =>
  value !== '' && !value.startsWith(SECRET_REFERENCE) && isSecretName(parameter);

/** What a device's secret is called on each node, in the letters that names of secrets may have. */
export const secretNameFor = (device: string, parameter: string): string =>
  `${device}-${parameter}`.replaceAll(/[^A-Za-z0-9_.-]/g, '-').slice(-128);
