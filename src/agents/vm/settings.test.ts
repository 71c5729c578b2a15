/** Parameters of machines: what is right, and what is said of what is not. */
import { describe, expect, test } from 'vitest';
import { qemuArguments } from './arguments.ts';
import { macOf, tapOf } from './networks.ts';
import { parseVmSettings, type VmSettings } from './settings.ts';

function settingsOf(parameters: Readonly<Record<string, string>>): VmSettings {
  const parsed = parseVmSettings(parameters);
  if (parsed.kind === 'wrong') throw new Error(parsed.reason);
  return parsed.settings;
}

function argumentsOf(parameters: Readonly<Record<string, string>>, incoming = false): string {
  const places = { control: '/c', watch: '/w', guestAgent: '/a', expected: '/e' };
  const settings = settingsOf(parameters);
  return qemuArguments({ resource: 'web', settings, places, accelerator: 'tcg', incoming }).join(
    ' ',
  );
}

describe('parameters of a machine', () => {
  test('without any it has some memory, one processor and no disk', () => {
    expect(settingsOf({})).toMatchObject({ memoryMib: 1024, cpus: 1, disks: [], networks: [] });
  });

  test('its type of machine and processor are those of the node', () => {
    const usual = (architecture: string) => {
      const parsed = parseVmSettings({}, architecture);
      return parsed.kind === 'wrong' ? parsed.reason : parsed.settings;
    };
    expect(usual('x64')).toMatchObject({ machine: 'pc', cpu: 'qemu64' });
    expect(usual('arm64')).toMatchObject({ machine: 'virt', cpu: 'max' });
  });

  test('the format of an image is told by its name or by a word, never by its content', () => {
    const { disks } = settingsOf({ disks: '/a.qcow2 /b.img /c.img,format=qcow2' });
    expect(disks.map(({ format }) => format)).toEqual(['qcow2', 'raw', 'qcow2']);
  });

  test.each([
    [{ memroy: '1' }, 'parameter memroy is unknown'],
    [{ memory: '2G' }, 'parameter memory is 2G; expected a whole number'],
    [{ disks: 'web.qcow2' }, 'expected an absolute path'],
    [{ disks: '/a /a' }, 'names /a twice'],
    [{ disks: '/a,bus=sata' }, 'has bus=sata; it can be virtio, scsi, ide'],
    [{ disks: '/a,siez=1G' }, 'did you mean size?'],
    [{ networks: 'br0,mac=01:00:5e:00:00:01' }, "a group's address"],
    [{ networks: 'br0,forward=tcp::80-:80' }, 'goes with user only'],
    [{ uuid: '1' }, 'expected a UUID'],
    [{ kernel: 'vmlinuz' }, 'expected an absolute path'],
    [{ tcp: '22', http: 'http://x/' }, 'one is enough'],
    [{ ping: '192.0.2.4', tcp: '22' }, 'parameter tcp stands beside ping'],
    [{ ping: '-f' }, 'parameter ping is -f; expected an address'],
    [{ migration_storage: 'copy' }, 'no disk that could be copied'],
    [{ arguments: '-device "x' }, 'parameter arguments'],
  ])('%o is refused', (parameters: Readonly<Record<string, string>>, words) => {
    expect(parseVmSettings(parameters)).toEqual({
      kind: 'wrong',
      reason: expect.stringContaining(words) as string,
    });
  });
});

describe('what QEMU is started with', () => {
  test('a machine that comes from elsewhere waits, and does not run by itself', () => {
    expect(argumentsOf({}, true)).toMatch(/-incoming defer -S$/);
    expect(argumentsOf({})).not.toMatch(/-incoming| -S/);
  });

  test('images are locked, and the sandbox is on', () => {
    expect(argumentsOf({ disks: '/vm/web.raw' })).toContain('"locking":"on"');
    expect(argumentsOf({})).toContain('-sandbox on,');
  });

  test.each(['virtio', 'ide', 'scsi'])('a guest whose disk (%s) fails stands still', (bus) => {
    const words = argumentsOf({ disks: `/vm/web.raw,bus=${bus}` });
    expect(words).toMatch(/-device \S+,drive=disk0,\S*werror=stop,rerror=stop/);
  });

  test('a machine without a VGA card has a screen all the same', () => {
    expect(argumentsOf({ vnc: ':1', machine: 'virt-7.2' })).toMatch(/ -device virtio-gpu-pci /);
    expect(argumentsOf({ vnc: ':1', machine: 'pc' })).toMatch(/ -vnc :1 -vga std /);
  });

  test('addresses are the same on each node, and differ between cards and machines', () => {
    expect(macOf('web', 0)).toBe(macOf('web', 0));
    expect(new Set([macOf('web', 0), macOf('web', 1), macOf('db', 0)]).size).toBe(3);
    expect(tapOf('a-very-long-name-of-a-machine', 15).length).toBeLessThanOrEqual(15);
    expect(argumentsOf({ networks: 'br0' })).toContain(`mac=${macOf('web', 0)}`);
  });

  test('a comma in a name ends no option', () => {
    const places = { control: '/a,b', watch: '/w', guestAgent: '/a', expected: '/e' };
    const boot = { resource: 'x', settings: settingsOf({}), places, incoming: false } as const;
    expect(qemuArguments({ ...boot, accelerator: 'tcg' }).join(' ')).toContain('path=/a,,b,');
  });
});
