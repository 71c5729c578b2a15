/** A guest with a SCSI disk that keeps persistent reservations, and with Debian's fence_scsi. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { copyLibraries, guestFile, layRoot, obstacle, pack } from '../guest/archive.ts';

/** Each behind those that it needs. */
const MODULES = [
  'configfs.ko',
  'scsi_common.ko',
  'scsi_mod.ko',
  'sd_mod.ko',
  'target_core_mod.ko',
  'target_core_file.ko',
  'libcrc32c.ko',
  'iscsi_target_mod.ko',
  'scsi_transport_iscsi.ko',
  'libiscsi.ko',
  'libiscsi_tcp.ko',
  'iscsi_tcp.ko',
];
const PROGRAMS = ['/usr/sbin/corosync', '/usr/sbin/corosync-cmapctl'];
const SG_PROGRAMS = ['/usr/bin/sg_persist', '/usr/bin/sg_turs'];
/** The one program of open-iscsi that needs no service. */
const LOGIN = guestFile('iscsistart');
const LOGIN_LIBRARY = 'libopeniscsiusr.so.0.2.0';
const AGENT = '/usr/sbin/fence_scsi';
const PYTHON = '/usr/bin/python3';

/** Why there can be no such guest; undefined: there can. */
export function diskObstacle(): string | undefined {
  const missing = [...PROGRAMS, ...SG_PROGRAMS, AGENT, PYTHON].filter((path) => !existsSync(path));
  const modules = [...MODULES, LOGIN_LIBRARY, 'iscsistart'].filter(
    (name) => !existsSync(guestFile(name)),
  );
  const all = [...missing, ...modules];
  return obstacle() ?? (all.length === 0 ? undefined : `${all.join(', ')} missing`);
}

/**
 * `story`: lines of disk-init.sh; `inputs`: what agents are told, by the name in the story. Whoever wants it
 * removes its directory.
 */
export function buildDiskGuest(
  story: readonly string[],
  inputs: Readonly<Record<string, string>>,
): { readonly directory: string; readonly archive: string } {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-guest-'));
  const root = join(directory, 'root');
  layRoot(root, join(import.meta.dirname, 'disk-init.sh'), MODULES);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write('disk-modules', `${MODULES.join('\n')}\n`);
  write('story', `${story.join('\n')}\n`);
  for (const [name, text] of Object.entries(inputs)) write(`asked/${name}`, text);
  write('etc/corosync/corosync.conf', COROSYNC_CONF);
  for (const path of [...PROGRAMS, ...SG_PROGRAMS, AGENT]) copyInto(root, path);
  copyFileSync(LOGIN, join(root, 'bin/iscsistart'));
  const modules = pythonFiles();
  for (const path of modules) copyInto(root, path);
  copyInto(root, PYTHON);
  const libraries = modules.filter((path) => path.includes('.so'));
  copyLibraries(root, [...PROGRAMS, ...SG_PROGRAMS, LOGIN, PYTHON, ...libraries, ...OPENED]);
  copyFileSync(guestFile(LOGIN_LIBRARY), join(root, 'usr/lib/x86_64-linux-gnu', LOGIN_LIBRARY));
  return { directory, archive: pack(root, join(directory, 'guest.cpio')) };
}

/** At run time. */
const OPENED = ['libquorum.so.5', 'libgcc_s.so.1'].map((name) => `/lib/x86_64-linux-gnu/${name}`);

function copyInto(root: string, path: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  copyFileSync(path, join(root, path));
}

/** All that Python reads for the agent. */
function pythonFiles(): readonly string[] {
  const program =
    'import sys, runpy\n' +
    'sys.stdout = sys.stderr\n' +
    `sys.argv = ['${AGENT}', '-o', 'metadata']\n` +
    `try: runpy.run_path('${AGENT}', run_name='__main__')\n` +
    'except SystemExit: pass\n' +
    'files = {getattr(m, "__file__", None) for m in sys.modules.values()}\n' +
    'sys.__stdout__.write("\\n".join(sorted(f for f in files if f)))\n' +
    'sys.__stdout__.flush()\n' +
    'import os; os._exit(0)\n';
  const listed = execFileSync(PYTHON, ['-c', program], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return listed.split('\n').filter((path) => path.startsWith('/') && statSync(path).isFile());
}

/** fence_scsi makes its keys from the names in it. The other one is never there. */
const COROSYNC_CONF = `totem {
  version: 2
  cluster_name: guest
  transport: udpu
}
nodelist {
  node {
    name: n1
    nodeid: 1
    ring0_addr: 127.0.0.1
  }
  node {
    name: n2
    nodeid: 2
    ring0_addr: 127.0.0.2
  }
}
quorum {
  provider: corosync_votequorum
}
logging {
  to_stderr: yes
}
`;
