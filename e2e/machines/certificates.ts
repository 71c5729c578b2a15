/** Certificates for a migration that others cannot read (QEMU, "TLS setup"): one authority, a side each. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A directory as `migration_tls` wants it; the address is the one that the target is reached at. */
export function makeCertificates(directory: string, address: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = (name: string): string => join(directory, name);
  const openssl = (words: string): void =>
    void execFileSync('openssl', words.split(' '), { cwd: directory, stdio: 'ignore' });
  const curve = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';
  const root = '-subj /CN=machines -days 2 -addext keyUsage=critical,keyCertSign';
  openssl(`req -x509 ${curve} -keyout ca-key.pem -out ca-cert.pem ${root}`);
  for (const side of ['server', 'client']) {
    const usage = `keyUsage=digitalSignature\nextendedKeyUsage=${side}Auth\n`;
    writeFileSync(file(`${side}.ext`), `${usage}subjectAltName=IP:${address}\n`);
    openssl(`req ${curve} -keyout ${side}-key.pem -out ${side}.csr -subj /CN=node`);
    const signed = `-out ${side}-cert.pem -days 2 -extfile ${side}.ext`;
    const by = '-CA ca-cert.pem -CAkey ca-key.pem -CAcreateserial';
    openssl(`x509 -req -in ${side}.csr ${by} ${signed}`);
  }
  return directory;
}
